import { asc, count, eq, inArray, sql } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { PartyError } from "../../schema/errors.ts";
import { doors } from "./tables.ts";

/** Parties whose sockets a session's end closes. One past this is left by closing its sockets, which may come back. */
export const MAX_DOORS = 100;
/** So long a socket may take from the edge to its party, which may have to wait for D1: until then nobody closes it. */
const SETTLED_AFTER_MS = 60_000;

export type Door = typeof doors.$inferSelect;

/**
 * Notes where a session is about to have a socket. Answers the door that is given up for it, the one that was visited
 * longest ago.
 * @throws PartyError `rate_limited` when there is none that could be: a socket that is still on its way would be missed
 */
export function noteDoor(
  db: DrizzleSqliteDODatabase,
  { sessionId, party, name }: Pick<Door, "sessionId" | "party" | "name">,
  now: number,
): Door | undefined {
  // Replaced, not updated: row ids keep the order of the latest visits.
  db.run(
    sql`INSERT OR REPLACE INTO ${doors} (session_id, party, name, noted_at) VALUES (${sessionId}, ${party}, ${name}, ${now})`,
  );
  const known = db.select({ doors: count() }).from(doors).where(eq(doors.sessionId, sessionId)).get();
  if ((known?.doors ?? 0) <= MAX_DOORS) return undefined;
  const { rowId, ...oldest } = oldestOf(db, sessionId);
  const waitMs = oldest.notedAt + SETTLED_AFTER_MS - now;
  if (waitMs > 0) {
    throw new PartyError("rate_limited", { message: "You open too many places at once", retryAfterMs: waitMs });
  }
  db.run(sql`DELETE FROM ${doors} WHERE rowid = ${rowId}`);
  return oldest;
}

/** Forgets the doors of sessions that have ended, and answers them. */
export function takeDoors(db: DrizzleSqliteDODatabase, sessionIds: readonly string[]): Door[] {
  return db
    .delete(doors)
    .where(inArray(doors.sessionId, [...sessionIds]))
    .returning()
    .all();
}

/** Forgets every door, and answers them. */
export function takeAllDoors(db: DrizzleSqliteDODatabase): Door[] {
  return db.delete(doors).returning().all();
}

function oldestOf(db: DrizzleSqliteDODatabase, sessionId: string): Door & { rowId: number } {
  const [oldest] = db
    .select({
      rowId: sql<number>`rowid`,
      sessionId: doors.sessionId,
      party: doors.party,
      name: doors.name,
      notedAt: doors.notedAt,
    })
    .from(doors)
    .where(eq(doors.sessionId, sessionId))
    .orderBy(asc(sql`rowid`))
    .limit(1)
    .all();
  if (oldest === undefined) throw new Error("A session of many doors has none");
  return oldest;
}
