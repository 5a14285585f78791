import { and, asc, eq, gt, isNull, type SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { sessionStub } from "../../parties/session/index.ts";
import { usersStub } from "../../parties/users/index.ts";
import { auditLog, commentReports, comments, posts, siteMembers, tenants } from "../../schema/d1.ts";
import type { AppContext } from "../context.ts";
import { toDetails } from "./shapes.ts";

/** Rows that are in memory at a time: a post may be half a megabyte. */
const PAGE = 20;

/**
 * Everything that is kept of a person, as a JSON document that is written while it is read: however much they wrote, a
 * page of it is in memory.
 */
export async function exportOf(c: AppContext, userId: string): Promise<ReadableStream<Uint8Array>> {
  const traceId = c.get("traceId");
  // What may fail fails before the answer begins.
  const account = toDetails(await usersStub(c.env, traceId).describe({ userId }));
  const { sessions } = await sessionStub(c.env, { userId }, traceId).listSessions({});
  const head = { exportedFor: userId, ...account, sessions };
  const chunks = documentOf(head, listsOf(c.env.DB, userId));
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

/** Pages of one table's rows, after the last id of the page before. */
type Pages = (after: string) => Promise<{ id: string }[]>;

function listsOf(database: D1Database, userId: string): Record<string, Pages> {
  const db = drizzle(database);
  return {
    sites: async (after) => {
      const where = and(eq(tenants.ownerId, userId), gt(tenants.subdomain, after));
      const rows = await db.select().from(tenants).where(where).orderBy(asc(tenants.subdomain)).limit(PAGE);
      return rows.map((row) => ({ id: row.subdomain, ...row }));
    },
    memberships: async (after) => {
      const where = and(eq(siteMembers.userId, userId), gt(siteMembers.tenant, after));
      const rows = await db.select().from(siteMembers).where(where).orderBy(asc(siteMembers.tenant)).limit(PAGE);
      return rows.map((row) => ({ id: row.tenant, ...row }));
    },
    posts: async (after) =>
      await db
        .select()
        .from(posts)
        .where(own(posts, posts.authorId, isNull(posts.deletedAt), after))
        .orderBy(asc(posts.id))
        .limit(PAGE),
    comments: async (after) =>
      await db
        .select()
        .from(comments)
        .where(own(comments, comments.authorId, isNull(comments.deletedAt), after))
        .orderBy(asc(comments.id))
        .limit(PAGE),
    reports: async (after) =>
      await db
        .select()
        .from(commentReports)
        .where(own(commentReports, commentReports.reporterId, undefined, after))
        .orderBy(asc(commentReports.id))
        .limit(PAGE),
    activity: async (after) =>
      await db
        .select()
        .from(auditLog)
        .where(own(auditLog, auditLog.userId, undefined, after))
        .orderBy(asc(auditLog.id))
        .limit(PAGE),
  };

  type Table = typeof posts | typeof comments | typeof commentReports | typeof auditLog;
  function own(table: Table, owner: Parameters<typeof eq>[0], more: SQL | undefined, after: string): SQL | undefined {
    return and(eq(owner, userId), more, gt(table.id, after));
  }
}

async function* documentOf(head: object, lists: Record<string, Pages>): AsyncGenerator<string, undefined> {
  yield JSON.stringify(head).slice(0, -1);
  for (const [name, pages] of Object.entries(lists)) {
    yield `,${JSON.stringify(name)}:[`;
    let after = "";
    for (;;) {
      const rows = await pages(after);
      if (rows.length > 0) yield (after === "" ? "" : ",") + JSON.stringify(rows).slice(1, -1);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) break;
      after = last.id;
    }
    yield "]";
  }
  yield "}";
  return undefined;
}
