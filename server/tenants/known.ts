import type { Rate, SiteConfig, SiteRow } from "../../schema/parties/tenant.ts";

/*
 * What one isolate remembers of sites. A site that is known stays known, for each request that reaches its party also
 * asks whether there is a newer version; names that nobody has cost one query in half a minute.
 */

const UNKNOWN_MS = 30_000;
/** How long a configuration may be used without having asked the party. */
export const CONFIG_MS = 30_000;
const MAX_SITES = 1_000;
const MAX_CLOSED = 10_000;

export interface Known {
  config: SiteConfig;
  /** When the party last said that this is how it is. */
  confirmedAt: number;
  /** What D1 has said and the party has not been told yet. */
  row: SiteRow | undefined;
}

const sites = new Map<string, Known>();
const unknown = new Map<string, number>();
/** Actors that were refused, and until when they will be: nobody has to be asked again. */
const closed = new Map<string, Rate>();

export function knownSite(subdomain: string): Known | undefined {
  return sites.get(subdomain);
}

/** Remembers a site, unless a newer version of it is known already. */
export function remember(subdomain: string, known: Known): Known {
  const before = sites.get(subdomain);
  if (before !== undefined && before.config.tenant.version > known.config.tenant.version) return before;
  put(sites, subdomain, known, MAX_SITES);
  return known;
}

export function forgetSite(subdomain: string): void {
  sites.delete(subdomain);
}

export function isUnknown(subdomain: string, now: number): boolean {
  return now < (unknown.get(subdomain) ?? 0);
}

export function rememberUnknown(subdomain: string, now: number): void {
  put(unknown, subdomain, now + UNKNOWN_MS, MAX_SITES);
}

export function forgetUnknown(subdomain: string): void {
  unknown.delete(subdomain);
}

/** The refusal that still holds for somebody, whatever else they would ask. */
export function closedFor(who: string, now: number): Rate | undefined {
  const rate = closed.get(who);
  if (rate === undefined || (now < rate.resetAt && now >= rate.resetAt - rate.windowMs)) return rate;
  closed.delete(who);
  return undefined;
}

export function rememberClosed(who: string, rate: Rate): void {
  put(closed, who, rate, MAX_CLOSED);
}

/** The entry that was put in first makes room. */
function put<T>(map: Map<string, T>, key: string, value: T, max: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}
