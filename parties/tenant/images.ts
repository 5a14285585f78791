import { and, count, desc, eq, lte, type SQL, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import * as d1 from "../../schema/d1.ts";
import { PartyError } from "../../schema/errors.ts";
import type { Statement } from "../kernel/index.ts";
import { images } from "./tables.ts";

/**
 * What is known of a site's images. A row is there before its file is, which takes the place that a tier grants; it
 * counts as an image once the file is stored.
 */

/** How long a file may take to get there, far longer than any does. */
export const STORED_WITHIN_MS = 15 * 60_000;

export type ImageRow = typeof images.$inferSelect;

export function addReservation(db: DrizzleSqliteDODatabase, image: Omit<ImageRow, "stored">): ImageRow {
  return db
    .insert(images)
    .values({ ...image, stored: false })
    .returning()
    .get();
}

/** Those on the way included. */
export function countImages(db: DrizzleSqliteDODatabase): number {
  return db.select({ images: count() }).from(images).get()?.images ?? 0;
}

export function findRow(db: DrizzleSqliteDODatabase, id: string): ImageRow | undefined {
  return db.select().from(images).where(eq(images.id, id)).get();
}

/** @throws PartyError `not_found` */
export function requireImage(db: DrizzleSqliteDODatabase, id: string): ImageRow {
  const row = findRow(db, id);
  if (row?.stored !== true) throw new PartyError("not_found", { message: "There is no such image" });
  return row;
}

export function markStored(db: DrizzleSqliteDODatabase, id: string): void {
  db.update(images).set({ stored: true }).where(eq(images.id, id)).run();
}

export function deleteRow(db: DrizzleSqliteDODatabase, id: string): void {
  db.delete(images).where(eq(images.id, id)).run();
}

/** Takes back the places of files that never came. */
export function takeLateReservations(db: DrizzleSqliteDODatabase, now: number): ImageRow[] {
  const isLate = and(isOnTheWay(), lte(images.uploadedAt, now - STORED_WITHIN_MS));
  return db.delete(images).where(isLate).returning().all();
}

/** When the next place will have to be taken back, unless its file comes. */
export function nextLate(db: DrizzleSqliteDODatabase): number | undefined {
  const next = db
    .select({ uploadedAt: images.uploadedAt })
    .from(images)
    .where(isOnTheWay())
    .orderBy(images.uploadedAt)
    .limit(1)
    .get();
  return next === undefined ? undefined : next.uploadedAt + STORED_WITHIN_MS;
}

/** Stored images, the newest first, from beyond `from` on. */
export function newestImages(
  db: DrizzleSqliteDODatabase,
  from: readonly [uploadedAt: number, id: string] | undefined,
  limit: number,
): ImageRow[] {
  const beyond: SQL | undefined = from && sql`(${images.uploadedAt}, ${images.id}) < (${from[0]}, ${from[1]})`;
  return (
    db
      .select()
      .from(images)
      // In the words of the index, or SQLite would not use it.
      .where(and(sql`${images.stored} = 1`, beyond))
      .orderBy(desc(images.uploadedAt), desc(images.id))
      .limit(limit)
      .all()
  );
}

/** Carries a stored image to D1. */
export function imageStatement(db: DrizzleD1Database, tenant: string, row: ImageRow): Statement {
  const { stored: _, ...image } = row;
  return db
    .insert(d1.siteImages)
    .values({ tenant, ...image })
    .onConflictDoNothing()
    .toSQL();
}

export function imageGoneStatement(db: DrizzleD1Database, id: string): Statement {
  return db.delete(d1.siteImages).where(eq(d1.siteImages.id, id)).toSQL();
}

function isOnTheWay() {
  return eq(images.stored, false);
}
