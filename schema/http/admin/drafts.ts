import { z } from "zod";
import { slugSchema } from "../../ids.ts";
import { timeSchema } from "../common.ts";

/** Bytes of UTF-8 in a draft's text. */
export const MAX_DRAFT_BYTES = 1_000_000;

/** What an editor keeps of a post beside its text. */
export const draftMetadataSchema = z.strictObject({
  title: z.string().max(200).optional(),
  slug: z.string().max(96).optional(),
  tags: z.array(z.string().max(32)).max(10).optional(),
  /** The revision of the post that was being changed. */
  revision: z.number().int().positive().optional(),
});

export type DraftMetadata = z.infer<typeof draftMetadataSchema>;

/** `revision` counts the saves of one draft; 0 is a draft that isn't there yet. */
export const draftSchema = z.object({
  slug: slugSchema,
  content: z.string(),
  metadata: draftMetadataSchema,
  lastSaved: timeSchema,
  deviceId: z.string(),
  revision: z.number().int().positive(),
});
export type Draft = z.infer<typeof draftSchema>;
export const draftListSchema = z.object({ drafts: z.array(draftSchema.omit({ content: true })) });

export const draftSaveSchema = z.strictObject({
  content: z
    .string()
    .refine((text) => new TextEncoder().encode(text).length <= MAX_DRAFT_BYTES, `at most ${MAX_DRAFT_BYTES} bytes`),
  metadata: draftMetadataSchema.default({}),
  deviceId: z.string().min(1).max(64),
  baseRevision: z.number().int().nonnegative(),
});
export type DraftSave = z.output<typeof draftSaveSchema>;
/** The body of a 409, beside `error`. `theirs` is null when the draft was deleted meanwhile. */
export const draftConflictSchema = z.object({ yours: draftSaveSchema, theirs: draftSchema.nullable() });
