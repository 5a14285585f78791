import { and, asc, count, desc, eq, gt, isNull, lt } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { PartyError } from "../../schema/errors.ts";
import type { Comment } from "../../schema/http/posts.ts";
import { mentionsOf, renderCommentMarkdown } from "../../schema/markdown.ts";
import type { Person } from "../../schema/principal.ts";
import { comments, people } from "./tables.ts";

/** Grows when `renderCommentMarkdown` changes what it writes: older HTML is then made anew from the source. */
const HTML_VERSION = 1;
export const EDIT_WINDOW_MS = 15 * 60_000;
export const COMMENTS_PER_WINDOW = 5;
export const COMMENT_WINDOW_MS = 60_000;

export type CommentRow = typeof comments.$inferSelect;
type PersonRow = typeof people.$inferSelect;

/** Keeps what a person is called now. */
export function rememberPerson(db: DrizzleSqliteDODatabase, { id, name, picture }: Person): void {
  const known = db.select().from(people).where(eq(people.id, id)).get();
  if (known?.name === name && known.picture === picture) return;
  db.insert(people).values({ id, name, picture }).onConflictDoUpdate({ target: people.id, set: { name, picture } }).run();
}

/**
 * @throws PartyError `rate_limited` when this person has written `COMMENTS_PER_WINDOW` in the last minute. Counted from
 * the comments themselves, so it holds over every device and after any restart.
 */
export function requireCommentRate(db: DrizzleSqliteDODatabase, authorId: string, now: number): void {
  const recent = db
    .select({ createdAt: comments.createdAt })
    .from(comments)
    .where(and(eq(comments.authorId, authorId), gt(comments.createdAt, now - COMMENT_WINDOW_MS)))
    .orderBy(desc(comments.createdAt))
    .limit(COMMENTS_PER_WINDOW)
    .all();
  const oldest = recent.at(COMMENTS_PER_WINDOW - 1);
  if (oldest === undefined) return;
  throw new PartyError("rate_limited", {
    message: `You can write ${COMMENTS_PER_WINDOW} comments a minute`,
    retryAfterMs: Math.max(1, oldest.createdAt + COMMENT_WINDOW_MS - now),
  });
}

/** @throws PartyError `not_found` or `gone` when the comment that this answers is not there. */
export function addComment(
  db: DrizzleSqliteDODatabase,
  comment: { id: string; authorId: string; content: string; parentId: string | null },
  now: number,
): CommentRow {
  const { id, authorId, content, parentId } = comment;
  const parent = parentId === null ? undefined : requireLive(db, parentId);
  return db
    .insert(comments)
    .values({ id, authorId, content, ...rendered(content), parentId, depth: parent === undefined ? 0 : parent.depth + 1, createdAt: now })
    .returning()
    .get();
}

/** @throws PartyError `forbidden` for another's comment or after `EDIT_WINDOW_MS`. */
export function editComment(db: DrizzleSqliteDODatabase, edit: { id: string; authorId: string; content: string }, now: number): CommentRow {
  const row = requireLive(db, edit.id);
  if (row.authorId !== edit.authorId) throw new PartyError("forbidden", { message: "Only its author can edit a comment" });
  if (now - row.createdAt > EDIT_WINDOW_MS) {
    throw new PartyError("forbidden", { message: `A comment can be edited for ${EDIT_WINDOW_MS / 60_000} minutes` });
  }
  if (row.content === edit.content) return row;
  return db
    .update(comments)
    .set({ content: edit.content, ...rendered(edit.content), editedAt: now, version: row.version + 1 })
    .where(eq(comments.id, row.id))
    .returning()
    .get();
}

/** What a deletion did: `tombstone` is what stays of the comment, `vanished` are the rows that are gone, parents last. */
export interface Deletion {
  tombstone: CommentRow | undefined;
  vanished: CommentRow[];
}

/**
 * Deletes a comment. While something answers it a tombstone without text stays; when nothing does, it goes, and so do
 * the tombstones above it that nothing answers any more.
 */
