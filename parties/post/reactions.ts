import { and, count, eq } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { REACTION_TYPES, type ReactionCounts, type ReactionType } from "../../schema/reactions.ts";
import { reactions } from "./tables.ts";
import { readTotal, writeTotal } from "./totals.ts";

/**
 * Sets one person's reaction on or off; without `on` it flips. The count is taken from the rows, so it cannot drift.
 * `changed` is false when it already was that way.
 */
export function setReaction(
  db: DrizzleSqliteDODatabase,
  reaction: { userId: string; reactionType: ReactionType; on: boolean | undefined },
  now: number,
): { added: boolean; changed: boolean; count: number } {
  const { userId, reactionType } = reaction;
  const mine = and(eq(reactions.userId, userId), eq(reactions.reactionType, reactionType));
  const stands = db.select().from(reactions).where(mine).get() !== undefined;
  const added = reaction.on ?? !stands;
  if (added === stands) return { added, changed: false, count: readTotal(db, reactionType) };
  if (added) db.insert(reactions).values({ userId, reactionType, createdAt: now }).run();
  else db.delete(reactions).where(mine).run();
  return { added, changed: true, count: writeTotal(db, reactionType, countOf(db, reactionType)) };
}

function countOf(db: DrizzleSqliteDODatabase, reactionType: ReactionType): number {
  return (
    db.select({ count: count() }).from(reactions).where(eq(reactions.reactionType, reactionType)).get()?.count ?? 0
  );
}

export function reactionCounts(db: DrizzleSqliteDODatabase): ReactionCounts {
  const entries = REACTION_TYPES.map((type) => [type, readTotal(db, type)] as const);
  return Object.fromEntries(entries) as ReactionCounts;
}

export function reactionsOf(db: DrizzleSqliteDODatabase, userId: string): ReactionType[] {
  return db
    .select({ type: reactions.reactionType })
    .from(reactions)
    .where(eq(reactions.userId, userId))
    .all()
    .map((row) => row.type);
}
