import { and, eq, lt } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import * as d1 from "../../schema/d1.ts";
import { type ConfigChanges, editorPreferencesSchema } from "../../schema/http/admin/config.ts";
import { featuresSchema, type Limits, themeSchema, TIER_LIMITS } from "../../schema/http/tenants.ts";
import type { SiteConfig, SiteRow } from "../../schema/parties/tenant.ts";
import type { SiteRole } from "../../schema/site-roles.ts";
import type { Statement } from "../kernel/index.ts";
import { members, pages, sections, site } from "./tables.ts";
import { hasTrails } from "./trails.ts";

/** A site's configuration: what D1 says, newer changes of our own, and what follows from both. */

const ONLY_ROW = 1;

export type KnownSite = typeof site.$inferSelect;

export function readSite(db: DrizzleSqliteDODatabase): KnownSite | undefined {
  return db.select().from(site).where(eq(site.id, ONLY_ROW)).get();
}

/** Takes what D1 says when it is newer than what is known. Answers whether it was. */
export function learnRow(db: DrizzleSqliteDODatabase, row: SiteRow, now: number): boolean {
  const known = readSite(db);
  if (known !== undefined && known.version >= row.version) {
    db.update(site).set({ checkedAt: now }).where(eq(site.id, ONLY_ROW)).run();
    return false;
  }
  const next = { ...row, checkedAt: now };
  db.insert(site)
    .values({ id: ONLY_ROW, ...next })
    .onConflictDoUpdate({ target: site.id, set: next })
    .run();
  db.insert(members)
    .values({ userId: row.ownerId, role: "owner", joinedAt: row.createdAt })
    .onConflictDoUpdate({ target: members.userId, set: { role: "owner" } })
    .run();
  return true;
}

/** What `changes` make of a row; `undefined` when they change nothing. */
export function changed(row: KnownSite, changes: ConfigChanges): Partial<KnownSite> | undefined {
  const { font, theme, features, editorPreferences, displayName, timeZone, tier, limits } = changes;
  const next = {
    displayName: displayName ?? row.displayName,
    theme: { ...row.theme, ...given({ ...theme, ...(font !== undefined && { font }) }) },
    features: { ...row.features, ...given(features) },
    editorPreferences: { ...row.editorPreferences, ...given(editorPreferences) },
    timeZone: timeZone ?? row.timeZone,
    tier: tier ?? row.tier,
    limits: limits === undefined ? row.limits : limits,
  };
  return JSON.stringify({ ...row, ...next }) === JSON.stringify(row) ? undefined : next;
}

/** Stores a change of the configuration, or of what follows from it: whoever has an older version is out of date. */
export function raiseVersion(db: DrizzleSqliteDODatabase, row: KnownSite, set: Partial<KnownSite>): KnownSite {
  return db
    .update(site)
    .set({ ...set, version: row.version + 1 })
    .where(eq(site.id, ONLY_ROW))
    .returning()
    .get();
}

