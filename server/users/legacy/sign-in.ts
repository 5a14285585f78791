import {
  defaultProviderIn,
  keptOf,
  legacyIdOf,
  type LegacyRow,
  userIdOf,
  usersStub,
} from "../../../parties/users/index.ts";
import { type Account, type Identity, NEW_ACCOUNT } from "../../../schema/users.ts";
import type { AppContext } from "../../context.ts";
import { askPostgres } from "./ask.ts";
import { noteInD1 } from "./d1-row.ts";

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
  const legacyId = legacyIdOf(identity, defaultProviderIn(c.env));
  const account = accountIn(
    await askPostgres(c, async (postgres) => await postgres.upsert(legacyId, identity)),
    isAdmin,
  );
  await noteInD1(c, account);
  return account;
}

/**
 * Makes the row of somebody who is signing in while both sides have the users, in PostgreSQL first, and has the users
 * party take it over: what that is asked next is about an account that it has. What a provider says anew goes through
 * the party, which knows what it said before, and is carried back. Without the party nobody signs in, for it alone knows
 * whose account a row has been joined to.
 * @throws PartyError `unavailable` when PostgreSQL or the party is away
 */
export async function writeToPostgresFirst(c: AppContext, { identity }: SigningIn): Promise<void> {
  const legacyId = legacyIdOf(identity, defaultProviderIn(c.env));
  await askPostgres(c, async (postgres) => await postgres.fill(legacyId, identity));
  await usersStub(c.env, c.get("traceId")).takeOverRow({ legacyId });
}

/** An account as a row makes it, with nothing that a row does not say. */
function accountIn(row: LegacyRow, isAdmin: boolean): Account {
  return { ...NEW_ACCOUNT, id: userIdOf(row.id), ...keptOf(row), role: isAdmin ? "super_admin" : "user" };
}
