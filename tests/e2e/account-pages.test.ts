import { readFileSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
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
import { newContext, newStage, open, personNamed, preferring } from "./scene.ts";

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
});

afterAll(async () => {
  await browser.close();
  await site.stop();
});

const url = (page = ""): string => `${site.origin()}/account${page}`;

async function openPreferences(context: BrowserContext): Promise<Page> {
  const { page } = await open(context, url("/preferences"));
  await page.getByRole("radio", { name: "Dark" }).waitFor({ state: "attached" });
  return page;
}

async function choose(page: Page, theme: "As the device" | "Light" | "Dark"): Promise<void> {
  await page.getByText(theme, { exact: true }).click();
}

/** Waits until a page is shown in a theme of the person's own. */
async function isShown(page: Page, theme: "light" | "dark"): Promise<void> {
  await page.locator(`html[data-theme=${theme}]`).waitFor();
}

/** Lets nothing of what the page changes reach the server; resolves with what lets it through again. */
async function cutOff(page: Page): Promise<() => Promise<void>> {
  const changes = "**/api/me/data/**";
  await page.route(changes, (route) => route.abort());
  return async () => await page.unroute(changes);
}

/** What the server has of somebody's preferences. */
async function keptPreferences(person: Person): Promise<unknown> {
  const { accessToken } = await tokenFor(site, person);
  const { body } = await site.api("GET", `${site.origin()}/api/me/data/preferences`, accessToken);
  return (JSON.parse(body) as { value: unknown }).value;
}

test("a theme that is chosen in one tab shows in the others, in another browser, and on public pages, without a reload", async () => {
  const person = personNamed("Ada Ash");
  const [laptop, phone] = await Promise.all([
    newContext(browser, site.origin(), person),
    newContext(browser, site.origin(), person),
  ]);
  const [tab, other, elsewhere] = await Promise.all([
    openPreferences(laptop),
    openPreferences(laptop),
    openPreferences(phone),
  ]);
  const { page: front, errors } = await open(laptop, site.origin());
  await choose(tab, "Dark");
  await Promise.all([tab, other, elsewhere, front].map((page) => isShown(page, "dark")));
  expect(await elsewhere.getByRole("radio", { name: "Dark" }).isChecked()).toBe(true);
  await tab.getByText("Saved", { exact: true }).waitFor();
  expect(await keptPreferences(person)).toMatchObject({ theme: "dark" });

  // No flash: the document has it before any script runs.
  const html = await front.evaluate(async () => await (await fetch("/")).text());
  expect(html).toMatch(/<html[^>]* data-theme="dark"/);
  await choose(elsewhere, "Light");
  await Promise.all([tab, other, front].map((page) => isShown(page, "light")));
  expect(errors).toEqual([]);
  await Promise.all([laptop.close(), phone.close()]);
});

test("language and time zone hold for dates at once, and for pages that the server renders", async () => {
  const stage = await newStage(site);
  const post = await stagePost(stage.origin, stage.ownerToken);
  const context = await newContext(browser, site.origin(), stage.owner);
  const page = await openPreferences(context);
  await page.getByLabel("Language of dates and numbers").selectOption("de");
  await page.getByText(/1\.234\.567,8/).waitFor();
  await page.getByLabel("Time zone").selectOption("Pacific/Kiritimati");
  await page.getByText("Saved", { exact: true }).waitFor();

  const onSite = await newContext(browser, stage.origin, stage.owner);
  const reading = await open(onSite, post);
  const publishedAt = (await reading.page.locator(".byline time").getAttribute("datetime")) ?? "";
  const inKiribati = new Intl.DateTimeFormat("de", { dateStyle: "long", timeZone: "Pacific/Kiritimati" });
  expect(await reading.page.locator(".byline time").textContent()).toBe(inKiribati.format(new Date(publishedAt)));
  await reading.page.locator("button.reaction:enabled").first().waitFor();
  expect(reading.errors).toEqual([]);
  await Promise.all([context.close(), onSite.close()]);
});

async function stagePost(origin: string, token: string): Promise<string> {
  const { body } = await site.api("POST", `${origin}/api/posts`, token, {
    title: "What day is it",
    content: "Moss.",
    status: "published",
  });
  return `${origin}/${(JSON.parse(body) as { slug: string }).slug}`;
}

test("what is changed while the server cannot be reached survives a reload, and arrives when it can be", async () => {
  const person = personNamed("Ada Ash");
  const context = await newContext(browser, site.origin(), person);
  const page = await openPreferences(context);
  const letThrough = await cutOff(page);
  await choose(page, "Dark");
  await isShown(page, "dark");
  await page.getByText(/Kept on this device/).waitFor();
  await page.reload();
  await isShown(page, "dark");
  expect(await keptPreferences(person)).toMatchObject({ theme: "system" });

  await letThrough();
  await page.getByText(/Kept on this device|Saving/).waitFor({ state: "detached" });
  expect(await keptPreferences(person)).toMatchObject({ theme: "dark" });
  await context.close();
});

test("what another tab could not send is sent by the one that is still open", async () => {
  const person = personNamed("Ada Ash");
  const context = await newContext(browser, site.origin(), person);
  const [leaving, staying] = await Promise.all([openPreferences(context), openPreferences(context)]);
  await cutOff(leaving);
  const letThrough = await cutOff(staying);
  await choose(leaving, "Dark");
  await isShown(staying, "dark");
  await leaving.close();
  await letThrough();
  await staying.getByText(/Kept on this device|Saving/).waitFor({ state: "detached" });
  expect(await keptPreferences(person)).toMatchObject({ theme: "dark" });
  await context.close();
});

