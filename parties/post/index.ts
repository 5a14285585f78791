import { postAddress } from "../../schema/addresses.ts";
import { type PartyOwnMethods, type Stub, stubOf } from "../kernel/index.ts";
import type { PostParty } from "./post-party.ts";

export { PostParty } from "./post-party.ts";

export type PostStub = Stub<PostParty["methods"] & PartyOwnMethods>;

/** The stub of one post's party. `traceId` ties its log lines to the caller's. */
export function postStub(env: object, parts: { tenant: string; postId: string }, traceId?: string): PostStub {
  return stubOf(env, postAddress, parts, traceId);
}
