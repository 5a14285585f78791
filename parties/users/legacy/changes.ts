import { and, asc, count, eq, sql } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { identitiesOf } from "../identities.ts";
import type { Change, UserRow } from "../records.ts";
import type { How } from "../store.ts";
import { legacyChanges } from "../tables.ts";
import { LEGACY_PROVIDER } from "./identity.ts";
import { FIELDS } from "./kept.ts";

/** Who has changed here and is to be carried back: rows of the transaction of the change. */

export type WaitingChange = typeof legacyChanges.$inferSelect;

/** Notes a change that PostgreSQL must hear of. Answers whether it is one. */
export function noteChange(db: DrizzleSqliteDODatabase, { before, after, how }: Change<How>): boolean {
  if (how?.isFromPostgres === true) return false;
  if (after !== undefined) {
    if (!isTold(before, after)) return false;
    note(db, after.id, null);
    return true;
  }
  const row = before && identitiesOf(db, before.id).find(({ provider }) => provider === LEGACY_PROVIDER);
  if (row === undefined) return false;
  note(db, row.userId, row.subject);
  return true;
}

/** Notes that somebody is to be carried back; `legacyId` once they are gone. */
export function note(db: DrizzleSqliteDODatabase, userId: string, legacyId: string | null): void {
  db.insert(legacyChanges)
    .values({ userId, legacyId })
    .onConflictDoUpdate({
      target: legacyChanges.userId,
      set: { legacyId, changes: sql`${legacyChanges.changes} + 1` },
    })
    .run();
}

export function nextChanges(db: DrizzleSqliteDODatabase, after: number, limit: number): WaitingChange[] {
  return db
    .select()
    .from(legacyChanges)
    .where(sql`${legacyChanges.seq} > ${after}`)
    .orderBy(asc(legacyChanges.seq))
    .limit(limit)
    .all();
}

/** Whether a row is to go because its account has. */
export function isLeaving(db: DrizzleSqliteDODatabase, legacyId: string): boolean {
  return db.select().from(legacyChanges).where(eq(legacyChanges.legacyId, legacyId)).get() !== undefined;
}

/** Takes one out, unless there was another change meanwhile. */
export function settle(db: DrizzleSqliteDODatabase, { userId, changes }: WaitingChange): void {
  db.delete(legacyChanges)
    .where(and(eq(legacyChanges.userId, userId), eq(legacyChanges.changes, changes)))
    .run();
}

export function countChanges(db: DrizzleSqliteDODatabase): number {
  return db.select({ count: count() }).from(legacyChanges).get()?.count ?? 0;
}

/** Whether a change is one of what a row has. Who signs in for the first time has a way in, by which a row is named. */
function isTold(before: UserRow | undefined, after: UserRow): boolean {
  if (before === undefined || before.signedInAt !== after.signedInAt) return true;
  return FIELDS.some((field) => before[field] !== after[field]);
}
