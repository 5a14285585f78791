import { z } from "zod";
import { dayTotalsSchema } from "../../analytics.ts";
import { timeZoneSchema } from "../../zones.ts";

/** Days that are answered at once. */
export const MAX_ANALYTICS_DAYS = 31;
const DAY_MS = 24 * 60 * 60_000;

/** Local days of the site, both included; today unless given. */
export const analyticsQuerySchema = z
  .object({ from: z.iso.date().optional(), to: z.iso.date().optional() })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, "from must not be after to")
  .refine(
    ({ from, to }) =>
      from === undefined || to === undefined || Date.parse(to) - Date.parse(from) < MAX_ANALYTICS_DAYS * DAY_MS,
    `at most ${MAX_ANALYTICS_DAYS} days`,
  );

/** What was counted on each day since the site was made, the earliest first. */
export const analyticsSchema = z.object({ timeZone: timeZoneSchema, days: z.array(dayTotalsSchema) });
export type Analytics = z.infer<typeof analyticsSchema>;
