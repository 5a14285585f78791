import { and, count, eq, ne } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import * as d1 from "../../schema/d1.ts";
import { PartyError } from "../../schema/errors.ts";
import type { SiteRole } from "../../schema/site-roles.ts";
import type { Statement } from "../kernel/index.ts";
import type { KnownSite } from "./config.ts";
import { members } from "./tables.ts";

/** Who belongs to a site. There is always an owner: the last one stays. */

export type MemberRow = typeof members.$inferSelect;

/** In the order in which they came. */
export function allMembers(db: DrizzleSqliteDODatabase): MemberRow[] {
  return db.select().from(members).orderBy(members.joinedAt, members.userId).all();
}

export function findMember(db: DrizzleSqliteDODatabase, userId: string): MemberRow | undefined {
  return db.select().from(members).where(eq(members.userId, userId)).get();
}

/** @throws PartyError `not_found` */
export function requireMember(db: DrizzleSqliteDODatabase, userId: string): MemberRow {
  const member = findMember(db, userId);
  if (member === undefined) throw new PartyError("not_found", { message: "Nobody of this id is a member here" });
  return member;
}

export function countMembers(db: DrizzleSqliteDODatabase): number {
  return db.select({ members: count() }).from(members).get()?.members ?? 0;
}

export function isLastOwner(db: DrizzleSqliteDODatabase, userId: string): boolean {
  return findMember(db, userId)?.role === "owner" && firstOwner(db, userId) === undefined;
}

/** Makes somebody a member, or a member something else. */
export function putMember(db: DrizzleSqliteDODatabase, member: MemberRow): MemberRow {
  const { role } = member;
  return db
    .insert(members)
    .values(member)
    .onConflictDoUpdate({ target: members.userId, set: { role } })
    .returning()
    .get();
}

export function deleteMember(db: DrizzleSqliteDODatabase, userId: string): void {
  db.delete(members).where(eq(members.userId, userId)).run();
}

/** What becomes of the site's row when somebody may no longer be its owner: the site is then the longest-standing other owner's. */
export function siteWithout(db: DrizzleSqliteDODatabase, site: KnownSite, userId: string): Partial<KnownSite> {
  if (site.ownerId !== userId || findMember(db, userId)?.role === "owner") return {};
  const ownerId = firstOwner(db, userId);
  return ownerId === undefined ? {} : { ownerId };
}

function firstOwner(db: DrizzleSqliteDODatabase, besides: string): string | undefined {
  const isOther = and(eq(members.role, "owner"), ne(members.userId, besides));
  return db
    .select({ userId: members.userId })
    .from(members)
    .where(isOther)
    .orderBy(members.joinedAt, members.userId)
    .limit(1)
    .get()?.userId;
}

/** Carries a member to D1. */
export function memberStatement(db: DrizzleD1Database, tenant: string, member: MemberRow): Statement {
  const set: { role: SiteRole } = { role: member.role };
  return db
    .insert(d1.siteMembers)
    .values({ tenant, ...member })
    .onConflictDoUpdate({ target: [d1.siteMembers.tenant, d1.siteMembers.userId], set })
    .toSQL();
}

export function memberGoneStatement(db: DrizzleD1Database, tenant: string, userId: string): Statement {
  return db
    .delete(d1.siteMembers)
    .where(and(eq(d1.siteMembers.tenant, tenant), eq(d1.siteMembers.userId, userId)))
    .toSQL();
}
