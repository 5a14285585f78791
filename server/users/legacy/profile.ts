import { describeError, log } from "../../../parties/kernel/index.ts";
import { LEGACY_PROVIDER, type UsersStub } from "../../../parties/users/index.ts";
import type { ProfileChanges } from "../../../schema/http/users.ts";
import type { AppContext } from "../../context.ts";
import { askPostgres } from "./ask.ts";

/**
 * Writes a change of a profile to PostgreSQL, where that decides, and has the users party take it over: what the party
 * is asked to change afterwards is as it should be already. Without a row there is nothing to write: the party's own
 * change will be carried back.
 * @throws PartyError `unavailable` when PostgreSQL is away
 */
export async function changeInPostgres(
  c: AppContext,
  users: UsersStub,
  userId: string,
  changes: ProfileChanges,
): Promise<void> {
  if (c.get("config").USERS_MODE !== "dual" || Object.keys(changes).length === 0) return;
  const { identities } = await users.describe({ userId });
  const legacyId = identities.find(({ provider }) => provider === LEGACY_PROVIDER)?.subject;
  if (legacyId === undefined) return;
  await askPostgres(c, async (postgres) => await postgres.change(legacyId, changes));
  try {
    await users.takeOverRow({ legacyId });
  } catch (error) {
    log("warn", "users.taken_over_later", { traceId: c.get("traceId"), ...describeError(error) });
  }
}
