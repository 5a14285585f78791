import { z } from "zod";
import { reportIdSchema } from "../ids.ts";
import { personSchema } from "../principal.ts";
import { nextCursorSchema, timeSchema } from "./common.ts";
import { commentSchema, postSchema, reportReasonSchema } from "./posts.ts";

/** A report as those read it who run the site. `comment` is null when nothing of it is left. */
export const receivedReportSchema = z.object({
  id: reportIdSchema,
  reason: reportReasonSchema,
  note: z.string().nullable(),
  createdAt: timeSchema,
  reporter: personSchema,
  post: postSchema.pick({ id: true, slug: true, title: true }),
  comment: commentSchema.pick({ id: true, author: true, content: true, createdAt: true, deleted: true }).nullable(),
});
export type ReceivedReport = z.infer<typeof receivedReportSchema>;

export const reportListSchema = z.object({ reports: z.array(receivedReportSchema), nextCursor: nextCursorSchema });
export type ReportList = z.infer<typeof reportListSchema>;
