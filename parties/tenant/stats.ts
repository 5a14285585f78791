import { and, count, eq, gt, max, ne, sql, sum } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import type { Stats } from "../../schema/http/admin/stats.ts";
import type { WrittenPost } from "../../schema/parties/tenant.ts";
import { localTime } from "../../schema/zones.ts";
import type { SiteContext } from "./site-context.ts";
import { images, postFacts, statsState } from "./tables.ts";

/** What the dashboard shows, out of one row for each post. The edge tells of each that is written. */

const ONLY_ROW = 1;
const TOP_TAGS = 10;
const DAY_MS = 86_400_000;
/** No month is longer, whatever clocks do in it. */
const LONGEST_MONTH_MS = 32 * DAY_MS;
/** How often open dashboards hear of it. */
const TELL_EVERY_MS = 1_000;

const isLive = ne(postFacts.status, "deleted");

/** What is known here, drafts and private posts included. */
export function currentStats(context: SiteContext): Stats {
  const { db } = context;
  const now = context.now();
  const { createdAt, timeZone } = context.site();
  const posts = db
    .select({
      posts: count(),
      words: sum(postFacts.words).mapWith(Number),
      drafts: count(sql`CASE WHEN ${postFacts.status} = 'draft' THEN 1 END`),
      newest: max(postFacts.updatedAt),
    })
    .from(postFacts)
    .where(isLive)
    .get();
  const bytes = db
    .select({ sum: sum(images.size).mapWith(Number) })
    .from(images)
    .where(eq(images.stored, true))
    .get();
  const newest = posts?.newest ?? null;
  return {
    postCount: posts?.posts ?? 0,
    totalWords: posts?.words ?? 0,
    draftCount: posts?.drafts ?? 0,
    publishedThisMonth: publishedThisMonth(db, timeZone, now),
    topTags: topTags(db),
    accountAge: Math.max(0, Math.floor((now - createdAt) / DAY_MS)),
    storageUsed: bytes?.sum ?? 0,
    lastActivity: newest === null ? null : new Date(newest).toISOString(),
    updatedAt: new Date(refreshedAt(db) ?? createdAt).toISOString(),
  };
}

/** Where a month begins depends on the site's zone, so that each candidate is asked for its own month. */
function publishedThisMonth(db: DrizzleSqliteDODatabase, timeZone: string, now: number): number {
  const monthOf = (at: number) => localTime(at, timeZone).day.slice(0, 7);
  const month = monthOf(now);
  return db
    .select({ at: postFacts.publishedAt })
    .from(postFacts)
    .where(and(eq(postFacts.status, "published"), gt(postFacts.publishedAt, now - LONGEST_MONTH_MS)))
    .all()
    .filter(({ at }) => at !== null && monthOf(at) === month).length;
}

function topTags(db: DrizzleSqliteDODatabase): Stats["topTags"] {
  return db.all(
    sql`SELECT value AS tag, count(*) AS count FROM ${postFacts}, json_each(${postFacts.tags})
        WHERE ${postFacts.status} = 'published' GROUP BY value ORDER BY count(*) DESC, value LIMIT ${TOP_TAGS}`,
  );
}

/** Tells open dashboards, once the running transaction has committed. */
export function tellStats(context: SiteContext): void {
  context.signal("stats", TELL_EVERY_MS, () => ({ type: "stats", stats: currentStats(context) }));
}

/**
 * Takes what is known of a post, unless something newer is. What is deleted stays so: its id is never used again.
 * Answers whether it was new here, or newer than what was known.
 */
export function learnPost(db: DrizzleSqliteDODatabase, post: WrittenPost): "new" | "newer" | "known" {
  const known = db
    .select({ revision: postFacts.revision, status: postFacts.status })
    .from(postFacts)
    .where(eq(postFacts.postId, post.postId))
    .get();
  if (known !== undefined && (known.status === "deleted" || known.revision > post.revision)) return "known";
  db.insert(postFacts).values(post).onConflictDoUpdate({ target: postFacts.postId, set: post }).run();
  return known === undefined ? "new" : "newer";
}

export function markDeleted(db: DrizzleSqliteDODatabase, postId: string, now: number): void {
  const gone = { status: "deleted" as const, words: 0, tags: [], publishedAt: null };
  db.insert(postFacts)
    .values({ postId, ...gone, updatedAt: now, revision: 1 })
    .onConflictDoUpdate({ target: postFacts.postId, set: gone })
    .run();
}

/** When posts were last read from D1. */
export function refreshedAt(db: DrizzleSqliteDODatabase): number | undefined {
  return db.select({ at: statsState.refreshedAt }).from(statsState).where(eq(statsState.id, ONLY_ROW)).get()?.at;
}

export function setRefreshed(db: DrizzleSqliteDODatabase, at: number): void {
  db.insert(statsState)
    .values({ id: ONLY_ROW, refreshedAt: at })
    .onConflictDoUpdate({ target: statsState.id, set: { refreshedAt: at } })
    .run();
}
