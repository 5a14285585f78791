import { z } from "zod";
import { editorPreferencesSchema } from "../http/admin/config.ts";
import { statsSchema } from "../http/admin/stats.ts";
import { postStatusSchema } from "../http/posts.ts";
import { featuresSchema, ownLimitsSchema, tenantSchema, themeSchema, tierSchema } from "../http/tenants.ts";
import { postIdSchema, slugSchema, subdomainSchema, userIdSchema } from "../ids.ts";
import { defineProtocol } from "../protocol.ts";
import { siteRoleSchema } from "../site-roles.ts";
import { timeZoneSchema } from "../zones.ts";

/** A site as D1 keeps it. */
export const siteRowSchema = z.object({
  subdomain: subdomainSchema,
  displayName: z.string(),
  ownerId: userIdSchema,
  tier: tierSchema,
  theme: themeSchema,
  features: featuresSchema,
  /** What the service's operators have set for this site alone. */
  limits: ownLimitsSchema.nullable(),
  timeZone: timeZoneSchema,
  editorPreferences: editorPreferencesSchema,
  version: z.number().int().positive(),
  createdAt: z.number().int(),
});
export type SiteRow = z.infer<typeof siteRowSchema>;

/** What the edge and other parties know of a site. All of it is of one `tenant.version`. */
export const siteConfigSchema = z.object({
  tenant: tenantSchema,
  ownerId: userIdSchema,
  members: z.record(userIdSchema, siteRoleSchema),
  /** Addresses of published pages, those outside of the menu included. */
  pageSlugs: z.array(slugSchema),
  editorPreferences: editorPreferencesSchema,
  createdAt: z.number().int(),
});
export type SiteConfig = z.infer<typeof siteConfigSchema>;

/** What is counted against whom, beside one another. */
export const LIMIT_KEYS = ["requests", "api", "comment", "upload", "login"] as const;
export const limitKeySchema = z.enum(LIMIT_KEYS);
export type LimitKey = z.infer<typeof limitKeySchema>;

/** Whether one more was allowed, and how many more would be until `resetAt`, in milliseconds since 1970. */
export const rateSchema = z.object({
  allowed: z.boolean(),
  /** Of a full window. */
  quota: z.number().int(),
  windowMs: z.number().int(),
  remaining: z.number().int(),
  resetAt: z.number().int(),
});
export type Rate = z.infer<typeof rateSchema>;

/** A user's id, or a keyed hash of a network: no address is stored. */
export const actorSchema = z.string().min(1).max(64);

/** One request to a site, as the edge tells of it. */
export const requestFactsSchema = z.object({
  actor: actorSchema,
  /** What it counts as; refused by one, it counts against none. */
  keys: z.array(limitKeySchema).min(1),
  /** The version of the configuration that the caller has; null for none. */
  known: z.number().int().nullable(),
  /** What D1 says, when the caller has just asked it. */
  row: siteRowSchema.nullish(),
  /** A page that was looked at. */
  view: z.object({ path: z.string(), address: z.string().nullable(), userAgent: z.string().nullable() }).nullish(),
});
export type RequestFacts = z.input<typeof requestFactsSchema>;
/** `config` is null when the caller's is up to date. */
export const admissionSchema = z.object({ config: siteConfigSchema.nullable(), rate: rateSchema });
export type SiteAdmission = z.infer<typeof admissionSchema>;

/** What a site's dashboard counts of a post, as D1 has it. Times are milliseconds since 1970. */
export const writtenPostSchema = z.object({
  postId: postIdSchema,
  status: postStatusSchema,
  words: z.number().int().nonnegative(),
  tags: z.array(z.string()),
  publishedAt: z.number().int().nullable(),
  updatedAt: z.number().int(),
  revision: z.number().int().positive(),
});
export type WrittenPost = z.infer<typeof writtenPostSchema>;

/** Who is on the site: visitors and page views of the last five minutes. */
const liveSchema = z.object({ visitors: z.number().int(), views: z.number().int() });
export type Live = z.infer<typeof liveSchema>;

/** The dashboard's socket: it is told and asks nothing. */
export const tenantProtocol = defineProtocol({
  party: "tenant",
  version: 1,
  frames: {},
  events: { config_changed: z.object({ version: z.number().int() }) },
  signals: { live: liveSchema, stats: z.object({ stats: statsSchema }) },
  state: z.object({ live: liveSchema, stats: statsSchema, version: z.number().int() }),
});
export type TenantProtocol = typeof tenantProtocol;
