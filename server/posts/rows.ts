import { and, eq, isNull, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { posts, users } from "../../schema/d1.ts";
import type { Post } from "../../schema/http/posts.ts";

export type PostRow = typeof posts.$inferSelect;
type AuthorRow = Pick<typeof users.$inferSelect, "id" | "name" | "picture">;

/** Posts with their authors; deleted ones are never selected. */
export function selectPosts(database: D1Database) {
  return drizzle(database)
    .select({ post: posts, author: { id: users.id, name: users.name, picture: users.picture } })
    .from(posts)
    .innerJoin(users, eq(users.id, posts.authorId))
    .$dynamic();
}

/** A post as the wire has it. */
export function toPost({ post, author }: { post: PostRow; author: AuthorRow }): Post {
  const { id, tenant, slug, title, content, tags, status, publishedAt, updatedAt, revision } = post;
  return {
    id,
    tenant,
    slug,
    title,
    content,
    tags,
    status,
    author,
    publishedAt: publishedAt === null ? null : new Date(publishedAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    revision,
  };
}

/** Finds one live post of a site. */
export async function findPost(
  database: D1Database,
  tenant: string,
  by: { id: string } | { slug: string },
): Promise<Post | undefined> {
  const isIt = "id" in by ? eq(posts.id, by.id) : eq(posts.slug, by.slug);
  const row = await selectPosts(database)
    .where(and(eq(posts.tenant, tenant), isIt, isNull(posts.deletedAt)))
    .get();
  return row === undefined ? undefined : toPost(row);
}

/** Addresses of a site's published posts for its sitemap, newest first. */
export async function publishedSlugs(
  database: D1Database,
  tenant: string,
  limit: number,
): Promise<{ slug: string; updatedAt: number }[]> {
  return await drizzle(database)
    .select({ slug: posts.slug, updatedAt: posts.updatedAt })
    .from(posts)
    .where(and(eq(posts.tenant, tenant), eq(posts.status, "published"), isNull(posts.deletedAt)))
    .orderBy(sql`${posts.publishedAt} DESC, ${posts.id} DESC`)
    .limit(limit);
}