export function limitsOf({ tier, limits }: Pick<SiteRow, "tier" | "limits">): Limits {
  return { ...TIER_LIMITS[tier], ...given(limits ?? {}) };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the fields that are undefined. */
function given<T extends object>(changes: T | undefined): Given<T> {
  return Object.fromEntries(Object.entries(changes ?? {}).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** What the edge and other parties may know. */
export function configOf(db: DrizzleSqliteDODatabase, row: KnownSite): SiteConfig {
  const published = db
    .select({ slug: pages.slug, title: pages.title, menuOrder: pages.menuOrder })
    .from(pages)
    .where(eq(pages.status, "published"))
    .orderBy(pages.menuOrder, pages.slug)
    .all();
  const people = db.select({ userId: members.userId, role: members.role }).from(members).all();
  const section = db.select({ enabled: sections.enabled }).from(sections).where(eq(sections.id, "trails")).get();
  return configFrom(row, { people, published, trails: { exist: hasTrails(db), section } });
}

/** The same as far as D1 has heard of it, for when the party is away. */
export async function loadConfig(db: DrizzleD1Database, row: SiteRow): Promise<SiteConfig> {
  const { siteMembers, sitePages, siteSections } = d1;
  const isTrails = and(eq(siteSections.tenant, row.subdomain), eq(siteSections.id, "trails"));
  const [people, published, [section], [trail]] = await db.batch([
    db
      .select({ userId: siteMembers.userId, role: siteMembers.role })
      .from(siteMembers)
      .where(eq(siteMembers.tenant, row.subdomain)),
    db
      .select({ slug: sitePages.slug, title: sitePages.title, menuOrder: sitePages.menuOrder })
      .from(sitePages)
      .where(and(eq(sitePages.tenant, row.subdomain), eq(sitePages.status, "published")))
      .orderBy(sitePages.menuOrder, sitePages.slug),
    db.select({ enabled: siteSections.enabled }).from(siteSections).where(isTrails),
    db.select({ slug: d1.trails.slug }).from(d1.trails).where(eq(d1.trails.tenant, row.subdomain)).limit(1),
  ]);
  return configFrom(row, { people, published, trails: { exist: trail !== undefined, section } });
}

interface Belongings {
  people: { userId: string; role: SiteRole }[];
  /** In the order of the menu. */
  published: { slug: string; title: string; menuOrder: number | null }[];
  /** Their section is shown unless its row says otherwise. */
  trails: { exist: boolean; section: { enabled: boolean } | undefined };
}

function configFrom(row: SiteRow, { people, published, trails }: Belongings): SiteConfig {
  const menu = published.filter(({ menuOrder }) => menuOrder !== null).map(({ slug, title }) => ({ slug, title }));
  if (trails.exist && trails.section?.enabled !== false) menu.push({ slug: "trails", title: "Trails" });
  const config = configOfRow(row);
  return {
    ...config,
    tenant: { ...config.tenant, menu },
    members: { ...config.members, ...Object.fromEntries(people.map(({ userId, role }) => [userId, role])) },
    pageSlugs: published.map(({ slug }) => slug),
  };
}

/** The same as far as D1's row alone tells. */
export function configOfRow(row: SiteRow): SiteConfig {
  const { subdomain, displayName, tier, theme, features, timeZone, version, ownerId, editorPreferences, createdAt } =
    row;
  return {
    tenant: { subdomain, displayName, tier, theme, features, limits: limitsOf(row), timeZone, menu: [], version },
    ownerId,
    members: { [ownerId]: "owner" },
    pageSlugs: [],
    editorPreferences,
    createdAt,
  };
}

/** A site as D1 has it; `undefined` when there is none of this name. */
export async function loadSiteRow(db: DrizzleD1Database, subdomain: string): Promise<SiteRow | undefined> {
  const row = await db.select().from(d1.tenants).where(eq(d1.tenants.subdomain, subdomain)).get();
  return row === undefined ? undefined : toSiteRow(row);
}

/** Fields that came later have their defaults in older rows. */
export function toSiteRow(row: typeof d1.tenants.$inferSelect): SiteRow {
  return {
    ...row,
    theme: themeSchema.parse(row.theme),
    features: featuresSchema.parse(row.features),
    editorPreferences: editorPreferencesSchema.parse(row.editorPreferences),
  };
}

/** Carries the row to D1, unless that has a newer one. */
export function siteStatement(db: DrizzleD1Database, row: KnownSite): Statement {
  const { displayName, ownerId, tier, theme, features, limits, timeZone, editorPreferences, version } = row;
  return db
    .update(d1.tenants)
    .set({ displayName, ownerId, tier, theme, features, limits, timeZone, editorPreferences, version })
    .where(and(eq(d1.tenants.subdomain, row.subdomain), lt(d1.tenants.version, version)))
    .toSQL();
}
