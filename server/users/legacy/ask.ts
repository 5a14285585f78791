import { describeError, log } from "../../../parties/kernel/index.ts";
import { type LegacyDatabase, withPostgres } from "../../../parties/users/index.ts";
import { PartyError } from "../../../schema/errors.ts";
import type { AppContext } from "../../context.ts";

/** @throws PartyError `unavailable` when PostgreSQL is away */
export async function askPostgres<T>(c: AppContext, question: (postgres: LegacyDatabase) => Promise<T>): Promise<T> {
  try {
    return await withPostgres(c.env, question);
  } catch (error) {
    log("error", "users.postgres_failed", { traceId: c.get("traceId"), ...describeError(error) });
    throw new PartyError("unavailable", { message: "Accounts cannot be reached just now", cause: error });
  }
}
