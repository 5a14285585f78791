import { z } from "zod";
import { commentIdSchema, operationIdSchema, postIdSchema, slugSchema, subdomainSchema, tagSchema } from "../ids.ts";
import { personSchema } from "../principal.ts";
import { nextCursorSchema, pageQuerySchema, timeSchema } from "./common.ts";

export const POST_STATUSES = ["draft", "published", "private"] as const;
export const postStatusSchema = z.enum(POST_STATUSES);
export type PostStatus = z.infer<typeof postStatusSchema>;

/** Length limit of a post's Markdown source, in UTF-16 units. Well below D1's 2 MB a value, whatever the script. */
export const MAX_POST_LENGTH = 200_000;
const titleSchema = z.string().trim().min(1).max(200);
const contentSchema = z.string().max(MAX_POST_LENGTH);
const tagsSchema = z
  .array(tagSchema)
  .max(10)
  .transform((tags) => [...new Set(tags)]);

export const postSchema = z.object({
  id: postIdSchema,
  tenant: subdomainSchema,
  slug: slugSchema,
  title: z.string(),
  content: z.string(),
  tags: z.array(z.string()),
  status: postStatusSchema,
  author: personSchema,
  publishedAt: timeSchema.nullable(),
  updatedAt: timeSchema,
  revision: z.number().int().positive(),
});
export type Post = z.infer<typeof postSchema>;

export const newPostSchema = z.strictObject({
  title: titleSchema,
  content: contentSchema,
  slug: slugSchema.optional(),
  tags: tagsSchema.default([]),
  status: postStatusSchema.default("draft"),
});

/** `revision` is the one the change was made on; another one answers 409 with the current post. */
export const postChangesSchema = z.strictObject({
  revision: z.number().int().positive(),
  title: titleSchema.optional(),
  content: contentSchema.optional(),
  slug: slugSchema.optional(),
  tags: tagsSchema.optional(),
  status: postStatusSchema.optional(),
});

export const postQuerySchema = pageQuerySchema.extend({
  tag: tagSchema.optional(),
  /** Anything but published is shown only to those who may edit: editors all of it, authors their own posts. */
  status: z.enum([...POST_STATUSES, "any"]).default("published"),
});
export const postListSchema = z.object({ posts: z.array(postSchema), nextCursor: nextCursorSchema });

/** A comment's length limit in UTF-16 units, after trimming. */
export const MAX_COMMENT_LENGTH = 5_000;
export const commentBodySchema = z.string().trim().min(1, "a comment needs some text").max(MAX_COMMENT_LENGTH);

/** `content` is the source and `html` what to show, both empty once deleted. `depth` 0 is a comment on the post itself. */
export const commentSchema = z.object({
  id: commentIdSchema,
  postId: postIdSchema,
  author: personSchema,
  content: z.string(),
  html: z.string(),
  parentId: commentIdSchema.nullable(),
  depth: z.number().int().nonnegative(),
  createdAt: timeSchema,
  editedAt: timeSchema.nullable(),
  deleted: z.boolean(),
});
export type Comment = z.infer<typeof commentSchema>;

export const newCommentSchema = z.strictObject({
  content: commentBodySchema,
  parentId: commentIdSchema.nullish(),
  opId: operationIdSchema.optional(),
});
export const commentChangesSchema = z.strictObject({ content: commentBodySchema });
export const commentQuerySchema = pageQuerySchema.extend({ order: z.enum(["oldest", "newest"]).default("oldest") });
export const commentListSchema = z.object({ comments: z.array(commentSchema), nextCursor: nextCursorSchema });
export type CommentList = z.infer<typeof commentListSchema>;

export const REPORT_REASONS = ["spam", "abuse", "off_topic", "other"] as const;
export const reportReasonSchema = z.enum(REPORT_REASONS);
export type ReportReason = z.infer<typeof reportReasonSchema>;
export const reportSchema = z.strictObject({
  reason: reportReasonSchema.default("other"),
  note: z.string().trim().max(500).optional(),
});

export const setReactionSchema = z.strictObject({ on: z.boolean().optional(), opId: operationIdSchema.optional() });

/** Which of the two Markdown dialects a text is in. */
export const DIALECTS = ["post", "comment"] as const;
export type Dialect = (typeof DIALECTS)[number];
/** A text to show as it would look; nothing is stored. */
export const previewSchema = z.strictObject({ content: contentSchema, dialect: z.enum(DIALECTS).default("post") });
export const previewedSchema = z.object({ html: z.string() });
export type Previewed = z.infer<typeof previewedSchema>;
