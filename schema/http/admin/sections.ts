import { z } from "zod";
import { tierSchema } from "../tenants.ts";

export const sectionKindSchema = z.enum(["builtin", "optional", "custom"]);
export type SectionKind = z.infer<typeof sectionKindSchema>;

/** The icons of sites that may choose among ten. */
export const FEW_ICONS = [
  "book-open",
  "calendar",
  "camera",
  "chef-hat",
  "heart",
  "leaf",
  "map-pin",
  "music",
  "palette",
  "shopping-bag",
] as const;

/** All sections of a site at most, its own and ours. */
export const MAX_SECTIONS = 1_000;

/** A Lucide icon's name, or the path of an uploaded image. */
const iconSchema = z
  .string()
  .max(200)
  .regex(/^(?:[a-z0-9]+(?:-[a-z0-9]+)*|\/images\/[A-Za-z0-9_.-]+)$/, "an icon's name, or an image of this site");
/** A path of the site, or a web address. */
const hrefSchema = z
  .string()
  .max(500)
  .regex(/^(?:\/(?!\/)[^\s\\]*|https:\/\/[^\s\\]+)$/, "a path that begins with /, or an https address");

/** One entry of the admin's sidebar. */
export const sectionSchema = z.object({
  /** Built-in ones have a name ("posts"), the site's own an id. */
  id: z.string(),
  label: z.string(),
  icon: z.string(),
  href: z.string(),
  enabled: z.boolean(),
  /** The lowest tier that has it. */
  tier: tierSchema,
  sortOrder: z.number().int(),
  kind: sectionKindSchema,
  /** Why it is off although its owner wants it on, in words; null while nothing is in the way. */
  locked: z.string().nullable(),
});
export type Section = z.infer<typeof sectionSchema>;
export const sectionListSchema = z.object({ sections: z.array(sectionSchema) });

/** The sections that every site has, in the order in which they stand until somebody changes it. */
export const DEFAULT_SECTIONS: readonly (Pick<Section, "id" | "label" | "icon" | "href"> & {
  kind: Exclude<SectionKind, "custom">;
})[] = [
  { id: "dashboard", kind: "builtin", label: "Dashboard", icon: "layout-dashboard", href: "/admin" },
  { id: "posts", kind: "builtin", label: "Blog Posts", icon: "pen-line", href: "/admin/posts" },
  { id: "pages", kind: "builtin", label: "Pages", icon: "file-text", href: "/admin/pages" },
  { id: "images", kind: "builtin", label: "Images", icon: "images", href: "/admin/images" },
  { id: "settings", kind: "builtin", label: "Settings", icon: "settings", href: "/admin/settings" },
  { id: "analytics", kind: "optional", label: "Analytics", icon: "chart-column", href: "/admin/analytics" },
  { id: "timeline", kind: "optional", label: "Timeline", icon: "calendar-days", href: "/admin/timeline" },
  { id: "trails", kind: "optional", label: "Trails", icon: "milestone", href: "/admin/trails" },
];

export const newSectionSchema = z.strictObject({
  label: z.string().trim().min(1).max(40),
  icon: iconSchema,
  href: hrefSchema,
  enabled: z.boolean().default(true),
});
export type NewSection = z.output<typeof newSectionSchema>;
/** Of built-in sections nothing can be changed, of optional ones only `enabled`. */
export const sectionChangesSchema = z.strictObject({
  label: newSectionSchema.shape.label.optional(),
  icon: iconSchema.optional(),
  href: hrefSchema.optional(),
  enabled: z.boolean().optional(),
});
export type SectionChanges = z.output<typeof sectionChangesSchema>;
/** All sections' ids, each once. */
export const sectionOrderSchema = z.strictObject({ ids: z.array(z.string().max(64)).max(MAX_SECTIONS) });
