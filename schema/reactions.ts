import { z } from "zod";

export const REACTION_TYPES = ["like", "love", "insightful", "celebrate", "curious"] as const;
export const reactionTypeSchema = z.enum(REACTION_TYPES);
export type ReactionType = z.infer<typeof reactionTypeSchema>;

/** Every type is present, also with 0. */
export const reactionCountsSchema = z.record(reactionTypeSchema, z.number().int().nonnegative());
export type ReactionCounts = z.infer<typeof reactionCountsSchema>;

/** `counts` is absent for those who may not see it (a site may keep counts to its authors). */
export const reactionsSchema = z.object({
  counts: reactionCountsSchema.optional(),
  mine: z.array(reactionTypeSchema),
});
export type Reactions = z.infer<typeof reactionsSchema>;

/** `added` tells whether the reaction now stands; `newCount` is absent like `counts` above. */
export const reactionResultSchema = z.object({
  added: z.boolean(),
  newCount: z.number().int().nonnegative().optional(),
});
export type ReactionResult = z.infer<typeof reactionResultSchema>;
