import { asc, count, desc, eq, gt, isNull, lt } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { PartyError } from "../../schema/errors.ts";
import type { Comment } from "../../schema/http/posts.ts";
import { mentionsOf, renderCommentMarkdown } from "../../schema/markdown.ts";
import type { Person } from "../../schema/principal.ts";
import { comments, people } from "./tables.ts";
import { readTotal, writeTotal } from "./totals.ts";

/** Grows when `renderCommentMarkdown` changes what it writes: older HTML is then made anew from the source. */
const HTML_VERSION = 1;
export const EDIT_WINDOW_MS = 15 * 60_000;
/** Each edit goes to every reader and into the log, so they are counted as comments are. */
export const MAX_EDITS = 50;
export const COMMENTS_PER_WINDOW = 5;
export const COMMENT_WINDOW_MS = 60_000;

export type CommentRow = typeof comments.$inferSelect;
type PersonRow = typeof people.$inferSelect;

/** Keeps what a person is called now. */
export function rememberPerson(db: DrizzleSqliteDODatabase, { id, name, picture }: Person): void {
  const known = findPerson(db, id);
  if (known?.name === name && known.picture === picture) return;
  db.insert(people)
    .values({ id, name, picture })
    .onConflictDoUpdate({ target: people.id, set: { name, picture } })
    .run();
}

/** Changes what somebody is called who is remembered. Answers whether anybody is. */
export function renamePerson(db: DrizzleSqliteDODatabase, { id, name, picture }: Person): boolean {
  return (
    db.update(people).set({ name, picture }).where(eq(people.id, id)).returning({ id: people.id }).all().length > 0
  );
}

/**
 * Takes one of the comments that a remembered person may write a minute. Stored, so that it holds over every device,
 * after any restart, and for comments that are deleted again.
 * @throws PartyError `rate_limited` when `COMMENTS_PER_WINDOW` were written in the last minute.
 */
export function takeTurn(db: DrizzleSqliteDODatabase, authorId: string, now: number): void {
  const recent = findPerson(db, authorId)?.wroteAt.filter((at) => at > now - COMMENT_WINDOW_MS) ?? [];
  const oldest = recent.at(-COMMENTS_PER_WINDOW);
  if (oldest !== undefined) {
    throw new PartyError("rate_limited", {
      message: `You can write ${COMMENTS_PER_WINDOW} comments a minute`,
      retryAfterMs: oldest + COMMENT_WINDOW_MS - now,
      limit: { quota: COMMENTS_PER_WINDOW, windowMs: COMMENT_WINDOW_MS },
    });
  }
  db.update(people)
    .set({ wroteAt: [...recent, now] })
    .where(eq(people.id, authorId))
    .run();
}

/** @throws PartyError `not_found` or `gone` when the comment that this answers is not there. */
export function addComment(
  db: DrizzleSqliteDODatabase,
  comment: { id: string; authorId: string; content: string; parentId: string | null },
  now: number,
): CommentRow {
  const { id, authorId, content, parentId } = comment;
  const depth = parentId === null ? 0 : requireLive(db, parentId).depth + 1;
  const row = db
    .insert(comments)
    .values({ id, authorId, content, ...rendered(content), parentId, depth, createdAt: now })
    .returning()
    .get();
  recount(db);
  return row;
}

/** @throws PartyError `forbidden` for another's comment, after `EDIT_WINDOW_MS`, or after `MAX_EDITS`. */
export function editComment(
  db: DrizzleSqliteDODatabase,
  edit: { id: string; authorId: string; content: string },
  now: number,
): CommentRow {
  const row = requireLive(db, edit.id);
  if (row.authorId !== edit.authorId)
    throw new PartyError("forbidden", { message: "Only its author can edit a comment" });
  if (now - row.createdAt > EDIT_WINDOW_MS) {
    throw new PartyError("forbidden", { message: `A comment can be edited for ${EDIT_WINDOW_MS / 60_000} minutes` });
  }
  if (row.content === edit.content) return row;
  // The first version is the one that was written.
  if (row.version > MAX_EDITS)
    throw new PartyError("forbidden", { message: `A comment can be edited ${MAX_EDITS} times` });
  return db
    .update(comments)
    .set({ content: edit.content, ...rendered(edit.content), editedAt: now, version: row.version + 1 })
    .where(eq(comments.id, row.id))
    .returning()
    .get();
}

/**
 * What a deletion did: the comment without its text, and the ids of those that are gone altogether, parents last. The
 * comment itself is the first of these unless something answers it.
 */
export interface Deletion {
  tombstone: CommentRow;
  vanished: string[];
}

/**
 * Deletes a comment. While something answers it a tombstone without text stays; when nothing does, it goes, and so do
 * the tombstones above it that nothing answers any more.
 */
export function deleteComment(db: DrizzleSqliteDODatabase, row: CommentRow, now: number): Deletion {
  const tombstone = db
    .update(comments)
    .set({ content: "", html: "", mentions: [], deletedAt: now, version: row.version + 1 })
    .where(eq(comments.id, row.id))
    .returning()
    .get();
  const vanished: string[] = [];
  let next: CommentRow | undefined = tombstone;
  while (next !== undefined && next.deletedAt !== null && !hasReplies(db, next.id)) {
    db.delete(comments).where(eq(comments.id, next.id)).run();
    vanished.push(next.id);
    next = next.parentId === null ? undefined : findComment(db, next.parentId);
  }
  recount(db);
  return { tombstone, vanished };
}

/** @throws PartyError `not_found` when it never was or has vanished, `gone` when it is a tombstone. */
export function requireLive(db: DrizzleSqliteDODatabase, id: string): CommentRow {
  const row = findComment(db, id);
  if (row === undefined) throw new PartyError("not_found", { message: "There is no such comment" });
  if (row.deletedAt !== null) throw new PartyError("gone", { message: "This comment was deleted" });
  return row;
}

/** How many comments there are, tombstones not counted. */
export function countComments(db: DrizzleSqliteDODatabase): number {
  return readTotal(db, "comments");
}

function recount(db: DrizzleSqliteDODatabase): void {
  writeTotal(
    db,
    "comments",
    db.select({ count: count() }).from(comments).where(isNull(comments.deletedAt)).get()?.count ?? 0,
  );
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
  return toComment(row, findPerson(db, row.authorId) ?? null, postId);
}

function toComment(row: CommentRow, author: PersonRow | null, postId: string): Comment {
  return {
    id: row.id,
    postId,
    author: { id: row.authorId, name: author?.name ?? "Someone", picture: author?.picture ?? null },
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

function findPerson(db: DrizzleSqliteDODatabase, id: string): PersonRow | undefined {
  return db.select().from(people).where(eq(people.id, id)).get();
}

function hasReplies(db: DrizzleSqliteDODatabase, id: string): boolean {
  return db.select({ n: comments.n }).from(comments).where(eq(comments.parentId, id)).limit(1).get() !== undefined;
}
