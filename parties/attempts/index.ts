import { attemptsAddress } from "../../schema/addresses.ts";
import { type PartyOwnMethods, type Stub, stubOf } from "../kernel/index.ts";
import type { AttemptsParty } from "./attempts-party.ts";

export { AttemptsParty } from "./attempts-party.ts";

export type AttemptsStub = Stub<AttemptsParty["methods"] & PartyOwnMethods>;

/** The stub of one source of sign-ins. `traceId` ties its log lines to the caller's. */
export function attemptsStub(env: object, parts: { source: string }, traceId?: string): AttemptsStub {
  return stubOf(env, attemptsAddress, parts, traceId);
}
