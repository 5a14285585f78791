import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { analyticsStub } from "../../parties/analytics/index.ts";
import { tenantStub } from "../../parties/tenant/index.ts";
import * as d1 from "../../schema/d1.ts";
import { TEST_EPOCH, useClock } from "../helpers/clock.ts";
import { watchWakes } from "../helpers/calls.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { breakD1 } from "../helpers/faults.ts";
import { person } from "../helpers/principals.ts";
import { openSocket } from "../helpers/sockets.ts";
import { countReads } from "../parties/tenant/support.ts";
import { call, makeSite, refusal, signIn, writePost } from "./support.ts";

const database = withD1Migrations();
const today = new Date(TEST_EPOCH).toISOString().slice(0, 10);

/** Somewhere nobody else of these tests comes from. */
let networks = 0;
const from = (): { headers: Record<string, string> } => {
  networks += 1;
  return { headers: { "cf-connecting-ip": `203.0.${Math.floor(networks / 250)}.${networks % 250}` } };
};

describe("one actor's requests to a site", () => {
  test("are refused when there are more than its tier allows, with when to come back, and nobody is asked again", async () => {
    const clock = useClock();
    const { host } = await makeSite();
    const visitor = from();
    const ask = async () => await call("GET", "/api/tenant", { host, ...visitor });
    for (let count = 0; count < 120; count += 1) expect((await ask()).status).toBe(200);
    const refused = await ask();
    expect([refused.headers.get("retry-after"), refused.headers.get("ratelimit-policy")]).toEqual([
      "60",
      '"default";q=120;w=60',
    ]);
    expect(refused.headers.get("ratelimit")).toBe('"default";r=0;t=60');
    expect(await refusal(refused)).toBe("429 rate_limited");
    const wakes = await watchWakes();
    clock.advance(30_000);
    const again = await ask();
    expect([again.status, again.headers.get("retry-after")]).toEqual([429, "30"]);
    expect(wakes.all).toEqual([]);
    clock.advance(30_000);
    expect((await ask()).status).toBe(200);
  });

  test("are told apart by person, else by network: all of an IPv6 /64 is one", async () => {
    useClock();
    const site = await makeSite();
    const limits = { requestsPerMinute: 2 };
    await asOperator(site.subdomain, { limits });
    const status = async (options: Parameters<typeof call>[2]) =>
      (await call("GET", "/api/tenant", { host: site.host, ...options })).status;
    const at = (address: string) => ({ headers: { "cf-connecting-ip": address } });
    const [ada, bob] = [await signIn(), await signIn()];
    for (const who of [{ token: ada.token }, { token: bob.token }, at("2001:db8:7:7::1"), at("2001:db8:7:8::1")]) {
      expect([await status(who), await status(who), await status(who)]).toEqual([200, 200, 429]);
    }
    expect(await status(at("2001:db8:7:7:ffff::9"))).toBe(429);
    // A cookie that nobody gave names nobody.
    expect(
      await status({
        cookie: "understory=v1.usr_000000000000000000000:ses_000000000000000000000:x.y",
        ...at("2001:db8:7:8::1"),
      }),
    ).toBe(429);
  });

  test("that comment count as comments as well, as uploads and API calls do as theirs", async () => {
    useClock();
    const site = await makeSite();
    await asOperator(site.subdomain, { limits: { commentsPerMinute: 1 } });
    const post = await writePost(site);
    const ada = await signIn();
    const path = `/api/posts/${post.id}/comments`;
    const say = async () => await call("POST", path, { host: site.host, token: ada.token, body: { content: "Hi" } });
    expect((await say()).status).toBe(201);
    expect(await refusal(await say())).toBe("429 rate_limited");
    expect((await call("GET", path, { host: site.host, token: ada.token })).status).toBe(200);
  });

  test("to pages get a page that says so", async () => {
    useClock();
    const site = await makeSite();
    await asOperator(site.subdomain, { limits: { requestsPerMinute: 1 } });
    const visitor = from();
    await call("GET", "/", { host: site.host, ...visitor });
    const refused = await call("GET", "/", { host: site.host, ...visitor });
    expect([refused.status, refused.headers.get("content-type")]).toEqual([429, "text/html; charset=UTF-8"]);
  });
});

describe("page views", () => {
  test("are pages that were there and were looked at, each once, whatever else was asked", async () => {
    useClock();
    const site = await makeSite();
    const post = await writePost(site, { title: "A walk" });
    const get = async (path: string, headers = {}, method = "GET") => {
      const visitor = from();
      return await call(method, path, { host: site.host, headers: { ...visitor.headers, ...headers } });
    };
    await get("/");
    await get(`/${post.slug}`);
    await get(`/${post.slug}`);
    await get("/nothing-here");
    await get("/api/posts");
    await get("/feed.xml");
    await get(`/${post.slug}`, { "sec-purpose": "prefetch;prerender" });
    await get(`/${post.slug}`, {}, "HEAD");
    await tenantStub(env, { subdomain: site.subdomain }).flushAnalytics({});
    expect(await analyticsStub(env, { tenant: site.subdomain, day: today }).getStats({})).toMatchObject({
      pageViews: 3,
      pages: [
        { path: "/a-walk", views: 2 },
        { path: "/", views: 1 },
      ],
    });
  });

  test("cost D1 no more than one read of the configuration, and no write", async () => {
    useClock();
    const site = await makeSite();
    const post = await writePost(site);
    await asOperator(site.subdomain, { tier: "evergreen" });
    const reads = countReads(site.subdomain);
    const writes = breakD1(`tenant:${site.subdomain}`);
    for (let view = 0; view < 200; view += 1) await call("GET", `/${post.slug}`, { host: site.host, ...from() });
    await tenantStub(env, { subdomain: site.subdomain }).flushAnalytics({});
    expect((await analyticsStub(env, { tenant: site.subdomain, day: today }).getStats({})).pageViews).toBe(200);
    // One read for each page that is shown: the post itself.
    expect(reads()).toBeLessThanOrEqual(201);
    expect(writes.statements).toBe(0);
  });
});

