import { z } from "zod";
import { pageIdSchema, slugSchema } from "../../ids.ts";
import { isReservedSlug } from "../../reserved-slugs.ts";
import { timeSchema } from "../common.ts";

/** A page that stands beside the posts: "About". */
export const sitePageSchema = z.object({
  id: pageIdSchema,
  slug: slugSchema,
  title: z.string(),
  content: z.string(),
  status: z.enum(["draft", "published"]),
  /** Its place in the site's menu, from 0, or null when it is not in it. */
  menuOrder: z.number().int().nonnegative().nullable(),
  updatedAt: timeSchema,
  revision: z.number().int().positive(),
});
export type SitePage = z.infer<typeof sitePageSchema>;
export const sitePageListSchema = z.object({ pages: z.array(sitePageSchema.omit({ content: true })) });
export type SitePageList = z.infer<typeof sitePageListSchema>;

const freeSlugSchema = slugSchema.refine((slug) => !isReservedSlug(slug), "this address belongs to the site itself");
const placeSchema = z.number().int().nonnegative().max(1_000).nullable();

export const newSitePageSchema = z.strictObject({
  slug: freeSlugSchema,
  title: z.string().trim().min(1).max(120),
  content: z.string().max(100_000).default(""),
  status: sitePageSchema.shape.status.default("draft"),
  menuOrder: placeSchema.default(null),
});
export type NewSitePage = z.output<typeof newSitePageSchema>;
/** `revision` is the one the change was made on; another one answers 409 with the current `page`. */
export const sitePageChangesSchema = z.strictObject({
  revision: z.number().int().positive(),
  slug: freeSlugSchema.optional(),
  title: newSitePageSchema.shape.title.optional(),
  content: z.string().max(100_000).optional(),
  status: sitePageSchema.shape.status.optional(),
  menuOrder: placeSchema.optional(),
});
export type SitePageChanges = z.output<typeof sitePageChangesSchema>;
