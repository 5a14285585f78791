import { and, desc, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { runtime } from "../../parties/kernel/index.ts";
import { posts, tenants, users } from "../../schema/d1.ts";

/** A post of any site, in the list of what is new. */
export interface RecentPost {
  tenant: string;
  slug: string;
  title: string;
  siteName: string;
  authorName: string;
  publishedAt: string;
}

const MAX_RECENT = 6;
/** How long an isolate may answer from memory. */
const REMEMBER_MS = 30_000;

let remembered: { posts: RecentPost[]; until: number } | undefined;

/** What was published last on all sites, newest first. May be 30 s late. */
export async function recentPosts(database: D1Database): Promise<RecentPost[]> {
  const now = runtime().now();
  if (remembered === undefined || remembered.until <= now) {
    remembered = { posts: await readRecent(database), until: now + REMEMBER_MS };
  }
  return remembered.posts;
}

async function readRecent(database: D1Database): Promise<RecentPost[]> {
  const rows = await drizzle(database)
    .select({
      tenant: posts.tenant,
      slug: posts.slug,
      title: posts.title,
      siteName: tenants.displayName,
      authorName: users.name,
      publishedAt: posts.publishedAt,
    })
    .from(posts)
    .innerJoin(tenants, eq(tenants.subdomain, posts.tenant))
    .innerJoin(users, eq(users.id, posts.authorId))
    // In the words of the index `posts_recent`, or SQLite would not use it.
    .where(and(sql`${posts.status} = 'published'`, sql`${posts.deletedAt} IS NULL`))
    .orderBy(desc(posts.publishedAt), desc(posts.id))
    .limit(MAX_RECENT);
  return rows.map(({ publishedAt, ...row }) => ({ ...row, publishedAt: new Date(publishedAt ?? 0).toISOString() }));
}
