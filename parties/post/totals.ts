import { eq } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import type { ReactionType } from "../../schema/reactions.ts";
import { totals } from "./tables.ts";

type Total = ReactionType | "comments";

/** Keeps what was counted from the rows. Part of the transaction that changed them. */
export function writeTotal(db: DrizzleSqliteDODatabase, name: Total, count: number): number {
  db.insert(totals).values({ name, count }).onConflictDoUpdate({ target: totals.name, set: { count } }).run();
  return count;
}

/** 0 for what was never counted. */
export function readTotal(db: DrizzleSqliteDODatabase, name: Total): number {
  return db.select({ count: totals.count }).from(totals).where(eq(totals.name, name)).get()?.count ?? 0;
}
