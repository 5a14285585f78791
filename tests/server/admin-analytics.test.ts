import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { tenantStub } from "../../parties/tenant/index.ts";
import { type Analytics, analyticsSchema } from "../../schema/http/admin/analytics.ts";
import { TEST_EPOCH, useClock } from "../helpers/clock.ts";
import { watchWakes } from "../helpers/calls.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { call, refusal, signIn } from "./support.ts";

withD1Migrations();

interface TestSite {
  host: string;
  subdomain: string;
  /** Of the owner, who signs in each time: access tokens are short-lived, and these tests last for weeks. */
  email: string;
}

async function makeSite(): Promise<TestSite> {
  const email = `${crypto.randomUUID()}@example.com`;
  const subdomain = `s${crypto.randomUUID().slice(0, 18)}`;
  const { token } = await signIn("Olive", email);
  await call("POST", "/api/tenants", { token, body: { subdomain, displayName: "Olive & Sons" } });
  return { host: `${subdomain}.localhost`, subdomain, email };
}

const DAY_MS = 24 * 60 * 60_000;
const dayAt = (at: number): string => new Date(at).toISOString().slice(0, 10);
const TODAY = dayAt(TEST_EPOCH);

async function ask({ host, email }: TestSite, query = ""): Promise<Response> {
  const { token } = await signIn("Olive", email);
  return await call("GET", `/api/admin/analytics${query}`, { host, token });
}

async function read(site: TestSite, query = ""): Promise<Analytics> {
  const response = await ask(site, query);
  expect(response.status).toBe(200);
  return analyticsSchema.parse(await response.json());
}

/** Lets people look at pages of a site, and has that counted. */
async function look({ host, subdomain }: TestSite, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await call("GET", "/", { host });
  await tenantStub(env, { subdomain }).flushAnalytics({});
}

describe("a site's analytics", () => {
  test("are those of today unless days are named", async () => {
    useClock();
    const site = await makeSite();
    await look(site, 3);
    expect(await read(site)).toEqual({
      timeZone: "UTC",
      days: [{ day: TODAY, pageViews: 3, hours: [{ hour: 12, pageViews: 3 }], pages: [{ path: "/", views: 3 }] }],
    });
  });

  test("have each day of a span since the site was made, and none that is not yet", async () => {
    const clock = useClock();
    const site = await makeSite();
    await look(site, 1);
    clock.advance(2 * DAY_MS);
    await look(site, 2);
    const { days } = await read(site, `?from=${dayAt(TEST_EPOCH - 20 * DAY_MS)}&to=${dayAt(TEST_EPOCH + 9 * DAY_MS)}`);
    expect(days.map(({ day, pageViews }) => [day, pageViews])).toEqual([
      [TODAY, 1],
      [dayAt(TEST_EPOCH + DAY_MS), 0],
      [dayAt(TEST_EPOCH + 2 * DAY_MS), 2],
    ]);
    expect((await read(site, `?to=${dayAt(TEST_EPOCH - DAY_MS)}`)).days).toEqual([]);
    expect((await read(site, `?from=${dayAt(TEST_EPOCH + 5 * DAY_MS)}`)).days).toEqual([]);
  });

  test("of an open span are those of the last 31 days, and wake no other day", async () => {
    const clock = useClock();
    const site = await makeSite();
    clock.advance(60 * DAY_MS);
    const wakes = await watchWakes();
    const { days } = await read(site, `?from=${TODAY}`);
    expect(days).toHaveLength(31);
    expect(days.at(-1)?.day).toBe(dayAt(clock.now()));
    expect(wakes.all.filter((wake) => wake.endsWith("getStats"))).toHaveLength(31);
  });

  test.each([
    ["a day that is none", "?from=2040-02-30"],
    ["a span that ends before it begins", "?from=2040-01-02&to=2040-01-01"],
    ["more than 31 days", "?from=2040-01-01&to=2040-02-01"],
  ])("are not asked for with %s", async (_what, query) => {
    expect(await refusal(await ask(await makeSite(), query))).toBe("400 bad_request");
  });

  test("are for the site's owners alone", async () => {
    const { host } = await makeSite();
    expect(await refusal(await call("GET", "/api/admin/analytics", { host }))).toBe("401 unauthenticated");
    const { token } = await signIn("Ada");
    expect(await refusal(await call("GET", "/api/admin/analytics", { host, token }))).toBe("403 forbidden");
    expect(await refusal(await call("GET", "/api/admin/analytics", { token }))).toBe("404 not_found");
  });
});
