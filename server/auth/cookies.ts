import { type CookieOptions, serialize } from "hono/utils/cookie";
import type { Config } from "../config.ts";

/** As long as a session can live, in seconds. */
const MAX_AGE_S = 30 * 24 * 60 * 60;

/**
 * `__Secure-` makes browsers refuse the cookie over plain HTTP; `Domain` makes it serve every site. On localhost there
 * is neither TLS nor a parent domain that browsers would share cookies under (RFC 6265bis 5.7, public suffixes).
 */
export function cookieName(url: URL): string {
  return url.protocol === "https:" ? "__Secure-understory" : "understory";
}

/** Whether one cookie can serve the apex and all sites. Elsewhere each host has its own, handed over at sign-in. */
export function isSharedDomain(url: URL, rootDomain: string): boolean {
  return url.protocol === "https:" && rootDomain.includes(".");
}

export function sessionCookie(url: URL, config: Config, credential: string): string {
  return serialize(cookieName(url), credential, { ...cookieOptions(url, config), maxAge: MAX_AGE_S });
}

export function endedCookie(url: URL, config: Config): string {
  return serialize(cookieName(url), "", { ...cookieOptions(url, config), maxAge: 0 });
}

/** Where a cookie of ours is sent: to all sites where browsers allow it, never to scripts. */
export function cookieOptions(url: URL, config: Config): CookieOptions {
  return {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    secure: url.protocol === "https:",
    ...(isSharedDomain(url, config.ROOT_DOMAIN) && { domain: config.ROOT_DOMAIN }),
  };
}

/** All cookies of one name, decoded, in the order sent. More than one is a sign of a planted one. */
export function cookiesNamed(request: Request, name: string): string[] {
  const header = request.headers.get("cookie") ?? "";
  return header
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => decode(pair.slice(name.length + 1)));
}

/** `serialize` percent-encodes values; what cannot be decoded is not one of ours and stays as it is. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
