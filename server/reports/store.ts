import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { alias } from "drizzle-orm/sqlite-core";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../parties/kernel/index.ts";
import { commentReports, comments, posts, users } from "../../schema/d1.ts";
import type { ReceivedReport, ReportList } from "../../schema/http/reports.ts";
import type { Person } from "../../schema/principal.ts";

/** When it was reported, and the report's id. */
const keySchema = z.tuple([z.number().int(), z.string()]);

const reporters = alias(users, "reporters");
const authors = alias(users, "authors");

/**
 * A page of what was reported on a site, newest first, by keyset. Reports of deleted posts are left out: nobody can
 * read what they are about. May be 30 s late, as the rows of D1 are.
 * @throws PartyError `bad_request` for a cursor of another list.
 */
export async function pageOfReports(
  database: D1Database,
  { tenant, cursor, limit }: { tenant: string; cursor: string | undefined; limit: number },
): Promise<ReportList> {
  const list = `reports ${tenant}`;
  const from = cursor === undefined ? undefined : decodeCursor(list, cursor, keySchema);
  const rows = await selectReports(database)
    .where(
      and(
        eq(commentReports.tenant, tenant),
        isNull(posts.deletedAt),
        from && sql`(${commentReports.createdAt}, ${commentReports.id}) < (${from[0]}, ${from[1]})`,
      ),
    )
    .orderBy(desc(commentReports.createdAt), desc(commentReports.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1)?.report;
  return {
    reports: page.map(toReport),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(list, [last.createdAt, last.id]) : null,
  };
}

/** Forgets one report of a site. Answers false when there is no such report. */
export async function dismissReport(database: D1Database, tenant: string, id: string): Promise<boolean> {
  const { meta } = await drizzle(database)
    .delete(commentReports)
    .where(and(eq(commentReports.id, id), eq(commentReports.tenant, tenant)));
  return meta.changes > 0;
}

function selectReports(database: D1Database) {
  return drizzle(database)
    .select({
      report: commentReports,
      reporter: { name: reporters.name, picture: reporters.picture },
      post: { id: posts.id, slug: posts.slug, title: posts.title },
      comment: comments,
      author: { name: authors.name, picture: authors.picture },
    })
    .from(commentReports)
    .innerJoin(posts, eq(posts.id, commentReports.postId))
    .leftJoin(comments, eq(comments.id, commentReports.commentId))
    .leftJoin(reporters, eq(reporters.id, commentReports.reporterId))
    .leftJoin(authors, eq(authors.id, comments.authorId))
    .$dynamic();
}

type Row = Awaited<ReturnType<typeof selectReports>>[number];

function toReport({ report, reporter, post, comment, author }: Row): ReceivedReport {
  const { id, reason, note, createdAt, reporterId } = report;
  return {
    id,
    reason,
    note,
    createdAt: new Date(createdAt).toISOString(),
    reporter: toPerson(reporterId, reporter),
    post,
    comment: comment && {
      id: comment.id,
      author: toPerson(comment.authorId, author),
      content: comment.content,
      createdAt: new Date(comment.createdAt).toISOString(),
      deleted: comment.deletedAt !== null,
    },
  };
}

function toPerson(id: string, known: Omit<Person, "id"> | null): Person {
  return { id, name: known?.name ?? "Someone", picture: known?.picture ?? null };
}
