import { and, asc, eq, gt, inArray, isNull, or, type SQL } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { posts } from "../../schema/d1.ts";
import type { WrittenPost } from "../../schema/parties/tenant.ts";
import { wordCount } from "../../schema/text.ts";

const PAGE = 500;
/** Contents read at a time: the longest is 200,000 characters. */
const CONTENTS = 20;

/**
 * A site's posts as D1 has them, in pages by when they were last written: one that is written meanwhile comes once more,
 * at the end, and none is passed over.
 */
export async function* readWrittenPosts(db: DrizzleD1Database, tenant: string): AsyncGenerator<WrittenPost[]> {
  let after: SQL | undefined;
  for (;;) {
    const rows = await db
      .select({
        postId: posts.id,
        status: posts.status,
        words: posts.words,
        tags: posts.tags,
        publishedAt: posts.publishedAt,
        updatedAt: posts.updatedAt,
        revision: posts.revision,
      })
      .from(posts)
      .where(and(eq(posts.tenant, tenant), isNull(posts.deletedAt), after))
      .orderBy(asc(posts.updatedAt), asc(posts.id))
      .limit(PAGE);
    const counted = await countWords(
      db,
      rows.filter(({ words }) => words === null).map(({ postId }) => postId),
    );
    yield rows.map((row) => ({ ...row, words: row.words ?? counted.get(row.postId) ?? 0 }));
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = or(
      gt(posts.updatedAt, last.updatedAt),
      and(eq(posts.updatedAt, last.updatedAt), gt(posts.id, last.postId)),
    );
  }
}

/** Counts the words of posts from before they were counted, and writes them down: none is read twice. */
async function countWords(db: DrizzleD1Database, ids: readonly string[]): Promise<Map<string, number>> {
  const counted = new Map<string, number>();
  for (let start = 0; start < ids.length; start += CONTENTS) {
    const rows = await db
      .select({ id: posts.id, content: posts.content, revision: posts.revision })
      .from(posts)
      .where(inArray(posts.id, ids.slice(start, start + CONTENTS)));
    const updates = rows.map(({ id, content, revision }) => {
      const words = wordCount(content);
      counted.set(id, words);
      // At another revision somebody else has counted.
      return db
        .update(posts)
        .set({ words })
        .where(and(eq(posts.id, id), eq(posts.revision, revision)));
    });
    const [first, ...rest] = updates;
    if (first !== undefined) await db.batch([first, ...rest]);
  }
  return counted;
}
