import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  accessibilityFindings,
  launchBrowser,
  type Person,
  scrollsSideways,
  type Site,
  startSite,
  tokenFor,
} from "./harness.ts";
import { newContext, open, personNamed, preferring, unique } from "./scene.ts";

const root: Person = { name: "Olive Root", email: `${unique("root")}@understory.example` };

let site: Site;
let browser: Browser;
let office: BrowserContext;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite({ ADMIN_EMAILS: root.email }), launchBrowser()]);
  office = await newContext(browser, site.origin(), root);
});

afterAll(async () => {
  await browser.close();
  await site.stop();
});

const usersUrl = (query = ""): string => `${site.origin()}/admin/users${query}`;

/** An administrator below the super administrator, in a browser of their own. */
async function newAdministrator(): Promise<{ person: Person; context: BrowserContext; userId: string }> {
  const person = personNamed("Ann Admin");
  const { userId } = await tokenFor(site, person);
  const { accessToken } = await tokenFor(site, root);
  const { status } = await site.api("PATCH", `${site.origin()}/api/admin/users/${userId}`, accessToken, {
    role: "admin",
  });
  expect(status).toBe(200);
  return { person, userId, context: await newContext(browser, site.origin(), person) };
}

test("the list is searched, narrowed and read on, and comes back as it was left", async () => {
  const family = unique("Hazel");
  await Promise.all(Array.from({ length: 21 }, (_, n) => tokenFor(site, personNamed(`Nut${n} ${family}`))));
  const { page, errors } = await open(office, site.origin());
  await page.getByRole("link", { name: "Users" }).click();
  await page.getByLabel("Name or e-mail").fill(family.toUpperCase());
  // The list of everybody, which begins with the same people, is gone.
  await page.waitForURL(/search=/);
  const rows = page.locator("tbody tr", { hasText: family });
  await expect.poll(() => rows.count()).toBe(20);
  await page.getByRole("button", { name: "Show more" }).click();
  await page.getByText("That is everything.").waitFor();
  expect(await rows.count()).toBe(21);

  await page.getByLabel("Status").selectOption("suspended");
  await page.getByText("Nobody is like that").waitFor();
  await page.getByRole("button", { name: "Show everybody" }).click();
  await page.getByLabel("Role").selectOption("super_admin");
  await page.getByRole("row").getByRole("link", { name: root.name }).click();
  await page.getByRole("heading", { level: 1, name: root.name }).waitFor();
  await page.goBack();
  await page.locator("tbody tr").first().waitFor();
  expect(await page.getByLabel("Role").inputValue()).toBe("super_admin");
  expect(errors).toEqual([]);
});

test("a flag that is switched reaches the person's open page at once, and what was done is written down by name", async () => {
  const person = personNamed("Ada Ash");
  const { userId } = await tokenFor(site, person);
  const home = await newContext(browser, site.origin(), person);
  const theirs = await open(home, `${site.origin()}/account/preferences`);
  const early = theirs.page.getByRole("list", { name: "Early features" }).getByRole("listitem");
  const flags = () => early.allTextContents();
  const { page, errors } = await open(office, usersUrl(`/${userId}`));
  await page.getByLabel("Another flag").fill("beta_features");
  await page.getByRole("button", { name: "Switch on" }).click();
  await expect.poll(flags).toEqual(["beta_features"]);
  await page.getByRole("checkbox", { name: "beta_features" }).uncheck();
  await expect.poll(flags).toEqual([]);
  await page.getByRole("checkbox", { name: "beta_features" }).check();
  await expect.poll(flags).toEqual(["beta_features"]);
  await page.getByRole("button", { name: "Remove beta_features" }).click();
  await expect.poll(flags).toEqual([]);
  await page.getByText("beta_features on").first().waitFor();
  await page.getByRole("listitem").getByRole("link", { name: root.name }).first().waitFor();
  expect(errors).toEqual([]);
  await home.close();
});

