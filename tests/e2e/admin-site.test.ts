import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aPng } from "../helpers/images.ts";
import {
  accessibilityFindings,
  launchBrowser,
  makeTenant,
  scrollsSideways,
  type Site,
  startSite,
  tokenFor,
} from "./harness.ts";
import { newContext, newPost, newStage, open, personNamed, preferring, type Stage, unique } from "./scene.ts";

const OPERATOR = { name: "Ruth Root", email: "ruth.root@understory.example" };
let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite({ ADMIN_EMAILS: OPERATOR.email }), launchBrowser()]);
});

afterAll(async () => {
  await browser.close();
  await site.stop();
});

async function ownersOf(stage: Stage): Promise<BrowserContext> {
  return await newContext(browser, stage.origin, stage.owner);
}

async function openSettings(context: BrowserContext, stage: Stage): Promise<{ page: Page; errors: readonly string[] }> {
  const opened = await open(context, `${stage.origin}/admin/settings`);
  await opened.page.getByRole("heading", { name: "Look" }).waitFor();
  return opened;
}

const sidebar = (page: Page): Locator => page.getByRole("navigation", { name: "Sections" });

/** The sections of the sidebar, in order. */
async function sections(page: Page): Promise<string[]> {
  return await sidebar(page).getByRole("list").first().getByRole("link").allInnerTexts();
}

/** Does something that changes sections, and waits until the server has taken it. */
async function saved(page: Page, work: () => Promise<void>): Promise<void> {
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().includes("/api/admin/sections/")),
    work(),
  ]);
  expect(answer.status()).toBe(200);
}

const accentOf = (page: Page): Promise<string | null> => page.locator("html").getAttribute("data-accent");

/** What those who run the service set for a site. */
async function asOperator(stage: Stage, changes: object): Promise<void> {
  const { accessToken } = await tokenFor(site, OPERATOR);
  const { status, body } = await site.api("PUT", `${stage.origin}/api/admin/config`, accessToken, changes);
  expect([status, body]).toEqual([200, expect.any(String)]);
}