export function deleteComment(db: DrizzleSqliteDODatabase, row: CommentRow, now: number): Deletion {
  if (hasReplies(db, row.id)) {
    const tombstone = db
      .update(comments)
      .set({ content: "", html: "", mentions: [], deletedAt: now, version: row.version + 1 })
      .where(eq(comments.id, row.id))
      .returning()
      .get();
    return { tombstone, vanished: [] };
  }
  const vanished: CommentRow[] = [];
  let next: CommentRow | undefined = row;
  while (next !== undefined) {
    db.delete(comments).where(eq(comments.id, next.id)).run();
    vanished.push(next);
    const parent: CommentRow | undefined = next.parentId === null ? undefined : findComment(db, next.parentId);
    next = parent?.deletedAt != null && !hasReplies(db, parent.id) ? parent : undefined;
  }
  return { tombstone: undefined, vanished };
}

/** @throws PartyError `not_found` when it never was or has vanished, `gone` when it is a tombstone. */
export function requireLive(db: DrizzleSqliteDODatabase, id: string): CommentRow {
  const row = findComment(db, id);
  if (row === undefined) throw new PartyError("not_found", { message: "There is no such comment" });
  if (row.deletedAt !== null) throw new PartyError("gone", { message: "This comment was deleted" });
  return row;
}

export function countComments(db: DrizzleSqliteDODatabase): number {
  return db.select({ count: count() }).from(comments).where(isNull(comments.deletedAt)).get()?.count ?? 0;
}

/** One page of comments: up to `limit` rows after (or, newest first, before) row `from`, and where the next page starts. */
export function pageOfComments(
  db: DrizzleSqliteDODatabase,
  page: { from: number | undefined; limit: number; order: "oldest" | "newest" },
  postId: string,
): { comments: Comment[]; next: number | undefined } {
  const isNewest = page.order === "newest";
  const range = page.from === undefined ? undefined : isNewest ? lt(comments.n, page.from) : gt(comments.n, page.from);
  const rows = db
    .select({ comment: comments, author: people })
    .from(comments)
    .leftJoin(people, eq(people.id, comments.authorId))
    .where(range)
    .orderBy(isNewest ? desc(comments.n) : asc(comments.n))
    .limit(page.limit + 1)
    .all();
  const shown = rows.slice(0, page.limit);
  return {
    comments: shown.map(({ comment, author }) => toComment(comment, author, postId)),
    next: rows.length > page.limit ? shown.at(-1)?.comment.n : undefined,
  };
}

/** A row as the wire has it. */
export function present(db: DrizzleSqliteDODatabase, row: CommentRow, postId: string): Comment {
  return toComment(row, db.select().from(people).where(eq(people.id, row.authorId)).get() ?? null, postId);
}

function toComment(row: CommentRow, author: PersonRow | null, postId: string): Comment {
  return {
    id: row.id,
    postId,
    author: author ?? { id: row.authorId, name: "Someone", picture: null },
    content: row.content,
    html: row.htmlVersion === HTML_VERSION || row.deletedAt !== null ? row.html : renderCommentMarkdown(row.content),
    parentId: row.parentId,
    depth: row.depth,
    createdAt: new Date(row.createdAt).toISOString(),
    editedAt: row.editedAt === null ? null : new Date(row.editedAt).toISOString(),
    deleted: row.deletedAt !== null,
  };
}

function rendered(content: string) {
  return { html: renderCommentMarkdown(content), htmlVersion: HTML_VERSION, mentions: mentionsOf(content) };
}

function findComment(db: DrizzleSqliteDODatabase, id: string): CommentRow | undefined {
  return db.select().from(comments).where(eq(comments.id, id)).get();
}

function hasReplies(db: DrizzleSqliteDODatabase, id: string): boolean {
  return db.select({ n: comments.n }).from(comments).where(eq(comments.parentId, id)).limit(1).get() !== undefined;
}
