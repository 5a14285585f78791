import { eq, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import * as d1 from "../../schema/d1.ts";
import type { ReportReason } from "../../schema/http/posts.ts";
import type { ReactionType } from "../../schema/reactions.ts";
import type { Statement } from "../kernel/index.ts";
import type { CommentRow } from "./comments.ts";

/** How late D1 may learn of a comment, and of a count. */
export const COMMENTS_WITHIN_MS = 30_000;
export const REACTIONS_WITHIN_MS = 5 * 60_000;

interface Where {
  tenant: string;
  postId: string;
}

/**
 * The statements that carry this party's rows to D1. `db` only words them, the outbox has them executed. It is never
 * the party's own handle: drizzle remembers the columns of a table by its name, and both sides have `comments`.
 */
export function commentStatement(db: DrizzleD1Database, { tenant, postId }: Where, row: CommentRow): Statement {
  const { id, authorId, content, parentId, depth, createdAt, editedAt, deletedAt, version } = row;
  return db
    .insert(d1.comments)
    .values({ id, tenant, postId, authorId, content, parentId, depth, createdAt, editedAt, deletedAt, version })
    .onConflictDoUpdate({
      target: d1.comments.id,
      set: { content, editedAt, deletedAt, version },
      setWhere: sql`excluded.version > ${d1.comments.version}`,
    })
    .toSQL();
}

export function commentGoneStatement(db: DrizzleD1Database, commentId: string): Statement {
  return db.delete(d1.comments).where(eq(d1.comments.id, commentId)).toSQL();
}

export function reactionCountStatement(
  db: DrizzleD1Database,
  { postId }: Where,
  reaction: { reactionType: ReactionType; count: number },
  updatedAt: number,
): Statement {
  const { reactionType, count } = reaction;
  return db
    .insert(d1.reactionCounts)
    .values({ postId, reactionType, count, updatedAt })
    .onConflictDoUpdate({
      target: [d1.reactionCounts.postId, d1.reactionCounts.reactionType],
      set: { count, updatedAt },
    })
    .toSQL();
}

export function reportStatement(
  db: DrizzleD1Database,
  { tenant, postId }: Where,
  report: {
    id: string;
    commentId: string;
    reporterId: string;
    reason: ReportReason;
    note: string | null;
    createdAt: number;
  },
): Statement {
  return db
    .insert(d1.commentReports)
    .values({ ...report, tenant, postId })
    .onConflictDoNothing()
    .toSQL();
}

/** Nobody has to judge a comment that was deleted: what was reported of it is settled. */
export function reportsGoneStatement(db: DrizzleD1Database, commentId: string): Statement {
  return db.delete(d1.commentReports).where(eq(d1.commentReports.commentId, commentId)).toSQL();
}
