import { attemptsStub, type AttemptsStub } from "../../parties/attempts/index.ts";
import { PartyError } from "../../schema/errors.ts";
import type { AppContext } from "../context.ts";
import { addressOf, sourceOf } from "./source.ts";

/** @throws PartyError `rate_limited` while sign-in from the caller's address is locked */
export async function requireOpenAddress(c: AppContext): Promise<void> {
  const retryAfterMs = await attemptsOf(c)?.lockedForMs({});
  if (retryAfterMs === undefined || retryAfterMs === 0) return;
  throw new PartyError("rate_limited", { message: "Too many failed sign-ins from here: wait a little", retryAfterMs });
}

/** Counts a failed sign-in against the caller's address. */
export async function noteFailedAddress(c: AppContext): Promise<void> {
  await attemptsOf(c)?.recordFailure({ ipAddress: addressOf(c) ?? "" });
}

function attemptsOf(c: AppContext): AttemptsStub | undefined {
  const source = sourceOf(c, "attempts");
  return source === undefined ? undefined : attemptsStub(c.env, { source }, c.get("traceId"));
}
