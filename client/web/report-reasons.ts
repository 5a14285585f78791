import type { ReportReason } from "../../schema/http/posts.ts";

/** What can be wrong with a comment, in words, in the order in which readers may choose. */
export const REPORT_REASON_WORDS: Readonly<Record<ReportReason, string>> = {
  spam: "Spam or advertising",
  abuse: "Insults, threats or hate",
  off_topic: "Not about this post",
  other: "Something else",
};
