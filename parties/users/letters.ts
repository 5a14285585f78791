import { asc, eq, gt, lte } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { PartyError } from "../../schema/errors.ts";
import type { SignedMessage } from "./clerk.ts";
import { deadLetters, receipts } from "./tables.ts";

/** The sender tries for about a day; a message that comes again after this is another one. */
export const RECEIPT_KEPT_MS = 30 * 24 * 60 * 60_000;
/** They hold addresses and names: long enough for somebody to look, and no longer. */
export const LETTER_KEPT_MS = 90 * 24 * 60 * 60_000;

export type Letter = typeof deadLetters.$inferSelect;

/** Notes that a message is being handled. Answers false when it was before. */
export function takeReceipt(db: DrizzleSqliteDODatabase, messageId: string, now: number): boolean {
  const taken = db.insert(receipts).values({ messageId, receivedAt: now }).onConflictDoNothing().returning().get();
  return (taken as unknown) !== undefined;
}

/** Keeps what could not be understood, for somebody to look at. */
export function keepLetter(
  db: DrizzleSqliteDODatabase,
  { messageId, body }: SignedMessage,
  { type, reason }: { type: string | null; reason: string },
  now: number,
): void {
  db.insert(deadLetters)
    .values({ messageId, type, reason, body, receivedAt: now })
    .onConflictDoUpdate({ target: deadLetters.messageId, set: { type, reason } })
    .run();
}

/** @throws PartyError `not_found` */
export function findLetter(db: DrizzleSqliteDODatabase, id: number): Letter {
  const letter = db.select().from(deadLetters).where(eq(deadLetters.id, id)).get();
  if (letter === undefined) throw new PartyError("not_found", { message: "There is no such dead letter" });
  return letter;
}

export function changeLetter(
  db: DrizzleSqliteDODatabase,
  id: number,
  change: Pick<Letter, "reason" | "attempts">,
): void {
  db.update(deadLetters).set(change).where(eq(deadLetters.id, id)).run();
}

export function discardLetter(db: DrizzleSqliteDODatabase, id: number): void {
  db.delete(deadLetters).where(eq(deadLetters.id, id)).run();
}

/** A page of them, the oldest first. */
export function lettersAfter(db: DrizzleSqliteDODatabase, after: number, limit: number): Letter[] {
  return db.select().from(deadLetters).where(gt(deadLetters.id, after)).orderBy(asc(deadLetters.id)).limit(limit).all();
}

/** Forgets what has been kept long enough. */
export function pruneMail(db: DrizzleSqliteDODatabase, now: number): void {
  db.delete(receipts)
    .where(lte(receipts.receivedAt, now - RECEIPT_KEPT_MS))
    .run();
  db.delete(deadLetters)
    .where(lte(deadLetters.receivedAt, now - LETTER_KEPT_MS))
    .run();
}
