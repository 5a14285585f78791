import { lte } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { sha256 } from "../../../parties/kernel/index.ts";
import { usedStates } from "../../../schema/d1.ts";

/**
 * Spends a state. Answers false when it was spent before: two at once cannot both be first, for D1 runs one batch
 * after the other. The hash is kept for as long as the state would be good; older ones go.
 */
export async function spendState(
  database: D1Database,
  state: string,
  expiresAt: number,
  now: number,
): Promise<boolean> {
  const db = drizzle(database);
  const hash = sha256(state);
  const [, inserted] = await db.batch([
    db.delete(usedStates).where(lte(usedStates.expiresAt, now)),
    db.insert(usedStates).values({ hash, expiresAt }).onConflictDoNothing().returning({ hash: usedStates.hash }),
  ]);
  return inserted.length === 1;
}
