import { and, asc, count, eq, sql } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { nameOfParts } from "../../schema/people.ts";
import { MAX_NAMES, type NameChange } from "../../schema/user-data.ts";
import { readData, writeData } from "./data.ts";
import { prepareOnce } from "../kernel/index.ts";
import { namesSeen } from "./tables.ts";

/** More sightings than this are forgotten, the oldest first. */
const MAX_SIGHTINGS = 4 * MAX_NAMES;
/** Digits of a time in milliseconds until the year 33658. */
const TIME_DIGITS = 15;

/** When a name came to be that somebody brings along: before anything that is told of it. */
export const UNDATED = 0;

/** Somebody was seen with a name. */
export interface Sighting {
  userId: string;
  /** When it came to be, however late that is told, in milliseconds since 1970; `UNDATED` where nobody says. */
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

/**
 * Notes a name, and writes the history anew. Answers what they are called now. Both are the same in whatever order names
 * are told.
 */
export function noteName(db: DrizzleSqliteDODatabase, { tieBreak, ...sighting }: Sighting, now: number): string {
  const { userId, at } = sighting;
  db.insert(namesSeen)
    .values({ ...sighting, place: placeOf(at, tieBreak) })
    .onConflictDoNothing()
    .run();
  forgetOldest(db, userId);
  const news = newsOf(db, userId);
  const history = historyOf(news);
  if (JSON.stringify(history) !== JSON.stringify(readData(db, userId, "name_history")))
    writeData(db, userId, "name_history", history, now);
  return nameOfParts(news.at(-1) ?? sighting);
}

/** Makes what a provider has told of one account's names the other's. The next name that is noted writes its history. */
export function moveNames(db: DrizzleSqliteDODatabase, toldBy: string, from: string, to: string): void {
  db.update(namesSeen)
    .set({ userId: to })
    .where(and(eq(namesSeen.userId, from), eq(namesSeen.toldBy, toldBy)))
    .run();
}

/** Notes the first name of somebody new: there is no history yet. */
export function noteFirstName(db: DrizzleSqliteDODatabase, { tieBreak, ...sighting }: Sighting): void {
  firstName(db).run({ ...sighting, place: placeOf(sighting.at, tieBreak) });
}

const firstName = prepareOnce((db) =>
  db
    .insert(namesSeen)
    .values({
      userId: sql.placeholder("userId"),
      place: sql.placeholder("place"),
      at: sql.placeholder("at"),
      firstName: sql.placeholder("firstName"),
      lastName: sql.placeholder("lastName"),
      toldBy: sql.placeholder("toldBy"),
      changedBy: sql.placeholder("changedBy"),
    })
    .prepare(),
);

type Seen = typeof namesSeen.$inferSelect;

/** The names that were new to whoever told them, in the order of time. */
function newsOf(db: DrizzleSqliteDODatabase, userId: string): Seen[] {
  const all = db.select().from(namesSeen).where(eq(namesSeen.userId, userId)).orderBy(asc(namesSeen.place)).all();
  const dated = new Set(all.filter(({ at }) => at !== UNDATED).map(({ toldBy }) => toldBy));
  const seen = all.filter(({ at, toldBy }) => at !== UNDATED || !dated.has(toldBy));
  // A provider that repeats a name has not changed it, though the person may have in between.
  return seen.filter(
    (row, index) =>
      row.toldBy === null ||
      isAnother(
        row,
        seen.slice(0, index).findLast((earlier) => earlier.toldBy === row.toldBy),
      ),
  );
}

/** Each change once, without the first name. */
function historyOf(news: readonly Seen[]): NameChange[] {
  const changes = news.filter((row, index) => index > 0 && isAnother(row, news[index - 1]));
  return changes.slice(-MAX_NAMES).map(({ firstName, lastName, at: when, changedBy }) => ({
    first_name: firstName,
    last_name: lastName,
    timestamp: new Date(when).toISOString(),
    ...(changedBy !== null && { changed_by: changedBy }),
  }));
}

/** However it is split: "Ada Mae" "Lovelace" and "Ada" "Mae Lovelace" are one name. */
function isAnother(name: Seen, before: Seen | undefined): boolean {
  return before === undefined || nameOfParts(before) !== nameOfParts(name);
}

function forgetOldest(db: DrizzleSqliteDODatabase, userId: string): void {
  const known = db.select({ names: count() }).from(namesSeen).where(eq(namesSeen.userId, userId)).get()?.names ?? 0;
  if (known <= MAX_SIGHTINGS) return;
  db.run(sql`DELETE FROM ${namesSeen} WHERE ${namesSeen.userId} = ${userId} AND ${namesSeen.place} IN (
    SELECT place FROM ${namesSeen} WHERE user_id = ${userId} ORDER BY place LIMIT ${known - MAX_SIGHTINGS})`);
}
