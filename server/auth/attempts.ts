import { createHmac, createSecretKey } from "node:crypto";
import { attemptsStub, type AttemptsStub } from "../../parties/attempts/index.ts";
import { PartyError } from "../../schema/errors.ts";
import type { AppContext } from "../context.ts";

/** Longer ones are not addresses. */
const MAX_ADDRESS = 64;

/** Where a request comes from, or null where nobody knows. Cloudflare's network writes the header and drops a client's own. */
export function addressOf(c: AppContext): string | null {
  return c.req.header("cf-connecting-ip")?.slice(0, MAX_ADDRESS) ?? null;
}

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
  const address = addressOf(c);
  if (address === null) return undefined;
  const source = createHmac("sha256", createSecretKey(c.get("config").SESSION_SECRET, "base64"))
    .update(`attempts.${networkOf(address)}`)
    .digest("base64url");
  return attemptsStub(c.env, { source }, c.get("traceId"));
}

/** An IPv6 subscriber has a whole /64 to choose addresses from (RFC 6177): they are one. */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const start = head === "" ? [] : head.split(":");
  const end = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - start.length - end.length);
  const groups = [...start, ...Array.from({ length: zeros }, () => "0"), ...end];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
