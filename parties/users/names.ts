import { asc, count, eq, sql } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { MAX_NAMES, type NameChange } from "../../schema/user-data.ts";
import { readData, writeData } from "./data.ts";
import { namesSeen } from "./tables.ts";

/** More sightings than this are forgotten, the oldest first. */
const MAX_SIGHTINGS = 4 * MAX_NAMES;
/** Digits of a time in milliseconds until the year 33658. */
const TIME_DIGITS = 15;

/** Somebody was seen with a name. `at` is when it came to be, however late that is told. */
export interface Sighting {
  userId: string;
  at: number;
  /** Tells apart, and orders, what happened within one millisecond. */
  tieBreak: string;
  firstName: string;
  lastName: string;
  /** The provider whose news it is, or null for what was done here. */
  toldBy: string | null;
  /** The administrator who gave it, when it was not the person or their provider. */
  changedBy: string | null;
}

/** A text that sorts as the numbers and the text that it is made of. */
export function placeOf(at: number, ...rest: (string | number)[]): string {
  return [at, ...rest]
    .map((part) => (typeof part === "number" ? String(part).padStart(TIME_DIGITS, "0") : part))
    .join(":");
}

/** Notes a name, and writes the history anew: the same, in whatever order names are told. */
export function noteName(db: DrizzleSqliteDODatabase, { tieBreak, ...sighting }: Sighting, now: number): void {
  const { userId, at } = sighting;
  db.insert(namesSeen)
    .values({ ...sighting, place: placeOf(at, tieBreak) })
    .onConflictDoNothing()
    .run();
  forgetOldest(db, userId);
  const history = historyOf(db, userId);
  if (JSON.stringify(history) !== JSON.stringify(readData(db, userId, "name_history")))
    writeData(db, userId, "name_history", history, now);
}

/** Each change once, in the order of time, without the first name. */
function historyOf(db: DrizzleSqliteDODatabase, userId: string): NameChange[] {
  const seen = db.select().from(namesSeen).where(eq(namesSeen.userId, userId)).orderBy(asc(namesSeen.place)).all();
  // A provider that repeats a name has not changed it, though the person may have in between.
  const news = seen.filter(
    (row, index) =>
      row.toldBy === null ||
      isAnother(
        row,
        seen.slice(0, index).findLast((earlier) => earlier.toldBy === row.toldBy),
      ),
  );
  const changes = news.filter((row, index) => index > 0 && isAnother(row, news[index - 1]));
  return changes.slice(-MAX_NAMES).map(({ firstName, lastName, at: when, changedBy }) => ({
    first_name: firstName,
    last_name: lastName,
    timestamp: new Date(when).toISOString(),
    ...(changedBy !== null && { changed_by: changedBy }),
  }));
}

type Name = Pick<typeof namesSeen.$inferSelect, "firstName" | "lastName">;

function isAnother(name: Name, before: Name | undefined): boolean {
  return before?.firstName !== name.firstName || before.lastName !== name.lastName;
}

function forgetOldest(db: DrizzleSqliteDODatabase, userId: string): void {
  const known = db.select({ names: count() }).from(namesSeen).where(eq(namesSeen.userId, userId)).get()?.names ?? 0;
  if (known <= MAX_SIGHTINGS) return;
  db.run(sql`DELETE FROM ${namesSeen} WHERE ${namesSeen.userId} = ${userId} AND ${namesSeen.place} IN (
    SELECT place FROM ${namesSeen} WHERE user_id = ${userId} ORDER BY place LIMIT ${known - MAX_SIGHTINGS})`);
}
