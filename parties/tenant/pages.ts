import { count, eq, getTableColumns, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import * as d1 from "../../schema/d1.ts";
import { PartyError } from "../../schema/errors.ts";
import type { NewSitePage, SitePage, SitePageChanges } from "../../schema/http/admin/pages.ts";
import type { Statement } from "../kernel/index.ts";
import { excluded } from "./excluded.ts";
import { pages } from "./tables.ts";

/** Pages that stand beside a site's posts. No two have the same address. */

export type PageRow = typeof pages.$inferSelect;

/** Without their texts: first those of the menu, in its order, then the others by address. */
export function listPages(db: DrizzleSqliteDODatabase): Omit<SitePage, "content">[] {
  const { content: _, ...summary } = getTableColumns(pages);
  return db
    .select(summary)
    .from(pages)
    .orderBy(sql`${pages.menuOrder} IS NULL, ${pages.menuOrder}, ${pages.slug}`)
    .all()
    .map(withTime);
}

export function countPages(db: DrizzleSqliteDODatabase): number {
  return db.select({ pages: count() }).from(pages).get()?.pages ?? 0;
}

/** @throws PartyError `not_found` */
export function requirePage(db: DrizzleSqliteDODatabase, by: { id: string } | { slug: string }): PageRow {
  const isIt = "id" in by ? eq(pages.id, by.id) : eq(pages.slug, by.slug);
  const page = db.select().from(pages).where(isIt).get();
  if (page === undefined) throw new PartyError("not_found", { message: "There is no such page" });
  return page;
}

/** @throws PartyError `conflict` when another page has this address */
export function addPage(db: DrizzleSqliteDODatabase, id: string, page: NewSitePage, now: number): PageRow {
  requireFree(db, page.slug, id);
  return db
    .insert(pages)
    .values({ id, ...page, updatedAt: now, revision: 1 })
    .returning()
    .get();
}

/**
 * Changes a page that is still at the revision that the change was made on. What changes nothing is no revision.
 * @throws PartyError `not_found`; `conflict` with the current `page`, or when another page has the address
 */
export function changePage(
  db: DrizzleSqliteDODatabase,
  id: string,
  { revision, ...changes }: SitePageChanges,
  now: number,
): { before: PageRow; after: PageRow } {
  const before = requirePage(db, { id });
  if (before.revision !== revision)
    throw new PartyError("conflict", {
      message: "The page was changed in the meantime",
      details: { page: toSitePage(before) },
    });
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  if (given.every(([field, value]) => before[field as keyof PageRow] === value)) return { before, after: before };
  if (changes.slug !== undefined) requireFree(db, changes.slug, id);
  const set = { ...Object.fromEntries(given), updatedAt: now, revision: revision + 1 };
  return { before, after: db.update(pages).set(set).where(eq(pages.id, id)).returning().get() };
}

export function deletePage(db: DrizzleSqliteDODatabase, id: string): void {
  db.delete(pages).where(eq(pages.id, id)).run();
}

/** Whether a change shows outside of the page itself: in the menu, or in which addresses there are. */
export function isNews(before: PageRow | undefined, after: PageRow | undefined): boolean {
  return JSON.stringify(shownOf(before)) !== JSON.stringify(shownOf(after));
}

function shownOf(page: PageRow | undefined) {
  return page?.status === "published" ? [page.slug, page.title, page.menuOrder] : null;
}

export function toSitePage(row: PageRow): SitePage {
  return withTime(row);
}

/** Carries a page to D1, unless that has a newer one. */
export function pageStatement(db: DrizzleD1Database, tenant: string, row: PageRow): Statement {
  return db
    .insert(d1.sitePages)
    .values({ tenant, ...row })
    .onConflictDoUpdate({
      target: d1.sitePages.id,
      set: excluded(d1.sitePages),
      setWhere: sql`${d1.sitePages.revision} < excluded.revision`,
    })
    .toSQL();
}

export function pageGoneStatement(db: DrizzleD1Database, id: string): Statement {
  return db.delete(d1.sitePages).where(eq(d1.sitePages.id, id)).toSQL();
}

function requireFree(db: DrizzleSqliteDODatabase, slug: string, id: string): void {
  const taken = db.select({ id: pages.id }).from(pages).where(eq(pages.slug, slug)).get();
  if (taken === undefined || taken.id === id) return;
  throw new PartyError("conflict", {
    message: "Another page has this address",
    issues: [{ path: ["slug"], message: "is taken" }],
  });
}

function withTime<T extends { updatedAt: number }>(row: T): Omit<T, "updatedAt"> & { updatedAt: string } {
  return { ...row, updatedAt: new Date(row.updatedAt).toISOString() };
}
