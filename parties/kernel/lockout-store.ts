import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { lockedForMs, type Lockout, NO_FAILURES, withFailure, withoutLock } from "./lockout.ts";

const ONLY_ROW = 1;

/** Failed attempts and the lock that they led to: one row. A party that locks exports it among its tables. */
export const lockout = sqliteTable("lockout", {
  id: integer().primaryKey(),
  value: text({ mode: "json" }).$type<Lockout>().notNull(),
});

export function readLockout(db: DrizzleSqliteDODatabase): Lockout {
  return db.select().from(lockout).get()?.value ?? NO_FAILURES;
}

function writeLockout(db: DrizzleSqliteDODatabase, value: Lockout): void {
  db.insert(lockout).values({ id: ONLY_ROW, value }).onConflictDoUpdate({ target: lockout.id, set: { value } }).run();
}

/** Counts a failure and answers what is remembered now; undefined during a lock, for then nothing is counted. */
export function countFailure(db: DrizzleSqliteDODatabase, now: number): Lockout | undefined {
  const before = readLockout(db);
  if (lockedForMs(before, now) > 0) return undefined;
  const after = withFailure(before, now);
  writeLockout(db, after);
  return after;
}

/** Forgets all failures. */
export function clearLockout(db: DrizzleSqliteDODatabase): void {
  db.delete(lockout).run();
}

/** Ends a lock whose time is over; how often it was locked is kept. Answers when to come back for one that is not. */
export function liftLock(db: DrizzleSqliteDODatabase, now: number): number | undefined {
  const state = readLockout(db);
  if (lockedForMs(state, now) > 0) return state.lockedUntil;
  if (state.lockedUntil > 0) writeLockout(db, withoutLock(state));
  return undefined;
}
