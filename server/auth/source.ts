import { createHmac, createSecretKey } from "node:crypto";
import type { AppContext } from "../context.ts";

/** Longer ones are not addresses. */
const MAX_ADDRESS = 64;

/** Where a request comes from, or null where nobody knows. Cloudflare's network writes the header and drops a client's own. */
export function addressOf(c: AppContext): string | null {
  return c.req.header("cf-connecting-ip")?.slice(0, MAX_ADDRESS) ?? null;
}

/** A keyed hash of the caller's network, for one purpose: no address is stored, and no two lists can be joined by it. */
export function sourceOf(c: AppContext, purpose: string): string | undefined {
  const address = addressOf(c);
  if (address === null) return undefined;
  return createHmac("sha256", createSecretKey(c.get("config").SESSION_SECRET, "base64"))
    .update(`${purpose}.${networkOf(address)}`)
    .digest("base64url");
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
