import { eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { runtime } from "../../parties/kernel/index.ts";
import { tenants } from "../../schema/d1.ts";
import { PartyError } from "../../schema/errors.ts";
import { featuresSchema, type Tenant, themeSchema, TIER_LIMITS } from "../../schema/http/tenants.ts";

/** A site as the edge knows it: its public face, and who owns it. */
export interface Site {
  tenant: Tenant;
  ownerId: string;
}

/** How long an isolate may answer from memory, and how many sites it remembers. */
const REMEMBER_MS = 30_000;
const MAX_REMEMBERED = 1_000;

/** Sites by name, the first that D1 was asked for first. An unknown name is remembered too, so that it costs no query a request. */
const remembered = new Map<string, { site: Site | undefined; until: number }>();

export async function findSite(database: D1Database, subdomain: string): Promise<Site | undefined> {
  const now = runtime().now();
  const hit = remembered.get(subdomain);
  if (hit !== undefined && now < hit.until) return hit.site;
  const row = await drizzle(database).select().from(tenants).where(eq(tenants.subdomain, subdomain)).get();
  const site = row === undefined ? undefined : toSite(row);
  remembered.delete(subdomain);
  remembered.set(subdomain, { site, until: now + REMEMBER_MS });
  const oldest = remembered.keys().next().value;
  if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  return site;
}

/** @throws PartyError `conflict` when the name is taken. */
export async function createSite(
  database: D1Database,
  input: { subdomain: string; displayName: string; ownerId: string },
  now: number,
): Promise<Site> {
  const row = await drizzle(database)
    .insert(tenants)
    .values({ ...input, theme: themeSchema.parse({}), features: featuresSchema.parse({}), createdAt: now })
    .onConflictDoNothing()
    .returning()
    .get();
  // drizzle types the row as present; D1 answers none when the name was taken.
  if ((row as typeof row | undefined) === undefined) {
    throw new PartyError("conflict", {
      message: "This name is taken",
      issues: [{ path: ["subdomain"], message: "is taken" }],
    });
  }
  remembered.delete(input.subdomain);
  return toSite(row);
}

/** The sites that someone owns, the oldest first. */
export async function sitesOf(database: D1Database, ownerId: string): Promise<Tenant[]> {
  const rows = await drizzle(database)
    .select()
    .from(tenants)
    .where(eq(tenants.ownerId, ownerId))
    .orderBy(sql`${tenants.createdAt}, ${tenants.subdomain}`);
  return rows.map((row) => toSite(row).tenant);
}

function toSite(row: typeof tenants.$inferSelect): Site {
  const { subdomain, displayName, tier, version, ownerId } = row;
  return {
    ownerId,
    tenant: {
      subdomain,
      displayName,
      tier,
      theme: themeSchema.parse(row.theme),
      features: featuresSchema.parse(row.features),
      limits: TIER_LIMITS[tier],
      version,
    },
  };
}
