import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import type { Account } from "../../schema/users.ts";
import type { Statement } from "../kernel/index.ts";
import { toldToDevices } from "./data.ts";
import { deletedStatement, userStatement } from "./projection.ts";
import type { UserRow } from "./records.ts";

/**
 * What brings the copies of an account up to date: the row of D1, and the account in its session party. The outbox does
 * it in any case; whoever waits for an answer may do it at once, any number of times with one effect.
 */

/** An account that has changed. */
export interface Changed {
  user: UserRow;
  account: Account;
  projection: Statement;
}

/** An account that is gone. */
export interface Ended {
  userId: string;
  version: number;
  /** Whether a session party knows this person. */
  hasSessions: boolean;
  projection: Statement;
}

/** All that one message has changed. */
export interface Copies {
  changed: Changed[];
  ended: Ended[];
}

export function changedCopy(db: DrizzleSqliteDODatabase, user: UserRow): Changed {
  return { user, account: accountOf(db, user), projection: userStatement(user) };
}

export function endedCopy(user: UserRow, now: number): Ended {
  const { id: userId, version, signedInAt } = user;
  const projection = deletedStatement(user, now);
  return { userId, version: version + 1, hasSessions: signedInAt !== null, projection };
}

/** What a person's devices are told of their account. */
export function accountOf(db: DrizzleSqliteDODatabase, user: UserRow): Account {
  const { id, name, picture, email, role, status, deleteAt, version } = user;
  return { id, name, picture, email, role, status, deleteAt, version, ...toldToDevices(db, id) };
}