describe("a site's configuration at the edge", () => {
  test("is what its party says, from the request on that follows a change", async () => {
    const site = await makeSite();
    const read = async () => await (await call("GET", "/api/tenant", { host: site.host })).json();
    expect(await read()).toMatchObject({ displayName: "Olive & Sons", version: 1 });
    // As another isolate would: this one is not told.
    await tenantStub(env, { subdomain: site.subdomain }).updateConfig({
      principal: { ...person(), role: "admin" },
      changes: { displayName: "Olive’s" },
    });
    expect(await read()).toMatchObject({ displayName: "Olive’s", version: 2 });
  });

  test("is read from D1 anew when somebody changed it there, within five minutes", async () => {
    const clock = useClock();
    const site = await makeSite();
    const read = async () =>
      await (await call("GET", "/api/tenant", { host: site.host })).json<{ displayName: string }>();
    await read();
    const row = eq(d1.tenants.subdomain, site.subdomain);
    await drizzle(database).update(d1.tenants).set({ displayName: "By hand", version: 2 }).where(row);
    clock.advance(5 * 60_000);
    await read();
    await tenantStub(env, { subdomain: site.subdomain }).refreshConfig({});
    expect((await read()).displayName).toBe("By hand");
  });
});

describe("a name that no site has", () => {
  test.each([
    "nobody-is-here.localhost",
    "alice.evil.com",
    "NOBODY-UP.localhost:8443",
    "nobody-dot.localhost.",
    "xn--mnchen-3ya.localhost",
    `${"a".repeat(63)}.localhost`,
    `${"a".repeat(300)}.localhost`,
    "a.b.localhost",
  ])("wakes no party and makes none: %s", async (host) => {
    const wakes = await watchWakes();
    for (const path of ["/", "/api/tenant", "/admin", "/api/admin/config", "/some-post", "/images/x.png"]) {
      const answer = await call("GET", path, { host });
      expect([path, answer.status]).toEqual([path, 404]);
    }
    expect(wakes.all).toEqual([]);
    expect(await wakes.newObjects()).toBe(0);
  });

  test("has no dashboard to connect to", async () => {
    const ada = await signIn();
    const wakes = await watchWakes();
    const socket = await openSocket({ host: "localhost", party: "tenant", name: "nobody-at-all", bearer: ada.token });
    expect((await socket.closed).code).toBe(4404);
    expect(wakes.all).toEqual([]);
  });

  test("costs D1 one query in half a minute", async () => {
    const clock = useClock();
    const host = `late-${crypto.randomUUID().slice(0, 8)}.localhost`;
    const statements = countStatements();
    await call("GET", "/api/tenant", { host });
    await call("GET", "/api/tenant", { host });
    expect(statements.filter((sql) => sql.includes('from "tenants"'))).toHaveLength(1);
    clock.advance(30_000);
    await call("GET", "/api/tenant", { host });
    expect(statements.filter((sql) => sql.includes('from "tenants"'))).toHaveLength(2);
  });

  test("is a site at once when somebody makes it", async () => {
    const subdomain = `new-${crypto.randomUUID().slice(0, 8)}`;
    const ada = await signIn();
    const host = `${subdomain}.localhost`;
    expect((await call("GET", "/", { host })).status).toBe(404);
    await call("POST", "/api/tenants", { token: ada.token, body: { subdomain, displayName: "New" } });
    expect((await call("GET", "/", { host })).status).toBe(200);
  });
});

test("while its party is away a site is served as it is known", async () => {
  const site = await makeSite();
  const post = await writePost(site);
  const prototype = Object.getPrototypeOf(env.Tenant) as DurableObjectNamespace;
  const real = prototype.get;
  const away = String(env.Tenant.idFromName(site.subdomain));
  const spy = vi.spyOn(prototype, "get").mockImplementation(function get(this: DurableObjectNamespace, id) {
    if (String(id) === away) throw new Error("Network connection lost. (by a test)");
    return real.call(this, id);
  });
  onTestFinished(() => spy.mockRestore());
  expect((await call("GET", `/${post.slug}`, { host: site.host })).status).toBe(200);
  expect((await call("GET", "/api/posts", { host: site.host })).status).toBe(200);
});

/** What those who run the service set for a site. */
async function asOperator(subdomain: string, changes: object): Promise<void> {
  const party = tenantStub(env, { subdomain });
  await party.refreshConfig({});
  await party.updateConfig({ principal: { ...person(), role: "admin" }, changes });
  // Whatever it owes D1 has arrived.
  await party.flushAnalytics({});
}

/** The text of every statement that the edge and the parties prepare from now on. */
function countStatements(): string[] {
  const statements: string[] = [];
  const prototype = Object.getPrototypeOf(env.DB) as D1Database;
  const real = prototype.prepare;
  const spy = vi.spyOn(prototype, "prepare").mockImplementation(function prepare(this: D1Database, sql) {
    statements.push(sql);
    return real.call(this, sql);
  });
  onTestFinished(() => spy.mockRestore());
  return statements;
}
