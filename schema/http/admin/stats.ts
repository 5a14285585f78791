import { z } from "zod";
import { timeSchema } from "../common.ts";

/** What the dashboard shows of a site. */
export const statsSchema = z.object({
  postCount: z.number().int(),
  totalWords: z.number().int(),
  draftCount: z.number().int(),
  /** In the month of the site's own time zone. */
  publishedThisMonth: z.number().int(),
  /** The ten most used tags of published posts. */
  topTags: z.array(z.object({ tag: z.string(), count: z.number().int() })),
  /** Whole days since the site was made. */
  accountAge: z.number().int(),
  /** Bytes of images. */
  storageUsed: z.number().int(),
  /** When something was last written, or null when nothing ever was. */
  lastActivity: timeSchema.nullable(),
  /** When it was last counted anew from D1. */
  updatedAt: timeSchema,
});
export type Stats = z.infer<typeof statsSchema>;
