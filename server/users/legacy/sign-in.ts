import { describeError, log, withTimeout } from "../../../parties/kernel/index.ts";
import { keptOf, legacyIdOf, type LegacyRow, userIdOf, usersStub } from "../../../parties/users/index.ts";
import { PartyError } from "../../../schema/errors.ts";
import { type Account, type Identity, NEW_ACCOUNT } from "../../../schema/users.ts";
import type { AppContext } from "../../context.ts";
import { askPostgres } from "./ask.ts";
import { noteInD1 } from "./d1-row.ts";

/** How long signing in waits for the users party to take over what PostgreSQL has. */
const TAKE_OVER_WAIT_MS = 3_000;

interface SigningIn {
  identity: Identity;
  isAdmin: boolean;
}

/**
 * Signs somebody in where PostgreSQL alone has the users: what the provider tells is written there, and the account is
 * what stands there then.
 * @throws PartyError `unavailable` when PostgreSQL is away
 */
export async function signInToPostgres(c: AppContext, { identity, isAdmin }: SigningIn): Promise<Account> {
  const legacyId = legacyIdOf(identity, c.get("config").USERS_POSTGRES_PROVIDER);
  const account = accountIn(
    await askPostgres(c, async (postgres) => await postgres.upsert(legacyId, identity)),
    isAdmin,
  );
  await noteInD1(c, account);
  return account;
}

/**
 * Signs somebody in while both sides have the users: their row is made in PostgreSQL first, then the users party takes
 * it over. What a provider says anew goes through the party, which knows what it said before, and is carried back. When
 * the party does not answer in time, what PostgreSQL has will do.
 * @returns what the users party answers to a sign-in, or undefined when it does not
 */
export async function signInToBoth<T>(
  c: AppContext,
  { identity, isAdmin }: SigningIn,
  signIn: () => Promise<T>,
): Promise<{ party: T } | { account: Account }> {
  const legacyId = legacyIdOf(identity, c.get("config").USERS_POSTGRES_PROVIDER);
  const row = await askPostgres(c, async (postgres) => await postgres.fill(legacyId, identity));
  try {
    const party = withTimeout(takeOverThen(c, legacyId, signIn), TAKE_OVER_WAIT_MS);
    return { party: await party };
  } catch (error) {
    if (error instanceof PartyError && error.code !== "unavailable" && error.code !== "internal") throw error;
    log("warn", "users.signed_in_without_party", { traceId: c.get("traceId"), ...describeError(error) });
    return { account: accountIn(row, isAdmin) };
  }
}

async function takeOverThen<T>(c: AppContext, legacyId: string, signIn: () => Promise<T>): Promise<T> {
  await usersStub(c.env, c.get("traceId")).takeOverRow({ legacyId });
  return await signIn();
}

/** An account as a row makes it, with nothing that a row does not say. */
function accountIn(row: LegacyRow, isAdmin: boolean): Account {
  return { ...NEW_ACCOUNT, id: userIdOf(row.id), ...keptOf(row), role: isAdmin ? "super_admin" : "user" };
}
