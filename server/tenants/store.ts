import { eq, inArray, or, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { configOfRow, toSiteRow } from "../../parties/tenant/index.ts";
import { siteMembers, tenants } from "../../schema/d1.ts";
import { PartyError } from "../../schema/errors.ts";
import { featuresSchema, type Tenant, themeSchema } from "../../schema/http/tenants.ts";
import type { SiteConfig } from "../../schema/parties/tenant.ts";
import { forgetUnknown } from "./known.ts";

/** @throws PartyError `conflict` when the name is taken. */
export async function createSite(
  database: D1Database,
  input: { subdomain: string; displayName: string; ownerId: string },
  now: number,
): Promise<SiteConfig> {
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
  forgetUnknown(input.subdomain);
  return configOfRow(toSiteRow(row));
}

/** The sites that someone owns or is a member of, the oldest first. */
export async function sitesOf(database: D1Database, userId: string): Promise<Tenant[]> {
  const db = drizzle(database);
  const joined = db.select({ tenant: siteMembers.tenant }).from(siteMembers).where(eq(siteMembers.userId, userId));
  const rows = await db
    .select()
    .from(tenants)
    .where(or(eq(tenants.ownerId, userId), inArray(tenants.subdomain, joined)))
    .orderBy(sql`${tenants.createdAt}, ${tenants.subdomain}`);
  return rows.map((row) => configOfRow(toSiteRow(row)).tenant);
}
