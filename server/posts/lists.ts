import { and, eq, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../parties/kernel/index.ts";
import { posts, postTags } from "../../schema/d1.ts";
import type { Post, PostStatus } from "../../schema/http/posts.ts";
import { type PostRow, selectPosts, toPost } from "./rows.ts";

/** Where a page of a list begins: at the end given by no key, or beyond the post that a cursor names. */
export interface PageRequest {
  tenant: string;
  status: PostStatus | "any";
  tag: string | undefined;
  /** Only what this person wrote. */
  authorId?: string | undefined;
  limit: number;
  /** Posts older than this cursor's. */
  older?: string | undefined;
  /** Posts newer than this cursor's, the closest to it. */
  newer?: string | undefined;
}

export interface PostPage {
  /** Newest first. */
  posts: Post[];
  /** Cursors of the neighbouring pages, or null at either end. */
  older: string | null;
  newer: string | null;
}

const keySchema = z.tuple([z.number().int(), z.string()]);
type Key = z.infer<typeof keySchema>;

/**
 * A page of a site's posts, by keyset: stable under inserts. Published posts are in the order of publication, other
 * lists in the order of the last change.
 * @throws PartyError `bad_request` for a cursor of another list.
 */
export async function pageOfPosts(database: D1Database, request: PageRequest): Promise<PostPage> {
  const { status, limit } = request;
  const list = listName(request);
  const forward = request.newer === undefined;
  const cursor = request.newer ?? request.older;
  const from = cursor === undefined ? undefined : decodeCursor(list, cursor, keySchema);
  const time = status === "published" ? posts.publishedAt : posts.updatedAt;
  const direction = sql.raw(forward ? "DESC" : "ASC");

  const rows = await selectPosts(database)
    .where(and(belongsTo(request), from && beyond(time, from, forward)))
    .orderBy(sql`${time} ${direction}, ${posts.id} ${direction}`)
    .limit(limit + 1);
  const hasMore = rows.length > limit;
  const page = rows.slice(0, limit);
  if (!forward) page.reverse();

  const cursorAt = (row: { post: PostRow } | undefined): string | null =>
    row === undefined ? null : encodeCursor(list, keyOf(row.post, status));
  return {
    posts: page.map(toPost),
    older: hasMore || !forward ? cursorAt(page.at(-1)) : null,
    newer: (forward ? from !== undefined : hasMore) ? cursorAt(page[0]) : null,
  };
}

/** Names the list, so that a cursor of another site, tag, status or author is refused. */
function listName({ tenant, status, tag, authorId }: PageRequest): string {
  return ["posts", tenant, status, tag ?? "", ...(authorId === undefined ? [] : [authorId])].join(" ");
}

function belongsTo({ tenant, status, tag, authorId }: PageRequest): SQL | undefined {
  return and(
    eq(posts.tenant, tenant),
    isNull(posts.deletedAt),
    authorId === undefined ? undefined : eq(posts.authorId, authorId),
    status === "any" ? undefined : eq(posts.status, status),
    status === "published" ? isNotNull(posts.publishedAt) : undefined,
    tag === undefined ? undefined : hasTag(tenant, tag, status),
  );
}

function hasTag(tenant: string, tag: string, status: PostStatus | "any"): SQL {
  // Only published posts are in the index of tags.
  return status === "published"
    ? sql`${posts.id} IN (SELECT ${postTags.postId} FROM ${postTags} WHERE ${postTags.tenant} = ${tenant} AND ${postTags.tag} = ${tag})`
    : sql`EXISTS (SELECT 1 FROM json_each(${posts.tags}) WHERE value = ${tag})`;
}

function beyond(time: typeof posts.publishedAt | typeof posts.updatedAt, [at, id]: Key, forward: boolean): SQL {
  return forward ? sql`(${time}, ${posts.id}) < (${at}, ${id})` : sql`(${time}, ${posts.id}) > (${at}, ${id})`;
}

function keyOf(post: PostRow, status: PostStatus | "any"): Key {
  return [status === "published" ? (post.publishedAt ?? 0) : post.updatedAt, post.id];
}
