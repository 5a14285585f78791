import { USERS_NAME, usersAddress } from "../../schema/addresses.ts";
import { type PartyOwnMethods, type Stub, stubOf } from "../kernel/index.ts";
import type { UsersParty } from "./users-party.ts";

export { type Changed, type Copies, type Ended, UsersParty } from "./users-party.ts";

export type UsersStub = Stub<UsersParty["methods"] & PartyOwnMethods>;

/** The stub of the one users party. `traceId` ties its log lines to the caller's. */
export function usersStub(env: object, traceId?: string): UsersStub {
  return stubOf(env, usersAddress, { singleton: USERS_NAME }, traceId);
}
