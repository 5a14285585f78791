import { z } from "zod";
import { timeZoneSchema } from "../../zones.ts";
import {
  displayNameSchema,
  featuresSchema,
  ownLimitsSchema,
  tenantSchema,
  themeSchema,
  tierSchema,
} from "../tenants.ts";
import { sectionSchema } from "./sections.ts";

/** How the editor behaves for those who write on a site. */
export const editorPreferencesSchema = z.object({
  /** Seconds between two saves of a draft that changes. */
  autoSaveInterval: z.number().int().min(5).max(300).default(30),
  /** Whether the editor opens without anything around it. */
  zenMode: z.boolean().default(false),
});
export type EditorPreferences = z.infer<typeof editorPreferencesSchema>;

/** Everything that a site's owner may set, with what they may not. `font` is the theme's. */
export const adminConfigSchema = tenantSchema.omit({ menu: true }).extend({
  font: themeSchema.shape.font,
  editorPreferences: editorPreferencesSchema,
  customSections: z.array(sectionSchema),
});
export type AdminConfig = z.infer<typeof adminConfigSchema>;

/** Without their defaults, so that what is left out stays as it is. */
const themeChangesSchema = z.strictObject({
  accent: themeSchema.shape.accent.unwrap(),
  font: themeSchema.shape.font.unwrap(),
});
const featureChangesSchema = z.strictObject({
  comments: z.boolean(),
  commentPolicy: featuresSchema.shape.commentPolicy.unwrap(),
  reactionCounts: featuresSchema.shape.reactionCounts.unwrap(),
});
const editorChangesSchema = z.strictObject({
  autoSaveInterval: editorPreferencesSchema.shape.autoSaveInterval.unwrap(),
  zenMode: z.boolean(),
});

/** What is left out stays as it is. `tier` and `limits` are for those who run the service; null takes a limit back. */
export const configChangesSchema = z.strictObject({
  displayName: displayNameSchema.optional(),
  font: themeChangesSchema.shape.font.optional(),
  theme: themeChangesSchema.partial().optional(),
  features: featureChangesSchema.partial().optional(),
  timeZone: timeZoneSchema.optional(),
  editorPreferences: editorChangesSchema.partial().optional(),
  tier: tierSchema.optional(),
  limits: ownLimitsSchema.nullable().optional(),
});
export type ConfigChanges = z.infer<typeof configChangesSchema>;
