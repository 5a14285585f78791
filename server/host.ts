import { subdomainSchema } from "../schema/ids.ts";

/** Which of our hosts a request came to. */
export type SiteHost = { kind: "apex" } | { kind: "site"; subdomain: string } | { kind: "unknown" };

const LOOPBACK_ADDRESS = /^(?:127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Reads a URL's host name. URL parsing has already lowered its case, dropped the port and encoded other scripts. A name
 * that only looks like one of ours (`alice.evil.com`, `evillocalhost`, `a.b.localhost`) is unknown.
 */
export function hostOf(url: URL, rootDomain: string): SiteHost {
  const name = url.hostname.replace(/\.$/, "");
  if (name === rootDomain || (rootDomain === "localhost" && LOOPBACK_ADDRESS.test(name))) return { kind: "apex" };
  if (!name.endsWith(`.${rootDomain}`)) return { kind: "unknown" };
  const subdomain = subdomainSchema.safeParse(name.slice(0, -rootDomain.length - 1));
  return subdomain.success ? { kind: "site", subdomain: subdomain.data } : { kind: "unknown" };
}

/** Whether the request came to this very machine, where development conveniences are allowed. */
export function isLocal(url: URL): boolean {
  const name = url.hostname.replace(/\.$/, "");
  return name === "localhost" || name.endsWith(".localhost") || LOOPBACK_ADDRESS.test(name);
}

/** The apex as seen from one of its hosts: same scheme, same port. */
export function apexOrigin(url: URL, rootDomain: string): string {
  return `${url.protocol}//${rootDomain}${url.port === "" ? "" : `:${url.port}`}`;
}

export function siteOrigin(url: URL, rootDomain: string, subdomain: string): string {
  return `${url.protocol}//${subdomain}.${rootDomain}${url.port === "" ? "" : `:${url.port}`}`;
}
