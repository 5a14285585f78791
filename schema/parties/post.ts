import { z } from "zod";
import { commentBodySchema, commentSchema, postSchema } from "../http/posts.ts";
import { featuresSchema } from "../http/tenants.ts";
import { commentIdSchema, userIdSchema } from "../ids.ts";
import { defineProtocol } from "../protocol.ts";
import { reactionResultSchema, reactionsSchema, reactionTypeSchema } from "../reactions.ts";
import { siteRoleSchema } from "../site-roles.ts";

/** The public face of a post, without its text: what a reader's page needs to stay true. */
export const postFactsSchema = postSchema.omit({ content: true });
export type PostFacts = z.infer<typeof postFactsSchema>;

/** What a post must know of its site to say who may do what. `version` is the site's configuration's. */
export const siteFactsSchema = z.object({
  version: z.number().int(),
  ownerId: userIdSchema,
  members: z.record(userIdSchema, siteRoleSchema),
  features: featuresSchema,
});
export type SiteFacts = z.infer<typeof siteFactsSchema>;

export const postProtocol = defineProtocol({
  party: "post",
  version: 1,
  frames: {
    react: {
      // Without `on` the frame toggles; its `id` keeps a retry from flipping it back.
      payload: z.object({ reactionType: reactionTypeSchema, on: z.boolean().optional() }),
      result: reactionResultSchema,
    },
    comment: {
      payload: z.object({ content: commentBodySchema, parentId: commentIdSchema.nullish() }),
      result: commentSchema,
    },
    edit_comment: {
      payload: z.object({ commentId: commentIdSchema, content: commentBodySchema }),
      result: commentSchema,
    },
    delete_comment: {
      payload: z.object({ commentId: commentIdSchema }),
      result: z.object({ commentId: commentIdSchema }),
    },
    typing: { payload: z.object({}), result: z.object({}), transient: true },
  },
  events: {
    reaction: z.object({ reactionType: reactionTypeSchema, count: z.number().int() }),
    comment: z.object({ comment: commentSchema }),
    comment_edited: z.object({ comment: commentSchema }),
    // `comment` is the tombstone that replaces it, or null when nothing of it stays.
    comment_deleted: z.object({ commentId: commentIdSchema, comment: commentSchema.nullable() }),
    post_updated: z.object({ post: postFactsSchema }),
  },
  signals: {
    presence: z.object({ count: z.number().int() }),
    typing: z.object({ userId: userIdSchema, name: z.string() }),
  },
  state: z.object({
    post: postFactsSchema,
    comments: z.array(commentSchema),
    /** Opaque cursor for comments older than those above, or null when these are all. */
    commentsCursor: z.string().nullable(),
    commentCount: z.number().int(),
    reactions: reactionsSchema,
    presence: z.object({ count: z.number().int() }),
  }),
});
export type PostProtocol = typeof postProtocol;
