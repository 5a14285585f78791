import { and, asc, eq, getTableColumns, gt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { postAddress, tenantAddress } from "../../schema/addresses.ts";
import { comments, posts, siteMembers, tenants, users } from "../../schema/d1.ts";
import { DELETED_PERSON, foldForSearch } from "../../schema/people.ts";
import type { Statement } from "../kernel/index.ts";
import type { UserRow } from "./records.ts";

/** What D1 has of a user. */
type Projected = typeof users.$inferSelect;

/** Whether D1 must hear of a change: it has no column for everything. */
export function isProjected(before: UserRow | undefined, after: UserRow): boolean {
  if (before === undefined) return true;
  const { version: _now, signedInAt: _seen, suspendedBy: _by, ...told } = after;
  return Object.entries(told).some(([field, value]) => before[field as keyof UserRow] !== value);
}

/** The statement that brings D1 up to date with a user's row. A late one changes nothing. */
export function userStatement(row: UserRow): Statement {
  const { signedInAt: _seen, suspendedBy: _by, ...told } = row;
  return upsert({ ...told, deletedAt: null, search: foldForSearch(`${row.name} ${row.email ?? ""}`) });
}

/** The statement that leaves of a user only what others' texts refer to. */
export function deletedStatement(row: UserRow, now: number): Statement {
  const { id, createdAt, version } = row;
  const nobody = { name: DELETED_PERSON, picture: null, email: null, emailVerified: false, role: "user" as const };
  const gone = { status: "inactive" as const, deleteAt: null, search: "", updatedAt: now, deletedAt: now };
  return upsert({ id, ...nobody, ...gone, createdAt, version: version + 1 });
}

const COLUMNS = Object.entries(getTableColumns(users));
/** The same for every row, so it is worded once: drizzle takes longer over it than SQLite. */
const UPSERT = `INSERT INTO users (${COLUMNS.map(([, { name }]) => name).join(", ")})
VALUES (${COLUMNS.map(() => "?").join(", ")}) ON CONFLICT (id) DO UPDATE SET
${COLUMNS.map(([, { name }]) => `${name} = excluded.${name}`).join(", ")} WHERE excluded.version > users.version`;

function upsert(row: Projected): Statement {
  const params = COLUMNS.map(([field, column]) => {
    const value = row[field as keyof Projected];
    return value === null ? null : column.mapToDriverValue(value);
  });
  return { sql: UPSERT, params };
}

/** A party that knows somebody: of a post where they wrote, or of a site that they belong to. */
export interface Trace {
  /** Where to look for the next one. */
  key: string;
  party: "post" | "tenant";
  name: string;
}

/** Sites come after posts, whose ids begin with an earlier letter. */
const SITE_KEY = "site ";

/** A page of the posts that somebody wrote or commented on, then of their sites, by key, as far as D1 knows. */
export async function tracesOf(database: D1Database, userId: string, after: string, limit: number): Promise<Trace[]> {
  const db = drizzle(database);
  const afterSite = after.startsWith(SITE_KEY) ? after.slice(SITE_KEY.length) : "";
  const wrote = await db
    .select({ tenant: posts.tenant, postId: posts.id })
    .from(posts)
    .where(and(eq(posts.authorId, userId), gt(posts.id, after)))
    .orderBy(asc(posts.id))
    .limit(limit);
  const commented = await db
    .selectDistinct({ tenant: comments.tenant, postId: comments.postId })
    .from(comments)
    .where(and(eq(comments.authorId, userId), gt(comments.postId, after)))
    .orderBy(asc(comments.postId))
    .limit(limit);
  const joined = await db
    .select({ tenant: siteMembers.tenant })
    .from(siteMembers)
    .where(and(eq(siteMembers.userId, userId), gt(siteMembers.tenant, afterSite)))
    .orderBy(asc(siteMembers.tenant))
    .limit(limit);
  const owned = await db
    .select({ tenant: tenants.subdomain })
    .from(tenants)
    .where(and(eq(tenants.ownerId, userId), gt(tenants.subdomain, afterSite)))
    .orderBy(asc(tenants.subdomain))
    .limit(limit);
  const traces = [
    ...[...wrote, ...commented].map(({ tenant, postId }): Trace => {
      return { key: postId, party: "post", name: postAddress.build({ tenant, postId }) };
    }),
    ...[...joined, ...owned].map(({ tenant }): Trace => {
      return { key: SITE_KEY + tenant, party: "tenant", name: tenantAddress.build({ subdomain: tenant }) };
    }),
  ];
  const byKey = new Map(traces.map((trace) => [trace.key, trace]));
  return [...byKey.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);
}
