import { z } from "zod";
import { imageIdSchema } from "../../ids.ts";
import { nextCursorSchema, timeSchema } from "../common.ts";

/** The kinds of image that a site takes, by what their bytes say. No SVG: it can hold scripts. */
export const IMAGE_TYPES = {
  png: "image/png",
  jpg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
} as const;
export const imageTypeSchema = z.enum(["png", "jpg", "gif", "webp", "avif"]);
export type ImageType = z.infer<typeof imageTypeSchema>;

export const imageSchema = z.object({
  id: imageIdSchema,
  /** Path on the site's own host. */
  url: z.string(),
  /** What its uploader's file was called. */
  name: z.string(),
  type: imageTypeSchema,
  /** Bytes. */
  size: z.number().int().positive(),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  uploadedAt: timeSchema,
});
export type Image = z.infer<typeof imageSchema>;
export const imageListSchema = z.object({ images: z.array(imageSchema), nextCursor: nextCursorSchema });
export type ImageList = z.infer<typeof imageListSchema>;
/** Where an image is shown. */
export const imageUsesSchema = z.object({
  uses: z.array(z.object({ kind: z.enum(["post", "page"]), id: z.string(), title: z.string(), slug: z.string() })),
});
export type ImageUses = z.infer<typeof imageUsesSchema>;
