import { and, desc, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { sitePages } from "../../schema/d1.ts";
import { PartyError } from "../../schema/errors.ts";
import { findPost } from "../posts/rows.ts";

/** A page as it is read. */
export interface ReadPage {
  id: string;
  slug: string;
  title: string;
  content: string;
  /** ISO 8601. */
  updatedAt: string;
  revision: number;
}

/** The published page at an address, as far as D1 knows. */
export async function findPublished(database: D1Database, tenant: string, slug: string): Promise<ReadPage | undefined> {
  const row = await drizzle(database)
    .select()
    .from(sitePages)
    .where(and(eq(sitePages.tenant, tenant), eq(sitePages.slug, slug), eq(sitePages.status, "published")))
    .orderBy(desc(sitePages.updatedAt))
    .get();
  return row === undefined ? undefined : { ...row, updatedAt: new Date(row.updatedAt).toISOString() };
}

/** Addresses of a site's published pages, for its sitemap. */
export async function publishedPages(
  database: D1Database,
  tenant: string,
): Promise<{ slug: string; updatedAt: number }[]> {
  return await drizzle(database)
    .select({ slug: sitePages.slug, updatedAt: sitePages.updatedAt })
    .from(sitePages)
    .where(and(eq(sitePages.tenant, tenant), eq(sitePages.status, "published")))
    .orderBy(sitePages.slug);
}

/** Whether a page, published or not, has this address. */
export async function isPageSlug(database: D1Database, tenant: string, slug: string): Promise<boolean> {
  const row = await drizzle(database)
    .select({ id: sitePages.id })
    .from(sitePages)
    .where(and(eq(sitePages.tenant, tenant), eq(sitePages.slug, slug)))
    .limit(1)
    .get();
  return row !== undefined;
}

/**
 * Posts and pages share their site's addresses. Of two that take the same one at the same time the post is shown.
 * @throws PartyError `conflict` when a post has this address
 */
export async function requireNoPost(database: D1Database, tenant: string, slug: string): Promise<void> {
  if ((await findPost(database, tenant, { slug })) === undefined) return;
  throw new PartyError("conflict", {
    message: "A post has this address",
    issues: [{ path: ["slug"], message: "is taken" }],
  });
}
