import { z } from "zod";
import { imageIdSchema, userIdSchema } from "../../ids.ts";
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

/** Where an image is found on its site's host. */
export const imagePath = ({ id, type }: { id: string; type: ImageType }): string => `/images/${id}.${type}`;
/** Under what name its file is kept among those of all sites. */
export const imageKey = (subdomain: string, file: string): string => `${subdomain}/${file}`;
export const imageFileSchema = z.string().regex(/^img_[A-Za-z0-9_-]{21}\.(?:png|jpg|gif|webp|avif)$/);

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
  uploaderId: userIdSchema,
  uploadedAt: timeSchema,
});
export type Image = z.infer<typeof imageSchema>;
export const imageListSchema = z.object({ images: z.array(imageSchema), nextCursor: nextCursorSchema });
export type ImageList = z.infer<typeof imageListSchema>;
/** What an image is called unless its uploader says so. */
export const uploadQuerySchema = z.object({ name: z.string().max(500).optional() });
/** Where an image is shown. */
export const imageUsesSchema = z.object({
  uses: z.array(
    z.discriminatedUnion("kind", [
      z.object({ kind: z.enum(["post", "page"]), id: z.string(), title: z.string(), slug: z.string() }),
      z.object({ kind: z.literal("section"), id: z.string(), title: z.string() }),
    ]),
  ),
});
export type ImageUses = z.infer<typeof imageUsesSchema>;
