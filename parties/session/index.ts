import { sessionAddress } from "../../schema/addresses.ts";
import { type PartyOwnMethods, type Stub, stubOf } from "../kernel/index.ts";
import type { SessionParty } from "./session-party.ts";

export { SessionParty } from "./session-party.ts";

export type SessionStub = Stub<SessionParty["methods"] & PartyOwnMethods>;

/** The stub of one person's session party. `traceId` ties its log lines to the caller's. */
export function sessionStub(env: object, parts: { userId: string }, traceId?: string): SessionStub {
  return stubOf(env, sessionAddress, parts, traceId);
}
