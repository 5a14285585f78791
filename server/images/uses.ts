import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { z } from "zod";
import { posts, sitePages, siteSections } from "../../schema/d1.ts";
import type { imageUsesSchema } from "../../schema/http/admin/images.ts";

type Use = z.infer<typeof imageUsesSchema>["uses"][number];

/** Of each kind. Who sees that many knows enough. */
const MAX_USES = 100;

/** Where an image stands: in a site's posts and pages, the last changed first, and as the icon of sections. As far as D1 knows. */
export async function usesOf(database: D1Database, tenant: string, path: string): Promise<Use[]> {
  const db = drizzle(database);
  const [inPosts, inPages, ofSections] = await db.batch([
    db
      .select({ id: posts.id, title: posts.title, slug: posts.slug })
      .from(posts)
      // Not LIKE, in which parts of an id have a meaning of their own.
      .where(and(eq(posts.tenant, tenant), isNull(posts.deletedAt), sql`instr(${posts.content}, ${path}) > 0`))
      .orderBy(desc(posts.updatedAt), desc(posts.id))
      .limit(MAX_USES),
    db
      .select({ id: sitePages.id, title: sitePages.title, slug: sitePages.slug })
      .from(sitePages)
      .where(and(eq(sitePages.tenant, tenant), sql`instr(${sitePages.content}, ${path}) > 0`))
      .orderBy(desc(sitePages.updatedAt), desc(sitePages.id))
      .limit(MAX_USES),
    db
      .select({ id: siteSections.id, title: siteSections.label })
      .from(siteSections)
      .where(and(eq(siteSections.tenant, tenant), eq(siteSections.icon, path)))
      .orderBy(siteSections.sortOrder)
      .limit(MAX_USES),
  ]);
  return [
    ...inPosts.map((use) => ({ kind: "post" as const, ...use })),
    ...inPages.map((use) => ({ kind: "page" as const, ...use })),
    ...ofSections.map((use) => ({ kind: "section" as const, ...use })),
  ];
}
