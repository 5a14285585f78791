import { AnalyticsParty, analyticsStub } from "../../parties/analytics/index.ts";
import { TenantParty, tenantStub } from "../../parties/tenant/index.ts";
import type { Env } from "../../server/env.ts";
import { type Costs, costsSoFar, counting, countRequest, countRows, resetCosts } from "./costs.ts";

/** A site's party as the edge meets it, with what it costs counted, beside the same kept in D1. */

export class Tenant extends TenantParty {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env & Env) {
    super(ctx, { ...env, DB: counting(env.DB) });
    countRows(ctx.storage);
  }
  override async call(request: Parameters<TenantParty["call"]>[0]): ReturnType<TenantParty["call"]> {
    countRequest();
    return await super.call(request);
  }
}

export class Analytics extends AnalyticsParty {
  override async deliver(...given: Parameters<AnalyticsParty["deliver"]>): ReturnType<AnalyticsParty["deliver"]> {
    countRequest();
    return await super.deliver(...given);
  }
}

export const SITE = "benchsite";
/** Requests at a time, each of another visitor. */
const CROWD = 32;

/** Makes the site, once. */
export async function prepareSite(env: Env): Promise<void> {
  await env.DB.batch([
    env.DB.prepare("CREATE TABLE IF NOT EXISTS bench_views (path TEXT, visitor TEXT, at INTEGER)"),
    env.DB.prepare(
      `INSERT OR IGNORE INTO tenants (subdomain, display_name, owner_id, tier, theme, features, limits, created_at)
       VALUES (?, 'Bench', 'usr_000000000000000000000', 'evergreen', '{}', '{}', '{"requestsPerMinute":100000000}', ?)`,
    ).bind(SITE, Date.now()),
  ]);
  await tenantStub(env, { subdomain: SITE }).refreshConfig({});
}

/** Configuration, limit and page view in one call. */
async function admit(env: Env, visitor: number): Promise<void> {
  const address = `192.0.2.${visitor}`;
  const view = { path: `/page-${visitor % 10}`, address, userAgent: "Bench/1.0" };
  const { rate } = await tenantStub(env, { subdomain: SITE }).admit({
    actor: address,
    keys: ["requests"],
    known: 1,
    view,
  });
  if (!rate.allowed) throw new Error("refused");
}

/** The same without a party: read the configuration, write the view. No limit is kept. */
async function readAndWrite({ DB }: Env, visitor: number): Promise<void> {
  const row = await DB.prepare("SELECT * FROM tenants WHERE subdomain = ?").bind(SITE).first();
  if (row === null) throw new Error("no site");
  await DB.prepare("INSERT INTO bench_views VALUES (?, ?, ?)")
    .bind(`/page-${visitor % 10}`, `192.0.2.${visitor}`, Date.now())
    .run();
}

/** Views of `CROWD` visitors at a time. Answers how long each took, in milliseconds. */
export async function view(env: Env, side: "party" | "d1", times: number): Promise<{ ms: number; each: number[] }> {
  const one = side === "party" ? admit : readAndWrite;
  const each: number[] = [];
  const start = performance.now();
  for (let first = 0; first < times; first += CROWD) {
    await Promise.all(
      Array.from({ length: Math.min(CROWD, times - first) }, async (_, visitor) => {
        const begun = performance.now();
        await one(env, visitor);
        each.push(performance.now() - begun);
      }),
    );
  }
  return { ms: performance.now() - start, each };
}

/** What so many views cost until they are counted. */
export async function viewCosts(env: Env, times: number): Promise<Costs & { counted: number }> {
  const day = new Date().toISOString().slice(0, 10);
  const stats = async () => (await analyticsStub(env, { tenant: SITE, day }).getStats({})).pageViews;
  await tenantStub(env, { subdomain: SITE }).flushAnalytics({});
  const before = await stats();
  resetCosts();
  await view(env, "party", times);
  await tenantStub(env, { subdomain: SITE }).flushAnalytics({});
  const costs = costsSoFar();
  return { ...costs, counted: (await stats()) - before };
}

/** The same without a party. */
export async function viewCostsByD1(env: Env, times: number): Promise<Costs> {
  resetCosts();
  await view({ ...env, DB: counting(env.DB) }, "d1", times);
  return costsSoFar();
}