test("whoever is suspended is signed out of their open page at once, and comes in again when that is over", async () => {
  const person = personNamed("Ada Ash");
  const { userId } = await tokenFor(site, person);
  const home = await newContext(browser, site.origin(), person);
  const theirs = await open(home, `${site.origin()}/account`);
  await theirs.page.getByText("Development sign-in").waitFor();
  const { page, errors } = await open(office, usersUrl(`/${userId}`));
  await page.getByLabel("Status").selectOption("suspended");
  const start = performance.now();
  await page.getByRole("dialog").getByRole("button", { name: "Suspend" }).click();
  await theirs.page.waitForURL(/\/sign-in/);
  expect(performance.now() - start).toBeLessThan(5_000);
  expect((await site.api("POST", `${site.origin()}/auth/dev`, null, person)).status).toBe(403);
  await page.getByText("active to suspended").waitFor();
  await page.getByLabel("Status").selectOption("active");
  await expect.poll(async () => (await site.api("POST", `${site.origin()}/auth/dev`, null, person)).status).toBe(200);
  expect(errors).toEqual([]);
  await home.close();
});

test("what an administrator may not do is locked with the reason, and what the server refuses is taken back", async () => {
  const { context, userId } = await newAdministrator();
  const other = await newAdministrator();
  const { page } = await open(context, usersUrl(`/${userId}`));
  await page.getByText("Ask another administrator to do this to your account.").first().waitFor();
  expect(await page.getByLabel("Role").isDisabled()).toBe(true);
  expect(await page.getByLabel("Status").isDisabled()).toBe(true);

  await page.goto(usersUrl(`/${other.userId}`));
  await page.getByText("Only a super administrator may change an administrator.").first().waitFor();
  expect(await page.getByLabel("Another flag").count()).toBe(0);
  expect(await page.getByRole("button", { name: "Delete this account…" }).count()).toBe(0);

  const { userId: target } = await tokenFor(site, personNamed("Ada Ash"));
  await page.goto(usersUrl(`/${target}`));
  await page.getByText("Only a super administrator may give roles.").waitFor();
  // Meanwhile, somebody else makes them an administrator.
  const { accessToken } = await tokenFor(site, root);
  await site.api("PATCH", `${site.origin()}/api/admin/users/${target}`, accessToken, { role: "admin" });
  await page.getByLabel("Status").selectOption("inactive");
  await page.getByText("Only a super administrator may change an administrator").waitFor();
  expect(await page.getByLabel("Status").inputValue()).toBe("active");
  await Promise.all([context.close(), other.context.close()]);
});

test("an account that is deleted is gone from the list, and its owner signed out", async () => {
  const person = personNamed(`Ada ${unique("Gone")}`);
  const { userId } = await tokenFor(site, person);
  const home = await newContext(browser, site.origin(), person);
  const theirs = await open(home, `${site.origin()}/account`);
  await theirs.page.getByText("Development sign-in").waitFor();
  const { page } = await open(office, usersUrl(`/${userId}`));
  await page.getByRole("button", { name: "Delete this account…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete now" }).click();
  await page.waitForURL(usersUrl());
  await theirs.page.waitForURL(/\/sign-in/);
  await page.getByLabel("Name or e-mail").fill(person.name);
  await page.getByText("Nobody is like that").waitFor();
  expect(await page.locator("tbody tr").count()).toBe(0);
  await home.close();
});

test("the pages are for those who run the service", async () => {
  const context = await newContext(browser, site.origin(), personNamed("Ada Ash"));
  const { page } = await open(context, site.origin());
  expect(await page.getByRole("link", { name: "Users" }).count()).toBe(0);
  expect((await page.goto(usersUrl()))?.status()).toBe(403);
  await page.getByRole("heading", { level: 1 }).waitFor();
  const stranger = await newContext(browser, site.origin(), null);
  const { page: strange } = await open(stranger, usersUrl());
  expect(new URL(strange.url()).pathname).toBe("/sign-in");
  await Promise.all([context.close(), stranger.close()]);
});

test("the pages fit a phone and have nothing serious to find for accessibility", async () => {
  const viewport = { width: 360, height: 740 };
  const context = await newContext(browser, site.origin(), root, { viewport });
  const { userId } = await tokenFor(site, personNamed("Maximiliane von und zu Understory-Hazelwood"));
  const { page, errors } = await open(context, usersUrl());
  for (const path of ["", `/${userId}`]) {
    await page.goto(usersUrl(path));
    await page.locator("tbody tr, .facts").first().waitFor();
    await page.locator(".skeleton").first().waitFor({ state: "detached" });
    expect(await scrollsSideways(page)).toBe(false);
    await preferring(page, path === "" ? "light" : "dark");
    expect(await accessibilityFindings(page)).toEqual([]);
  }
  expect(errors).toEqual([]);
  await context.close();
});
