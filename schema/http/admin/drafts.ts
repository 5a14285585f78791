import { z } from "zod";
import { slugSchema } from "../../ids.ts";
import { timeSchema } from "../common.ts";

/** Bytes of UTF-8 in a draft's text. */
export const MAX_DRAFT_BYTES = 1_000_000;
/** The same as JSON, in which it waits for D1: a row holds 2 MB. Only a text that is mostly quotes or line ends gets there. */
const MAX_DRAFT_JSON_BYTES = 1_900_000;

const bytesOf = (text: string) => new TextEncoder().encode(text).length;
const contentSchema = z
  .string()
  // What is stored is what was sent: half a surrogate pair is no text.
  .overwrite((text) => text.toWellFormed())
  .refine((text) => bytesOf(text) <= MAX_DRAFT_BYTES, `at most ${MAX_DRAFT_BYTES} bytes`)
  .refine(
    (text) => bytesOf(JSON.stringify(text)) <= MAX_DRAFT_JSON_BYTES,
    `at most ${MAX_DRAFT_JSON_BYTES} bytes as JSON`,
  );

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
export type DraftList = z.infer<typeof draftListSchema>;

export const draftSaveSchema = z.strictObject({
  content: contentSchema,
  metadata: draftMetadataSchema.default({}),
  deviceId: z.string().min(1).max(64),
  baseRevision: z.number().int().nonnegative(),
});
export type DraftSave = z.output<typeof draftSaveSchema>;
/** The body of a 409, beside `error`. `theirs` is null when the draft was deleted meanwhile. */
export const draftConflictSchema = z.object({ yours: draftSaveSchema, theirs: draftSchema.nullable() });
