import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { SessionParty } from "../../../parties/session/index.ts";
import { auditLog } from "../../../schema/d1.ts";
import type { Sessions } from "../support.ts";

/** Makes everything that a person's session party owes to others leave now. Answers how many rows still wait. */
export async function settle(sessions: Sessions): Promise<number> {
  return await runInDurableObject(
    sessions.object as DurableObjectStub<SessionParty>,
    async (party) => await party["flushOutbox"](),
  );
}

/** What D1 holds of a person's audit log, in the order of writing, after all of it has arrived. */
export async function auditOf(sessions: Sessions) {
  await settle(sessions);
  return await drizzle(env.DB)
    .select()
    .from(auditLog)
    .where(eq(auditLog.userId, sessions.user.id))
    .orderBy(sql`rowid`);
}
