import { and, asc, count, eq, gt, isNull, lte } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { randomBytes } from "node:crypto";
import { PartyError } from "../../schema/errors.ts";
import { sha256 } from "../kernel/index.ts";
import { invitations } from "./tables.ts";

/** Links that make members of those who follow them. Of a link's secret only a hash is kept. */

const DAY_MS = 24 * 60 * 60_000;
/** How long a link is good. */
const LIFE_MS = 7 * DAY_MS;
/** How long it is remembered after that, to tell those who come too late. */
const REMEMBERED_MS = 30 * DAY_MS;

export type InvitationRow = typeof invitations.$inferSelect;

/** Makes a link. The secret is told here and never again. */
export function addInvitation(
  db: DrizzleSqliteDODatabase,
  given: Pick<InvitationRow, "id" | "role" | "note">,
  now: number,
): { row: InvitationRow; secret: string } {
  const secret = randomBytes(32).toString("base64url");
  const values = { ...given, secretHash: sha256(secret), createdAt: now, expiresAt: now + LIFE_MS };
  return { row: db.insert(invitations).values(values).returning().get(), secret };
}

/** Those that can still be taken up, the oldest first. */
export function openInvitations(db: DrizzleSqliteDODatabase, now: number): InvitationRow[] {
  return db.select().from(invitations).where(isOpen(now)).orderBy(asc(invitations.createdAt), invitations.id).all();
}

export function countOpen(db: DrizzleSqliteDODatabase, now: number): number {
  return db.select({ open: count() }).from(invitations).where(isOpen(now)).get()?.open ?? 0;
}

/** Takes a link back that nobody has taken up. Answers whether there was one. */
export function revoke(db: DrizzleSqliteDODatabase, id: string): boolean {
  const revoked = db
    .delete(invitations)
    .where(and(eq(invitations.id, id), isNull(invitations.acceptedBy)))
    .returning({ id: invitations.id })
    .all();
  return revoked.length > 0;
}

/**
 * The invitation that a link is of. One that was taken up is found by whoever took it up, and by nobody else.
 * @throws PartyError `not_found`, `gone` when it is over
 */
export function findInvitation(
  db: DrizzleSqliteDODatabase,
  secret: string,
  userId: string | undefined,
  now: number,
): InvitationRow {
  const row = db
    .select()
    .from(invitations)
    .where(eq(invitations.secretHash, sha256(secret)))
    .get();
  if (row === undefined) throw new PartyError("not_found", { message: "There is no such invitation" });
  if (row.acceptedBy !== null && row.acceptedBy !== userId)
    throw new PartyError("gone", { message: "This invitation has been taken up" });
  if (row.acceptedBy === null && row.expiresAt <= now)
    throw new PartyError("gone", { message: "This invitation has expired: ask for another one" });
  return row;
}

export function markAccepted(db: DrizzleSqliteDODatabase, id: string, userId: string): void {
  db.update(invitations).set({ acceptedBy: userId }).where(eq(invitations.id, id)).run();
}

/** Forgets those that are long over. Answers when there will be more to forget. */
export function pruneInvitations(db: DrizzleSqliteDODatabase, now: number): number | undefined {
  db.delete(invitations)
    .where(lte(invitations.expiresAt, now - REMEMBERED_MS))
    .run();
  const next = db
    .select({ expiresAt: invitations.expiresAt })
    .from(invitations)
    .orderBy(invitations.expiresAt)
    .limit(1)
    .get();
  return next === undefined ? undefined : next.expiresAt + REMEMBERED_MS;
}

function isOpen(now: number) {
  return and(isNull(invitations.acceptedBy), gt(invitations.expiresAt, now));
}
