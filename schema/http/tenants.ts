import { z } from "zod";
import { RESERVED_SUBDOMAINS, subdomainSchema } from "../ids.ts";

export const TIERS = ["seedling", "sapling", "oak", "evergreen"] as const;
export const tierSchema = z.enum(TIERS);
export type Tier = z.infer<typeof tierSchema>;

/** What a tier allows. `requestsPerMinute` counts for each actor. */
export const TIER_LIMITS = {
  seedling: { requestsPerMinute: 120 },
  sapling: { requestsPerMinute: 500 },
  oak: { requestsPerMinute: 1_000 },
  evergreen: { requestsPerMinute: 5_000 },
} as const satisfies Record<Tier, { requestsPerMinute: number }>;

/** What a site may change of its look; everything else comes from the design tokens. */
export const themeSchema = z.object({
  accent: z.enum(["moss", "fern", "clay", "plum", "ink"]).default("moss"),
  font: z.enum(["literata", "inter"]).default("literata"),
});
export const featuresSchema = z.object({
  comments: z.boolean().default(true),
  /** Who sees how many reacted. */
  reactionCounts: z.enum(["public", "authors"]).default("public"),
});
export type Theme = z.infer<typeof themeSchema>;
export type Features = z.infer<typeof featuresSchema>;

export const newTenantSchema = z.strictObject({
  subdomain: z
    .string()
    .trim()
    .toLowerCase()
    .pipe(subdomainSchema)
    .refine((name) => !RESERVED_SUBDOMAINS.has(name), "this name is reserved"),
  displayName: z.string().trim().min(1).max(80),
});

export const tenantSchema = z.object({
  subdomain: subdomainSchema,
  displayName: z.string(),
  tier: tierSchema,
  theme: themeSchema,
  features: featuresSchema,
  limits: z.object({ requestsPerMinute: z.number().int() }),
  version: z.number().int().positive(),
});
export type Tenant = z.infer<typeof tenantSchema>;
