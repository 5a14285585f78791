import type { AppContext } from "../../context.ts";
import { serialize } from "hono/utils/cookie";
import { cookiesNamed } from "../cookies.ts";
import { FLOW_LIFETIME_MS } from "./flow.ts";

/** How many sign-ins of one browser may be on their way: more would fill its requests with cookies. */
const MAX_FLOWS = 5;

/**
 * One cookie for each sign-in on its way, so that two tabs don't disturb each other. Over TLS `__Host-` keeps those
 * that serve a sibling site, or a whole domain, from planting a sign-in of their own here; it wants `Path=/`.
 */
function flowCookieName(url: URL, state: string): string {
  return `${prefixFor(url)}${state.slice(0, 8)}`;
}

function prefixFor(url: URL): string {
  return url.protocol === "https:" ? "__Host-understory-sign-in-" : "understory-sign-in-";
}

export function keepFlow(c: AppContext, state: string, sealed: string): void {
  const url = new URL(c.req.url);
  // Browsers send the oldest first (RFC 6265 5.4).
  const others = flowCookieNames(c);
  for (const name of others.slice(0, Math.max(0, others.length - MAX_FLOWS + 1))) setCookie(c, name, "", 0);
  setCookie(c, flowCookieName(url, state), sealed, FLOW_LIFETIME_MS / 1_000);
}

/** All that this browser has kept for a state. */
export function keptFlows(c: AppContext, state: string): string[] {
  return cookiesNamed(c.req.raw, flowCookieName(new URL(c.req.url), state));
}

export function forgetFlow(c: AppContext, state: string): void {
  setCookie(c, flowCookieName(new URL(c.req.url), state), "", 0);
}

function flowCookieNames(c: AppContext): string[] {
  const prefix = prefixFor(new URL(c.req.url));
  const pairs = (c.req.header("cookie") ?? "").split(";").map((pair) => pair.trim());
  const names = pairs.filter((pair) => pair.startsWith(prefix)).map((pair) => pair.slice(0, pair.indexOf("=")));
  return names.filter((name) => /^[A-Za-z0-9_-]+$/.test(name));
}

function setCookie(c: AppContext, name: string, value: string, maxAge: number): void {
  const secure = new URL(c.req.url).protocol === "https:";
  const cookie = serialize(name, value, { path: "/", httpOnly: true, sameSite: "Lax", secure, maxAge });
  c.header("Set-Cookie", cookie, { append: true });
}
