import { describeError, log, type Statement } from "../../parties/kernel/index.ts";
import { sessionStub } from "../../parties/session/index.ts";
import type { Changed, Copies, Ended } from "../../parties/users/index.ts";
import type { AppContext } from "../context.ts";

/**
 * Brings the copies of an account up to date before the answer leaves: D1 for whoever reads right after, the session
 * party for the person's devices and for whoever must be out at once. The users party's outbox does the same in any
 * case; versions make it one effect, whichever comes first.
 */
export async function settle(c: AppContext, changed: Changed): Promise<void> {
  await Promise.all([project(c, changed.projection), tellDevices(c, changed)]);
}

/** The person's devices alone, for what D1 has no column for. */
export async function tellDevices(c: AppContext, { user, account }: Changed): Promise<void> {
  if (user.signedInAt === null) return;
  await onTime(c, sessionStub(c.env, { userId: user.id }, c.get("traceId")).updateAccount(account));
}

/** The same for all that one message has changed. */
export async function settleAll(c: AppContext, { changed, ended }: Copies): Promise<void> {
  await Promise.all([
    ...changed.map(async (one) => await settle(c, one)),
    ...ended.map(async (one) => await settleEnd(c, one)),
  ]);
}

/** The same for an account that is gone. */
export async function settleEnd(c: AppContext, { userId, version, hasSessions, projection }: Ended): Promise<void> {
  await Promise.all([
    project(c, projection),
    hasSessions ? onTime(c, sessionStub(c.env, { userId }, c.get("traceId")).closeAccount({ version })) : undefined,
  ]);
}

/** Brings D1 up to date. */
export async function project(c: AppContext, { sql, params }: Statement): Promise<void> {
  const statement = c.env.DB.prepare(sql).bind(...params);
  await onTime(c, statement.run());
}

/** Waits for what will happen in any case. */
async function onTime(c: AppContext, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    log("warn", "account.settled_later", { traceId: c.get("traceId"), ...describeError(error) });
  }
}