test("what the server refuses is taken back, and says why", async () => {
  const context = await newContext(browser, site.origin(), personNamed("Ada Ash"));
  const page = await openPreferences(context);
  const other = await openPreferences(context);
  // Whatever the page would not offer: here the request is spoilt on its way, and the server itself refuses it.
  await page.route("**/api/me/data/preferences", (route) => route.continue({ postData: '{"theme":"sepia"}' }));
  await choose(page, "Dark");
  await page.getByText(/could not be saved, and was taken back/).waitFor();
  for (const tab of [page, other]) {
    await tab.locator("html:not([data-theme])").waitFor();
    await tab.getByText(/could not be saved, and was taken back/).waitFor();
    expect(await tab.getByRole("radio", { name: "As the device" }).isChecked()).toBe(true);
  }
  await context.close();
});

test("a new name shows at once, one that the server refuses stands in the form with the reason", async () => {
  const context = await newContext(browser, site.origin(), personNamed("Ada Ash"));
  const { page, errors } = await open(context, url());
  const [name, save] = [page.getByLabel("Name"), page.getByRole("button", { name: "Save" })];
  await page.getByText("Development sign-in").waitFor();
  await page.getByLabel("Picture").fill("http://pictures.example/ada.png");
  await page.getByText("An address that begins with https://").waitFor();
  expect(await save.isDisabled()).toBe(true);
  await page.getByLabel("Picture").fill("");
  await name.fill("Ada Alder");
  await save.click();
  await page.getByText("Saved", { exact: true }).waitFor();
  await page.reload();
  await page.getByRole("link", { name: "Ada Alder" }).waitFor();

  await name.fill("Ada\u202eredlA");
  await save.click();
  await page.getByText("one line of plain text").waitFor();
  expect(await name.inputValue()).toBe("Ada\u202eredlA");
  await page.reload();
  await page.getByRole("link", { name: "Ada Alder" }).waitFor();
  expect(errors.filter((error) => !error.includes("422"))).toEqual([]);
  await context.close();
});

test("an account that is to be deleted counts down on all its pages, and stays with one click", async () => {
  const person = personNamed("Ada Ash");
  const context = await newContext(browser, site.origin(), person);
  const { page, errors } = await open(context, url("/data"));
  const other = await open(context, url("/devices"));
  await page.getByRole("button", { name: "Delete my account…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete in seven days" }).click();
  for (const tab of [page, other.page]) await tab.getByText("Your account will be deleted in 7 days").waitFor();
  await other.page.getByRole("button", { name: "Keep my account" }).click();
  for (const tab of [page, other.page])
    await tab.getByText("Your account will be deleted").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Delete my account…" }).waitFor();
  expect(errors).toEqual([]);
  await context.close();
});

test("everything can be downloaded as JSON", async () => {
  const person = personNamed("Ada Ash");
  const context = await newContext(browser, site.origin(), person);
  const { page } = await open(context, url("/data"));
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download as JSON" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^understory-usr_.*\.json$/);
  const document: unknown = JSON.parse(readFileSync(await download.path(), "utf8"));
  expect(document).toMatchObject({ user: { email: person.email, name: person.name }, sites: [] });
  await context.close();
});

test("signing out leaves nothing of the person in the browser", async () => {
  const context = await newContext(browser, site.origin(), personNamed("Ada Ash"));
  const page = await openPreferences(context);
  await choose(page, "Dark");
  await page.getByText("Saved", { exact: true }).waitFor();
  expect(await keptAccounts(page)).toBe(1);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Sign in", exact: true }).waitFor();
  expect(await keptAccounts(page)).toBe(0);
  expect(await page.locator("html").getAttribute("data-theme")).toBeNull();
  await context.close();
});

/** Of how many people the browser keeps something. */
async function keptAccounts(page: Page): Promise<number> {
  return await page.evaluate<number>(`new Promise((resolve) => {
    const opening = indexedDB.open("understory");
    opening.onsuccess = () => {
      const counting = opening.result.transaction("accounts").objectStore("accounts").count();
      counting.onsuccess = () => resolve(counting.result);
      opening.result.close();
    };
  })`);
}

test("the account's pages fit a phone and have nothing serious to find for accessibility", async () => {
  const viewport = { width: 360, height: 740 };
  const person = personNamed("Ada Ash");
  const context = await newContext(browser, site.origin(), person, { viewport });
  const { accessToken } = await tokenFor(site, person);
  await site.api("POST", `${site.origin()}/api/me/deletion`, accessToken);
  const { page, errors } = await open(context, url());
  for (const [name, scheme] of [
    ["Profile", "light"],
    ["Preferences", "dark"],
    ["Devices", "dark"],
    ["Your data", "light"],
  ] as const) {
    await page.getByRole("navigation", { name: "Your account" }).getByRole("link", { name }).click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    await page.getByText("Your account will be deleted").waitFor();
    expect(await scrollsSideways(page)).toBe(false);
    await preferring(page, scheme);
    expect(await accessibilityFindings(page)).toEqual([]);
  }
  expect(errors).toEqual([]);
  await context.close();
});
