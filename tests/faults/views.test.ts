import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { makeTenant, raiseLimits, type Site, startSite, tokenFor } from "../e2e/harness.ts";

const KILLS = 5;
const VIEWS = 400;
const AT_ONCE = 8;
const OPERATOR = "operator@understory.example";
const SUBDOMAIN = "gale";

const analyticsSchema = z.object({ days: z.array(z.object({ pageViews: z.number() })) });

let site: Site;
let operator: string;
/** Pages that were answered, and requests that were sent: an answer that was lost may have been counted. */
const pages = { answered: 0, sent: 0 };
let kills = 0;

beforeAll(async () => {
  site = await startSite({ ADMIN_EMAILS: OPERATOR });
  operator = (await tokenFor(site, { email: OPERATOR, name: "Operator" })).accessToken;
  await makeTenant(site, operator, SUBDOMAIN, "Gale");
  await raiseLimits(site, operator, SUBDOMAIN);
  await Promise.all(Array.from({ length: AT_ONCE }, readOn));
}, 120_000);

afterAll(async () => {
  await site.stop();
});

test("every page that was answered is counted, and none twice, over five kills", async () => {
  expect(kills).toBe(KILLS);
  expect(pages.answered).toBeGreaterThanOrEqual(VIEWS);
  const counted = await viewsCounted();
  expect(counted).toBeGreaterThanOrEqual(pages.answered);
  expect(counted).toBeLessThanOrEqual(pages.sent);
});

test("what was counted stays so when it is sent again", async () => {
  const before = await viewsCounted();
  process.kill(site.server.workerdPid(), "SIGKILL");
  expect(await viewsCounted()).toBe(before);
});

/** Looks at the site's home until all views are done. workerd is killed at even steps of it, mid-flight. */
async function readOn(): Promise<void> {
  while (pages.answered < VIEWS) {
    pages.sent += 1;
    if (!(await look())) continue;
    pages.answered += 1;
    if (kills >= KILLS || pages.answered < (VIEWS / (KILLS + 1)) * (kills + 1)) continue;
    kills += 1;
    process.kill(site.server.workerdPid(), "SIGKILL");
  }
}

async function look(): Promise<boolean> {
  try {
    return (await site.api("GET", site.origin(SUBDOMAIN), null)).status === 200;
  } catch {
    return false; // The server died before or after it counted.
  }
}

/** All days together: the test may run over midnight. */
async function viewsCounted(): Promise<number> {
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const url = `${site.origin(SUBDOMAIN)}/api/admin/analytics?from=${yesterday}`;
  for (;;) {
    try {
      const { status, body } = await site.api("GET", url, operator);
      if (status === 200)
        return analyticsSchema.parse(JSON.parse(body)).days.reduce((sum, day) => sum + day.pageViews, 0);
      if (status < 500) throw new RangeError(`refused with ${status}: ${body}`);
    } catch (error) {
      if (error instanceof RangeError) throw error;
    }
  }
}
