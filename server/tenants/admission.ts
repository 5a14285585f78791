import { drizzle } from "drizzle-orm/d1";
import { describeError, log, runtime } from "../../parties/kernel/index.ts";
import { configOfRow, loadConfig, loadSiteRow, tenantStub } from "../../parties/tenant/index.ts";
import { PartyError } from "../../schema/errors.ts";
import type { LimitKey, Rate, SiteConfig } from "../../schema/parties/tenant.ts";
import { shownBy } from "../auth/authenticate.ts";
import { addressOf, sourceOf } from "../auth/source.ts";
import type { AppContext } from "../context.ts";
import {
  closedFor,
  CONFIG_MS,
  forgetSite,
  isUnknown,
  type Known,
  knownSite,
  remember,
  rememberClosed,
  rememberUnknown,
} from "./known.ts";

/** What a request is, to the site that it comes to. */
export interface Asked {
  /** What it counts as; by its path unless given. */
  keys?: readonly LimitKey[];
  /** Whether this is a page that is looked at, to be counted; found out only for who is let in. */
  view?: boolean | (() => Promise<boolean>);
}

/**
 * Lets a request into a site, in one call to its party: configuration, limit and page view. Who was refused is refused
 * here until it is over, without a call. While the party is away, what is known of the site, or D1 knows, is good enough.
 * @throws PartyError `not_found` for a name that no site has, `rate_limited`
 */
export async function admit(c: AppContext, subdomain: string, asked: Asked): Promise<SiteConfig> {
  const known = await find(c, subdomain);
  const keys = [...(asked.keys ?? [c.req.path.startsWith("/api/") ? "api" : "requests"])] as [LimitKey, ...LimitKey[]];
  const actor = actorOf(c);
  const marks = keys.map((key) => `${subdomain} ${key} ${actor}`);
  const now = runtime().now();
  for (const mark of marks) refuse(closedFor(mark, now), now);
  const isView = typeof asked.view === "function" ? await asked.view() : asked.view === true;
  try {
    const { config, rate } = await tenantStub(c.env, { subdomain }, c.get("traceId")).admit({
      actor,
      keys,
      known: known.row === undefined ? known.config.tenant.version : null,
      row: known.row,
      view: isView && isLookedAt(c) ? viewOf(c) : null,
    });
    // Of several keys it is not known which one refused.
    if (!rate.allowed && marks.length === 1) rememberClosed(marks[0] ?? "", rate);
    const current = remember(subdomain, { config: config ?? known.config, confirmedAt: now, row: undefined }).config;
    if (!rate.allowed) refuse(rate, now);
    return current;
  } catch (error) {
    if (error instanceof PartyError && error.code === "not_found") forgetSite(subdomain);
    if (!(error instanceof PartyError) || error.code !== "unavailable") throw error;
    log("warn", "site.not_asked", { traceId: c.get("traceId"), site: subdomain, ...describeError(error) });
    return known.row === undefined ? known.config : await loadConfig(drizzle(c.env.DB), known.row);
  }
}

/** A site as it is known here, for what must neither count nor fail; `undefined` when no site has this name. */
export async function glance(c: AppContext, subdomain: string): Promise<SiteConfig | undefined> {
  try {
    const { config, confirmedAt } = await find(c, subdomain);
    if (runtime().now() - confirmedAt < CONFIG_MS) return config;
    const fresh = await tenantStub(c.env, { subdomain }, c.get("traceId")).getConfig({});
    return remember(subdomain, { config: fresh, confirmedAt: runtime().now(), row: undefined }).config;
  } catch (error) {
    if (error instanceof PartyError && error.code === "not_found") return undefined;
    if (error instanceof PartyError && error.code === "unavailable") return knownSite(subdomain)?.config;
    throw error;
  }
}

/** Keeps what the party has just answered to a change, so that this isolate shows it at once. */
export function rememberConfig(config: SiteConfig): void {
  remember(config.tenant.subdomain, { config, confirmedAt: runtime().now(), row: undefined });
}

/** Nobody reaches a party whose name D1 does not know: one that was called is stored for good. */
async function find(c: AppContext, subdomain: string): Promise<Known> {
  const known = knownSite(subdomain);
  if (known !== undefined) return known;
  const now = runtime().now();
  const row = isUnknown(subdomain, now) ? undefined : await loadSiteRow(drizzle(c.env.DB), subdomain);
  if (row !== undefined) return remember(subdomain, { config: configOfRow(row), confirmedAt: now, row });
  rememberUnknown(subdomain, now);
  throw new PartyError("not_found", { message: "There is no such site" });
}

/** Who it counts against: the person that a credential of ours names, good or not, else the network. */
function actorOf(c: AppContext): string {
  const shown = shownBy(c.req.raw, c.get("config"));
  return typeof shown === "string" ? (sourceOf(c, "actor") ?? "unknown") : shown.credential.userId;
}

function viewOf(c: AppContext) {
  return { path: c.req.path, address: addressOf(c), userAgent: c.req.header("user-agent")?.slice(0, 500) ?? null };
}

/** What a browser fetches ahead of its visitor, nobody has looked at. */
function isLookedAt(c: AppContext): boolean {
  return c.req.method === "GET" && !/\bprefetch\b/i.test(c.req.header("sec-purpose") ?? "");
}

/** @throws PartyError `rate_limited` for a refusal */
function refuse(rate: Rate | undefined, now: number): void {
  if (rate === undefined) return;
  throw new PartyError("rate_limited", {
    message: "Too many requests: wait a little",
    retryAfterMs: Math.max(1, rate.resetAt - now),
    limit: { quota: rate.quota, windowMs: rate.windowMs },
  });
}
