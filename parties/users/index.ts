import { USERS_NAME, usersAddress } from "../../schema/addresses.ts";
import { type PartyOwnMethods, type Stub, stubOf } from "../kernel/index.ts";
import type { UsersParty } from "./users-party.ts";

export type { Changed, Copies, Ended } from "./copies.ts";
export { UsersParty } from "./users-party.ts";
export { LEGACY_PROVIDER, legacyIdOf, userIdOf } from "./legacy/identity.ts";
export { keptOf, type LegacyRow } from "./legacy/kept.ts";
export { defaultProviderIn } from "./legacy/settings.ts";
export { hasPostgres, type LegacyDatabase, withPostgres } from "./legacy/postgres.ts";

export type UsersStub = Stub<UsersParty["methods"] & PartyOwnMethods>;

/** The stub of the one users party. `traceId` ties its log lines to the caller's. */
export function usersStub(env: object, traceId?: string): UsersStub {
  return stubOf(env, usersAddress, { singleton: USERS_NAME }, traceId);
}
