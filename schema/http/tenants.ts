import { z } from "zod";
import { RESERVED_SUBDOMAINS, slugSchema, subdomainSchema } from "../ids.ts";
import { TIERS } from "../tiers.ts";
import { timeZoneSchema } from "../zones.ts";

export { TIER_LIMITS, TIERS } from "../tiers.ts";
export const tierSchema = z.enum(TIERS);
export type Tier = z.infer<typeof tierSchema>;

/** Which icons a site's own sections may have: none, the ten of `FEW_ICONS`, any of Lucide's, or also its own images. */
const sectionIconsSchema = z.enum(["none", "few", "all", "uploaded"]);

/** What a site may have and do. `null` means without limit. */
export const limitsSchema = z.object({
  /** For each actor, to pages; as many again to the API. */
  requestsPerMinute: z.number().int().positive(),
  commentsPerMinute: z.number().int().positive(),
  uploadsPerHour: z.number().int().positive(),
  customSections: z.number().int().nonnegative().nullable(),
  sectionIcons: sectionIconsSchema,
  pages: z.number().int().positive(),
  members: z.number().int().positive(),
  images: z.number().int().positive(),
  /** Bytes of one image. */
  imageBytes: z.number().int().positive(),
});
export type Limits = z.infer<typeof limitsSchema>;
/** What the service's operators set for one site alone. */
export const ownLimitsSchema = limitsSchema.strict().partial();
export type OwnLimits = z.infer<typeof ownLimitsSchema>;

/** What a site may change of its look; everything else comes from the design tokens. */
export const themeSchema = z.object({
  accent: z.enum(["moss", "fern", "clay", "plum", "ink"]).default("moss"),
  font: z.enum(["literata", "inter"]).default("literata"),
});
export const featuresSchema = z.object({
  comments: z.boolean().default(true),
  /** Who may comment while comments are on. */
  commentPolicy: z.enum(["everyone", "members"]).default("everyone"),
  /** Who sees how many reacted. */
  reactionCounts: z.enum(["public", "authors"]).default("public"),
});
export type Theme = z.infer<typeof themeSchema>;
export type Features = z.infer<typeof featuresSchema>;

export const displayNameSchema = z.string().trim().min(1).max(80);

export const newTenantSchema = z.strictObject({
  subdomain: z
    .string()
    .trim()
    .toLowerCase()
    .pipe(subdomainSchema)
    .refine((name) => !RESERVED_SUBDOMAINS.has(name), "this name is reserved"),
  displayName: displayNameSchema,
});

/** A page's place in the menu. */
export const menuItemSchema = z.object({ slug: slugSchema, title: z.string() });

/** The public face of a site. `version` grows with each change of it. */
export const tenantSchema = z.object({
  subdomain: subdomainSchema,
  displayName: z.string(),
  tier: tierSchema,
  theme: themeSchema,
  features: featuresSchema,
  limits: limitsSchema,
  /** Its days begin at this zone's midnight. */
  timeZone: timeZoneSchema,
  menu: z.array(menuItemSchema),
  version: z.number().int().positive(),
});
export type Tenant = z.infer<typeof tenantSchema>;
