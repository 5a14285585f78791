import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { describe, expect, test } from "vitest";
import { analyticsStub } from "../../../parties/analytics/index.ts";
import { tenantStub } from "../../../parties/tenant/index.ts";
import * as d1 from "../../../schema/d1.ts";
import { PartyError } from "../../../schema/errors.ts";
import { TIER_LIMITS } from "../../../schema/http/tenants.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { breakD1Reads, breakDeliveries } from "../../helpers/faults.ts";
import { alarmOf, crash, hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { aView, countReads, givenSite } from "./support.ts";

const database = withD1Migrations();

describe("a request that is let in", () => {
  test("gets the configuration when it has none or an old one, and none when it has this one", async () => {
    const site = await givenSite();
    const { config, rate } = await site.admit();
    expect(config?.tenant).toMatchObject({ subdomain: site.subdomain, tier: "seedling", version: 1, menu: [] });
    expect(config?.members).toEqual({ [site.owner.user.id]: "owner" });
    expect(rate).toMatchObject({ allowed: true, quota: 120, remaining: 119 });
    expect((await site.admit({ known: 1 })).config).toBeNull();
    await site.party.updateConfig({ principal: site.owner, changes: { displayName: "Olive’s" } });
    expect((await site.admit({ known: 1 })).config?.tenant).toMatchObject({ displayName: "Olive’s", version: 2 });
  });

  test("has a party without being told a row read D1 once, whoever asks at the same time", async () => {
    const site = await givenSite();
    const reads = countReads(site.subdomain);
    const answers = await Promise.all(Array.from({ length: 20 }, async () => await site.admit({ row: null })));
    expect(answers.every(({ config }) => config?.tenant.subdomain === site.subdomain)).toBe(true);
    expect(reads()).toBe(1);
  });

  test("is refused for a site that D1 does not know, and nothing is stored of it", async () => {
    const party = tenantStub(env, { subdomain: `nobody-${crypto.randomUUID().slice(0, 8)}` });
    const refused = party.admit({ actor: "someone", keys: ["requests"], known: null });
    await expect(refused).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("a configuration", () => {
  test("is asked for again after five minutes, and only what is newer in D1 counts", async () => {
    const clock = useClock();
    const site = await givenSite();
    await site.admit();
    const db = drizzle(database);
    const isSite = eq(d1.tenants.subdomain, site.subdomain);
    await db.update(d1.tenants).set({ displayName: "Newer", version: 2 }).where(isSite);
    clock.advance(4 * 60_000);
    await site.admit({ row: null });
    expect((await site.admit({ row: null })).config?.tenant.displayName).toBe("Olive & Sons");
    clock.advance(60_001);
    await site.admit({ row: null });
    await site.party.refreshConfig({});
    expect((await site.admit({ row: null })).config?.tenant).toMatchObject({ displayName: "Newer", version: 2 });
    await db.update(d1.tenants).set({ displayName: "Not newer" }).where(isSite);
    await site.party.refreshConfig({});
    expect((await site.party.getConfig({})).tenant.displayName).toBe("Newer");
  });

  test("is good enough while D1 is away, which is asked once in ten seconds and not for each request", async () => {
    const clock = useClock();
    const site = await givenSite();
    await site.admit();
    const reads = breakD1Reads(site.subdomain, "tenants");
    reads.fail("before");
    clock.advance(5 * 60_000);
    const admitAll = async (): Promise<void> => {
      for (let n = 0; n < 5; n++)
        expect((await site.admit({ row: null })).config?.tenant.displayName).toBe("Olive & Sons");
    };
    await admitAll();
    expect(reads.calls).toBe(1);
    clock.advance(10_000);
    await admitAll();
    expect(reads.calls).toBe(2);
  });

  test("that was read from D1 before a change, and comes after it, changes nothing back", async () => {
    const site = await givenSite();
    await site.admit();
    await site.party.updateConfig({ principal: site.owner, changes: { theme: { accent: "plum" } } });
    // The edge has read its row before, and its request comes now.
    expect((await site.admit()).config?.tenant).toMatchObject({ theme: { accent: "plum" }, version: 2 });
  });

  test("reaches D1, whatever breaks on the way, and an older one never overwrites a newer", async () => {
    const clock = useClock();
    const site = await givenSite();
    await site.admit();
    for (const displayName of ["One", "Two", "Three"]) {
      await site.party.updateConfig({ principal: site.owner, changes: { displayName } });
      await crash(site.object);
    }
    clock.advance(60_000);
    await ringAlarms(site.object);
    const row = await drizzle(database).select().from(d1.tenants).where(eq(d1.tenants.subdomain, site.subdomain)).get();
    expect(row).toMatchObject({ displayName: "Three", version: 4 });
  });

  test("is set by owners and operators only, tier and limits by operators only, and nothing unknown by anybody", async () => {
    const site = await givenSite();
    await site.admit();
    const { party, owner } = site;
    const stranger = { ...owner, user: { ...owner.user, id: "usr_stranger0000000000000" } };
    const operator = { ...stranger, role: "admin" as const };
    const set = async (principal: typeof owner, changes: object) => await party.updateConfig({ principal, changes });
    await expect(set(stranger, { displayName: "Mine" })).rejects.toMatchObject({ code: "forbidden" });
    await expect(set(owner, { tier: "oak" })).rejects.toMatchObject({ code: "forbidden" });
    await expect(set(owner, { limits: { requestsPerMinute: 9_999 } })).rejects.toMatchObject({ code: "forbidden" });
    await expect(set(owner, { subdomain: "other" })).rejects.toThrow(PartyError);
    expect((await set(operator, { tier: "oak" })).admin.limits).toEqual(TIER_LIMITS.oak);
    const { admin } = await set(operator, { limits: { requestsPerMinute: 7 } });
    expect(admin.limits).toEqual({ ...TIER_LIMITS.oak, requestsPerMinute: 7 });
    expect((await set(operator, { limits: null })).admin.limits).toEqual(TIER_LIMITS.oak);
  });

  test("that changes nothing is no new version", async () => {
    const site = await givenSite();
    await site.admit();
    const { config } = await site.party.updateConfig({
      principal: site.owner,
      changes: { displayName: "Olive & Sons" },
    });
    expect(config.tenant.version).toBe(1);
  });

  test("reaches open dashboards when it changes, here or in D1", async () => {
    const site = await givenSite();
    await site.admit();
    const socket = await site.join(site.owner);
    await site.party.updateConfig({ principal: site.owner, changes: { font: "inter" } });
    expect(await socket.next("config_changed")).toMatchObject({ version: 2 });
    await drizzle(database).update(d1.tenants).set({ version: 7 }).where(eq(d1.tenants.subdomain, site.subdomain));
    await site.party.refreshConfig({});
    expect(await socket.next("config_changed")).toMatchObject({ version: 7 });
  });

  test("reaches open dashboards within five minutes when nobody asks for anything, and wakes no site without one", async () => {
    const clock = useClock();
    const site = await givenSite();
    await site.admit();
    const socket = await site.join(site.owner);
    await drizzle(database).update(d1.tenants).set({ version: 7 }).where(eq(d1.tenants.subdomain, site.subdomain));
    clock.advance(5 * 60_000);
    await ringAlarms(site.object);
    expect(await socket.next("config_changed")).toMatchObject({ version: 7 });
    socket.close();
    await socket.closed;
    clock.advance(3_600_000);
    await ringAlarms(site.object);
    expect(await alarmOf(site.object)).toBeNull();
  });
});

describe("a limit", () => {
  test("lets exactly as many through as it says, of calls that come at once", async () => {
    const site = await givenSite();
    await site.admit();
    const ask = { key: "login" as const, actor: "somebody", limit: 10, windowSeconds: 60 };
    const answers = await Promise.all(Array.from({ length: 100 }, async () => await site.party.checkRateLimit(ask)));
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(10);
  });

  test("counts each actor and each key apart, outlives an eviction, and opens when its window ends", async () => {
    const clock = useClock();
    const site = await givenSite();
    const quota = TIER_LIMITS.seedling.requestsPerMinute;
    const allowed = async (facts = {}) => (await site.admit(facts)).rate.allowed;
    for (let count = 0; count < quota; count += 1) expect(await allowed()).toBe(true);
    expect(await allowed()).toBe(false);
    expect(await allowed({ keys: ["api"] })).toBe(true);
    expect(await allowed({ actor: "other" })).toBe(true);
    await hibernate(site.object);
    expect(await allowed()).toBe(false);
    clock.advance(59_999);
    expect(await allowed()).toBe(false);
    clock.advance(1);
    expect(await allowed()).toBe(true);
  });

  test("of several keys counts against none of them when one refuses", async () => {
    const site = await givenSite();
    const comments = TIER_LIMITS.seedling.commentsPerMinute;
    for (let count = 0; count < comments; count += 1) await site.admit({ keys: ["api", "comment"] });
    const refused = await site.admit({ keys: ["api", "comment"] });
    expect(refused.rate).toMatchObject({ allowed: false, quota: comments, remaining: 0 });
    expect((await site.admit({ keys: ["api"] })).rate.remaining).toBe(120 - comments - 1);
  });

  test("grants nothing to a clock that goes back, and locks nobody out for longer than a window", async () => {
    const clock = useClock();
    const site = await givenSite();
    await site.admit();
    const ask = async () =>
      (await site.party.checkRateLimit({ key: "login", actor: "a", limit: 2, windowSeconds: 60 })).allowed;
    expect([await ask(), await ask(), await ask()]).toEqual([true, true, false]);
    clock.advance(-3_600_000);
    expect(await ask()).toBe(false);
    clock.advance(60_000);
    expect(await ask()).toBe(true);
  });

  test("keeps no row of a window that is over", async () => {
    const clock = useClock();
    const site = await givenSite();
    for (let actor = 0; actor < 30; actor += 1) await site.admit({ actor: `actor ${actor}` });
    expect(await rowsOf(site.object, "rates")).toHaveLength(30);
    clock.advance(11 * 60_000);
    await ringAlarms(site.object);
    expect(await rowsOf(site.object, "rates")).toEqual([]);
  });
});

describe("a page view", () => {
  const DAY = "2040-01-02";

  test("is counted once on the site's local day, with its hour and its page", async () => {
    const clock = useClock(Date.UTC(2040, 0, 2, 23, 30));
    const site = await givenSite({ timeZone: "Europe/Berlin" });
    await site.admit({ view: aView("/a") });
    await site.admit({ view: aView("/b") });
    await site.admit({ view: aView("/a") });
    clock.advance(60_000);
    await ringAlarms(site.object);
    expect(await site.counted("2040-01-03")).toEqual({
      day: "2040-01-03",
      pageViews: 3,
      hours: [{ hour: 0, pageViews: 3 }],
      pages: [
        { path: "/a", views: 2 },
        { path: "/b", views: 1 },
      ],
    });
    expect((await site.counted(DAY)).pageViews).toBe(0);
  });

  test("of somebody who is refused is none", async () => {
    useClock();
    const site = await givenSite();
    for (let count = 0; count < 125; count += 1) await site.admit({ view: aView() });
    await site.party.flushAnalytics({});
    expect((await site.counted(DAY)).pageViews).toBe(120);
  });

  test.each(["before", "after"] as const)(
    "is counted once when the delivery breaks %s it took effect, and after a crash",
    async (fault) => {
      const clock = useClock();
      const site = await givenSite();
      const faults = breakDeliveries(`${site.subdomain}:${DAY}`);
      faults.fail(fault, 2);
      for (let count = 0; count < 7; count += 1) await site.admit({ view: aView() });
      for (let round = 0; round < 6; round += 1) {
        clock.advance(60_000);
        await ringAlarms(site.object);
        await crash(site.object);
      }
      expect((await site.counted(DAY)).pageViews).toBe(7);
      expect(await rowsOf(site.object, "events")).toEqual([]);
    },
  );

  test("in a batch that comes twice is counted once", async () => {
    const site = await givenSite();
    const party = analyticsStub(env, { tenant: site.subdomain, day: DAY });
    const event = { type: "page_view" as const, path: "/", visitor: null, at: Date.UTC(2040, 0, 2, 5) };
    const batch = { batchId: "1-2", timeZone: "UTC", events: [1, 2].map((id) => ({ id, ...event })) };
    await party.recordEvents(batch);
    await party.recordEvents(batch);
    expect((await party.getStats({})).pageViews).toBe(2);
  });

  test("keeps neither address nor browser, and the day's salt is gone after two days", async () => {
    const clock = useClock();
    const site = await givenSite();
    await site.admit({ view: aView("/", "203.0.113.77") });
    const tables = ["events", "rates", "salts", "site"];
    const stored = JSON.stringify(await Promise.all(tables.map(async (table) => await rowsOf(site.object, table))));
    expect(stored).not.toContain("203.0.113.77");
    expect(stored).not.toContain("Test/1.0");
    expect(await rowsOf(site.object, "salts")).toHaveLength(1);
    clock.advance(48 * 3_600_000);
    await ringAlarms(site.object);
    expect(await rowsOf(site.object, "salts")).toEqual([]);
  });

  test("shows on open dashboards: people once, views as often as they are, until five minutes later", async () => {
    const clock = useClock();
    const site = await givenSite();
    await site.admit();
    const socket = await site.open(site.owner);
    expect((await socket.next("welcome")).state).toMatchObject({ live: { visitors: 0, views: 0 }, version: 1 });
    await site.admit({ view: aView("/", "192.0.2.1") });
    expect(await socket.next("live")).toMatchObject({ visitors: 1, views: 1 });
    await site.admit({ view: aView("/b", "192.0.2.1") });
    await site.admit({ view: aView("/", "192.0.2.2") });
    clock.advance(6 * 60_000);
    await ringAlarms(site.object);
    const anew = await site.open(site.owner);
    expect((await anew.next("welcome")).state).toMatchObject({ live: { visitors: 0, views: 0 } });
  });
});

describe("the dashboard's socket", () => {
  test("is for owners and operators", async () => {
    const site = await givenSite();
    await site.admit();
    const stranger = { ...site.owner, user: { ...site.owner.user, id: "usr_stranger0000000000000" } };
    const refused = await site.open(stranger);
    expect(await refused.closed).toMatchObject({ code: 4403 });
  });
});