test("whoever signs in has a site of their own a few steps later, and is told what to do first", async () => {
  const context = await newContext(browser, site.origin(), personNamed("Ada Ash"));
  const { page, errors } = await open(context, site.origin());
  const name = unique("grove");
  await page.getByRole("link", { name: "Make your first site" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Make the site" }).click();
  await page.waitForURL(`${site.origin(name)}/admin`);
  await page.getByRole("heading", { level: 1, name: "Dashboard" }).waitFor();
  await page.getByText("Made today").waitFor();

  await page.getByRole("link", { name: "Choose a look" }).click();
  await page.getByText("Clay", { exact: true }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  await sidebar(page).getByRole("link", { name: "Dashboard" }).click();
  await page.getByRole("link", { name: "Choose a look (done)" }).waitFor();
  await page.getByRole("button", { name: "Hide these steps" }).click();
  await page.getByText("is yours. Now:").waitFor({ state: "detached" });
  await page.reload();
  await page.getByText("Made today").waitFor();
  expect(await page.getByText("is yours. Now:").count()).toBe(0);
  expect(errors).toEqual([]);
  await context.close();
});

test("a look that is chosen shows at once, in other tabs too, and on the next page that a reader loads", async () => {
  const stage = await newStage(site);
  const post = await newPost(stage, "What the hazel does");
  const context = await ownersOf(stage);
  const [{ page, errors }, other] = [await openSettings(context, stage), await openSettings(context, stage)];
  const reader = await newContext(browser, stage.origin, null);
  const reading = await open(reader, post.url);
  expect(await accentOf(reading.page)).toBe("moss");

  await page.getByText("Plum", { exact: true }).click();
  expect(await accentOf(page)).toBe("plum");
  await page.getByText("Inter, a sans").click();
  await page.getByText("Saved", { exact: true }).waitFor();
  await other.page.locator("html[data-accent=plum][data-font=inter]").waitFor();
  expect(await other.page.getByRole("radio", { name: "Plum" }).isChecked()).toBe(true);
  await reading.page.reload();
  expect(await accentOf(reading.page)).toBe("plum");
  expect(await reading.page.locator("html").getAttribute("data-font")).toBe("inter");

  await page.getByLabel("Name").fill("The Slow Garden");
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  await other.page.getByRole("banner").getByText("The Slow Garden").waitFor();
  await reading.page.goto(stage.origin);
  await reading.page.getByRole("heading", { level: 1, name: "The Slow Garden" }).waitFor();
  expect([...errors, ...other.errors, ...reading.errors]).toEqual([]);
  await Promise.all([context.close(), reader.close()]);
});

test("what the server refuses is taken back with the reason, and what was chosen after it stays", async () => {
  const stage = await newStage(site);
  const context = await ownersOf(stage);
  const { page } = await openSettings(context, stage);
  // Whatever the page would not offer: here the request is spoilt on its way, and the server itself refuses it.
  await page.route("**/api/admin/config", async (route) => {
    if (route.request().postData()?.includes("plum") === true)
      await route.continue({ postData: '{"theme":{"accent":"gold"}}' });
    else await route.continue();
  });
  await page.getByText("Plum", { exact: true }).click();
  await page.getByText("Inter, a sans").click();
  await page.getByText(/could not be saved, and was taken back/).waitFor();
  await page.locator("html[data-accent=moss][data-font=inter]").waitFor();
  expect(await page.getByRole("radio", { name: "Moss" }).isChecked()).toBe(true);
  await page.getByRole("button", { name: "Dismiss" }).click();
  await page.reload();
  await page.locator("html[data-accent=moss][data-font=inter]").waitFor();
  await context.close();
});

test("comments that are switched off are off for readers", async () => {
  const stage = await newStage(site);
  const post = await newPost(stage, "What the hazel does");
  const context = await ownersOf(stage);
  const { page } = await openSettings(context, stage);
  await page.getByLabel("Comments", { exact: true }).uncheck();
  await page.getByText("Saved", { exact: true }).waitFor();
  const { page: reading } = await open(context, post.url);
  await reading.getByText("Comments are closed on this site.").first().waitFor();
  const url = `${stage.origin}/api/posts/${post.id}/comments`;
  expect((await site.api("POST", url, stage.ownerToken, { content: "And yet" })).status).toBe(403);
  await context.close();
});

test("sections are put into another order by mouse, by keyboard and by their buttons, for good", async () => {
  const stage = await newStage(site);
  const context = await ownersOf(stage);
  const { page, errors } = await openSettings(context, stage);
  const grip = (label: string): Locator => page.getByRole("button", { name: `Move ${label}`, exact: true });
  const before = await sections(page);
  expect(before.slice(0, 5)).toEqual(["Dashboard", "Blog Posts", "Pages", "Images", "Settings"]);

  await grip("Images").scrollIntoViewIfNeeded();
  await saved(page, () => dragOnto(page, grip("Images"), grip("Dashboard")));
  expect((await sections(page)).slice(0, 3)).toEqual(["Images", "Dashboard", "Blog Posts"]);

  await saved(page, async () => {
    await grip("Images").focus();
    await page.keyboard.press("Space");
    await page.getByText("Images, place 1 of 8.").waitFor({ state: "attached" });
    await page.keyboard.press("ArrowDown");
    await page.getByText("Images, place 2 of 8.").waitFor({ state: "attached" });
    await page.keyboard.press("Space");
  });
  expect((await sections(page)).slice(0, 3)).toEqual(["Dashboard", "Images", "Blog Posts"]);

  await saved(page, () => page.getByRole("button", { name: "Move Images down" }).click());
  await saved(page, () => page.getByLabel("Show Trails").uncheck());
  const after = ["Dashboard", "Blog Posts", "Images", "Pages", "Settings"];
  expect((await sections(page)).slice(0, 5)).toEqual(after);
  await page.reload();
  await page.getByRole("heading", { name: "Look" }).waitFor();
  expect((await sections(page)).slice(0, 5)).toEqual(after);
  expect(await sections(page)).not.toContain("Trails");
  expect(errors).toEqual([]);
  await context.close();
});

/** Drags as a hand does: pressed, moved over a while, let go. */
async function dragOnto(page: Page, from: Locator, onto: Locator): Promise<void> {
  const [start, end] = [await from.boundingBox(), await onto.boundingBox()];
  if (start === null || end === null) throw new Error("what is dragged is not shown");
  const x = start.x + start.width / 2;
  await page.mouse.move(x, start.y + start.height / 2);
  await page.mouse.down();
  await page.mouse.move(x, end.y + end.height / 2, { steps: 12 });
  await page.mouse.up();
}

test("sections are put into another order by touch", async () => {
  const stage = await newStage(site);
  const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
  const context = await newContext(browser, stage.origin, stage.owner, phone);
  const { page, errors } = await openSettings(context, stage);
  const [grip, onto] = ["Images", "Dashboard"].map((label) =>
    page.getByRole("button", { name: `Move ${label}`, exact: true }),
  );
  await page.evaluate("document.getElementById('sections').scrollIntoView()");
  const [start, end] = [await grip?.boundingBox(), await onto?.boundingBox()];
  if (start == null || end == null) throw new Error("what is dragged is not shown");
  const finger = await context.newCDPSession(page);
  const touch = async (type: "touchStart" | "touchMove", y: number): Promise<void> => {
    await finger.send("Input.dispatchTouchEvent", { type, touchPoints: [{ x: start.x + start.width / 2, y }] });
  };
  const middle = start.y + start.height / 2;
  await touch("touchStart", middle);
  await page.getByText("Images, place 4 of 8.").waitFor({ state: "attached" });
  for (let step = 1; step <= 12; step++) await touch("touchMove", middle + ((end.y - start.y) * step) / 12);
  await page.getByText("Images, place 1 of 8.").waitFor({ state: "attached" });
  await saved(page, async () => {
    await finger.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  });
  await page.reload();
  await page.getByRole("heading", { name: "Look" }).waitFor();
  await page.locator(".sidebar__toggle").click();
  expect((await sections(page)).slice(0, 3)).toEqual(["Images", "Dashboard", "Blog Posts"]);
  expect(errors).toEqual([]);
  await context.close();
});

test("an order that the server refuses is taken back; one that is out of date shows how it is now", async () => {
  const stage = await newStage(site);
  await asOperator(stage, { tier: "sapling" });
  const context = await ownersOf(stage);
  const { page } = await openSettings(context, stage);
  await page.route("**/api/admin/sections/reorder", (route) => route.abort());
  await page.getByRole("button", { name: "Move Dashboard down" }).click();
  await page.getByText("The server could not be reached").waitFor();
  expect((await sections(page))[0]).toBe("Dashboard");
  await page.unroute("**/api/admin/sections/reorder");

  // The page would follow by itself, if it could.
  await page.route("**/api/admin/sections", (route) => route.abort());
  const section = { label: "Wiki", icon: "book-open", href: "https://example.com/wiki" };
  await site.api("POST", `${stage.origin}/api/admin/sections`, stage.ownerToken, section);
  await page.getByRole("button", { name: "Move Dashboard down" }).click();
  await page.getByText("The sections were changed elsewhere. This is how they are now.").waitFor();
  expect(await sections(page)).toContain("Wiki");
  expect((await sections(page))[0]).toBe("Dashboard");
  await context.close();
});

test("a tier's lock says what opens it, and opens when the tier rises", async () => {
  const stage = await newStage(site);
  const context = await ownersOf(stage);
  const { page, errors } = await openSettings(context, stage);
  const add = page.getByRole("button", { name: "Add a section" });
  expect(await add.isDisabled()).toBe(true);
  await page.getByText("Sapling unlocks up to 2.").waitFor();

  await asOperator(stage, { tier: "sapling" });
  await page.getByText("Sapling unlocks up to 2.").waitFor({ state: "detached" });
  for (const [label, icon] of [
    ["Wiki", "leaf"],
    ["Shop", "heart"],
  ] as const) {
    await add.click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Oak unlocks all of Lucide’s icons.").waitFor();
    await dialog.getByText("Evergreen unlocks icons of your own.").waitFor();
    await dialog.getByLabel("Label").fill(label);
    await dialog.getByLabel("Leads to").fill(`https://example.com/${label.toLowerCase()}`);
    await dialog.getByTitle(icon, { exact: true }).click();
    await dialog.getByRole("button", { name: "Add" }).click();
    await dialog.waitFor({ state: "detached" });
  }
  await page.getByText("Oak unlocks up to 10.").waitFor();
  expect(await add.isDisabled()).toBe(true);
  const wiki = sidebar(page).getByRole("link", { name: "Wiki" });
  expect(await wiki.getAttribute("href")).toBe("https://example.com/wiki");

  await asOperator(stage, { tier: "seedling" });
  await page.reload();
  await sidebar(page)
    .getByRole("link", { name: /Wiki \(locked: .*Sapling/ })
    .click();
  await page.waitForURL(/#sections$/);
  const { page: afresh } = await open(context, `${stage.origin}/admin/settings#sections`);
  await afresh.getByRole("heading", { name: "Sections" }).waitFor();
  await expect.poll(() => afresh.evaluate<number>("scrollY")).toBeGreaterThan(500);
  await page.getByRole("button", { name: "Remove Wiki" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await wiki.waitFor({ state: "detached" });
  expect(errors).toEqual([]);
  await context.close();
});

test("an oak looks through all of Lucide’s icons", async () => {
  const stage = await newStage(site);
  await asOperator(stage, { tier: "oak" });
  const context = await ownersOf(stage);
  const { page, errors } = await openSettings(context, stage);
  await page.getByRole("button", { name: "Add a section" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Label").fill("Rockets");
  await dialog.getByLabel("Leads to").fill("/tags/rockets");
  await dialog.getByRole("searchbox", { name: "Search icons" }).fill("rocket");
  await dialog.getByTitle("rocket", { exact: true }).click();
  await dialog.getByRole("button", { name: "Add" }).click();
  await sidebar(page).locator(".lucide-rocket").waitFor();
  await page.reload();
  await sidebar(page).locator(".lucide-rocket").waitFor();
  expect(errors).toEqual([]);
  await context.close();
});

test("an evergreen shows an icon of its own", async () => {
  const stage = await newStage(site);
  await asOperator(stage, { tier: "evergreen" });
  const context = await ownersOf(stage);
  const { page, errors } = await openSettings(context, stage);
  await page.getByRole("button", { name: "Add a section" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Label").fill("Herbarium");
  await dialog.getByLabel("Leads to").fill("/tags/moss");
  const upload = async (name: string, bytes: Uint8Array): Promise<void> =>
    await dialog
      .getByLabel("Image for the icon")
      .setInputFiles({ name, mimeType: "image/png", buffer: Buffer.from(bytes) });
  await upload("page.png", new TextEncoder().encode("<script>alert(1)</script>"));
  await dialog.getByRole("alert").waitFor();
  expect(errors.filter((error) => !error.includes("422"))).toEqual([]);

  await upload("leaf.png", aPng(32, 32));
  await dialog.getByTitle("Your own").waitFor();
  await dialog.getByRole("button", { name: "Add" }).click();
  const icon = sidebar(page).getByRole("link", { name: "Herbarium" }).locator("img");
  expect(await icon.getAttribute("src")).toMatch(/^\/images\/img_[\w-]+\.png$/);
  await expect.poll(() => page.evaluate<number>("document.querySelector('.sidebar img').naturalWidth")).toBe(32);
  await context.close();
});

test("the dashboard tells who is here as they come, and counts again when asked", async () => {
  const stage = await newStage(site);
  const post = await newPost(stage, "What the hazel does", "Moss. ".repeat(40), ["moss"]);
  const context = await ownersOf(stage);
  const { page, errors } = await open(context, `${stage.origin}/admin`);
  await page.getByText(/^1 visitor and \d+ page views? in the last five minutes$/).waitFor();
  const reader = await newContext(browser, stage.origin, null, { userAgent: "Somebody else's browser" });
  await open(reader, post.url);
  await page.getByText(/^2 visitors and \d+ page views in the last five minutes$/).waitFor();

  const card = (label: string): Locator => page.locator(".card").filter({ hasText: label });
  expect(await card("Words").locator("dd").innerText()).toBe("40");
  await newPost(stage, "A stool from one plank", "Wood. ".repeat(20));
  await card("Words").getByText("60").waitFor();
  await page.getByRole("button", { name: "Count again" }).click();
  await page.getByText("Updated just now").waitFor();
  await card("Posts").getByText("2", { exact: true }).waitFor();
  await card("Most used tags").getByRole("link", { name: "moss 1" }).waitFor();
  expect(errors).toEqual([]);
  await Promise.all([context.close(), reader.close()]);
});

test("pages of the menu stand in the header of public pages, and mark themselves", async () => {
  const stage = await newStage(site);
  const about = { slug: "about", title: "About us", content: "We walk.", status: "published", menuOrder: 0 };
  await site.api("POST", `${stage.origin}/api/admin/pages`, stage.ownerToken, about);
  const reader = await newContext(browser, stage.origin, null);
  const { page, errors } = await open(reader, stage.origin);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "About us" }).click();
  await page.waitForURL(`${stage.origin}/about`);
  await page.getByText("We walk.").waitFor();
  const link = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "About us" });
  expect(await link.getAttribute("aria-current")).toBe("page");
  expect(errors).toEqual([]);
  await reader.close();
});

test("a site's app is nothing for those who have no part in it, and says so", async () => {
  const stage = await newStage(site);
  const context = await newContext(browser, stage.origin, personNamed("Sam Stranger"));
  const { page } = await open(context, `${stage.origin}/admin/settings`);
  await page.getByRole("heading", { name: "You have no part in running this site" }).waitFor();
  expect(await accessibilityFindings(page)).toEqual([]);
  await context.close();
});

test("the app fits a phone, opens its menu there, and has nothing serious to find for accessibility", async () => {
  const { accessToken } = await tokenFor(site, OPERATOR);
  const subdomain = unique("phone");
  await makeTenant(site, accessToken, subdomain, "A Grove With Quite A Long Name, For A Site");
  const origin = site.origin(subdomain);
  const context = await newContext(browser, origin, OPERATOR, { viewport: { width: 360, height: 740 } });
  const { page, errors } = await open(context, `${origin}/admin`);
  for (const [name, scheme] of [
    ["Dashboard", "light"],
    ["Settings", "dark"],
    ["Analytics", "light"],
    ["Timeline", "dark"],
    ["Settings", "light"],
  ] as const) {
    await page.locator(".sidebar__toggle").click();
    await sidebar(page).getByRole("link", { name }).click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    await page.locator(".skeleton").waitFor({ state: "detached" });
    expect(await scrollsSideways(page)).toBe(false);
    await preferring(page, scheme);
    expect(await accessibilityFindings(page)).toEqual([]);
  }
  await page.getByLabel("Tier of this site").selectOption("evergreen");
  await page.getByText("Saved", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Add a section" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Upload your own" }).waitFor();
  expect(await scrollsSideways(page)).toBe(false);
  expect(await accessibilityFindings(page)).toEqual([]);
  expect(errors).toEqual([]);
  await context.close();
});
