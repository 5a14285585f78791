import { z } from "zod";

/** What happens on a site and is counted. */
export const EVENT_TYPES = ["page_view", "post_created", "comment_created", "reaction_given"] as const;
export const eventTypeSchema = z.enum(EVENT_TYPES);
export type EventType = z.infer<typeof eventTypeSchema>;

/** The longest path that is kept; longer ones are cut. */
export const MAX_EVENT_PATH = 200;

/** `id` is unique within its site. `visitor` tells people apart for a day, and who they are to nobody. */
export const analyticsEventSchema = z.object({
  id: z.number().int().positive(),
  type: eventTypeSchema,
  path: z.string().max(MAX_EVENT_PATH).nullable(),
  visitor: z.string().nullable(),
  /** Milliseconds since 1970, UTC. */
  at: z.number().int(),
});
export type AnalyticsEvent = z.infer<typeof analyticsEventSchema>;

/** What one local day has counted so far. */
export const dayTotalsSchema = z.object({
  day: z.iso.date(),
  pageViews: z.number().int(),
  /** Views by local hour, of hours that had any. */
  hours: z.array(z.object({ hour: z.number().int(), pageViews: z.number().int() })),
  /** The hundred most viewed paths. */
  pages: z.array(z.object({ path: z.string(), views: z.number().int() })),
});
export type DayTotals = z.infer<typeof dayTotalsSchema>;
