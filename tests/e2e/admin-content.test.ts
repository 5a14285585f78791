import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessibilityFindings, launchBrowser, scrollsSideways, type Site, startSite, tokenFor } from "./harness.ts";
import { pngOf } from "./pictures.ts";
import { newContext, newPost, newStage, open, personNamed, preferring, type Stage } from "./scene.ts";

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
});

afterAll(async () => {
  await browser.close();
  await site.stop();
});

const MOSS = { name: "moss-in-march.png", mimeType: "image/png", buffer: pngOf(64, 48, [90, 130, 90]) };

/** A request of the stage's owner that must succeed. */
async function asOwner<T>({ origin, ownerToken }: Stage, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await site.api(method, origin + path, ownerToken, body);
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body}`);
  return (answer.body === "" ? undefined : JSON.parse(answer.body)) as T;
}

async function statusOf(url: string): Promise<number> {
  return (await site.api("GET", url, null)).status;
}

async function ownersBrowser(stage: Stage): Promise<BrowserContext> {
  return await newContext(browser, stage.origin, stage.owner);
}

describe("images", () => {
  test("are uploaded several at once, each with its own fate, and shown with what they are", async () => {
    const stage = await newStage(site);
    const context = await ownersBrowser(stage);
    const { page, errors } = await open(context, `${stage.origin}/admin/images`);
    await page.getByText("No images yet").waitFor();
    await page
      .getByLabel("Images to upload")
      .setInputFiles([
        MOSS,
        { name: "page.png", mimeType: "image/png", buffer: Buffer.from("<html><script>alert(1)</script></html>") },
        { name: "huge.png", mimeType: "image/png", buffer: Buffer.alloc(3 * 1024 * 1024) },
      ]);
    const card = page.getByRole("listitem").filter({ hasText: MOSS.name });
    await card.getByText("64 × 48").waitFor();
    const uploads = page.getByRole("list", { name: "Uploads" }).getByRole("listitem");
    expect(await uploads.filter({ hasText: "huge.png" }).textContent()).toContain("Sapling allows it.");
    await uploads.filter({ hasText: "page.png" }).getByRole("alert").waitFor();
    expect(await uploads.count()).toBe(2);
    await expect.poll(() => widthOf(page, ".image img")).toBe(64);

    await page.getByRole("button", { name: "Dismiss huge.png" }).click();
    await page.reload();
    await card.waitFor();
    expect(errors.filter((error) => !error.includes("422"))).toEqual([]);
    await context.close();
  });

  test("are dropped into a post, seen by its readers, and not deleted without a word of where they are shown", async () => {
    const stage = await newStage(site);
    const context = await ownersBrowser(stage);
    const { page, errors } = await open(context, `${stage.origin}/admin/posts/new`);
    await page.getByRole("textbox", { name: "Title" }).fill("A walk in March");
    const text = page.getByRole("textbox", { name: "Text, in Markdown" });
    await text.fill("Look:\n\n");
    await dropOn(page, MOSS);
    await expectValue(page, /^Look:\n\n!\[moss in march\]\(\/images\/img_[\w-]+\.png\)$/);
    await page.getByRole("region", { name: "Preview" }).getByRole("img", { name: "moss in march" }).waitFor();
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();

    const reader = await newContext(browser, stage.origin, null);
    const reading = await open(reader, `${stage.origin}/a-walk-in-march`);
    const seen = reading.page.getByRole("img", { name: "moss in march" });
    await seen.scrollIntoViewIfNeeded();
    await expect.poll(() => widthOf(reading.page, ".prose img")).toBe(64);

    await page.goto(`${stage.origin}/admin/images`);
    await page.getByRole("button", { name: `Delete ${MOSS.name}…` }).click();
    const dialog = page.getByRole("dialog", { name: "Delete this image?" });
    await dialog.getByRole("link", { name: "A walk in March" }).waitFor();
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("No images yet").waitFor();
    expect(errors).toEqual([]);
    expect(reading.errors).toEqual([]);
    await Promise.all([context.close(), reader.close()]);
  });

  test("that could not be uploaded leave nothing in the text but the words for it", async () => {
    const stage = await newStage(site);
    const context = await ownersBrowser(stage);
    const { page } = await open(context, `${stage.origin}/admin/posts/new`);
    await page.route("**/api/admin/images", (route) => route.abort());
    await page.getByRole("textbox", { name: "Text, in Markdown" }).fill("Look: ");
    await page.getByLabel("Images to insert").setInputFiles(MOSS);
    await page.getByRole("alert").filter({ hasText: "could not be reached" }).waitFor();
    expect(await page.getByRole("textbox", { name: "Text, in Markdown" }).inputValue()).toBe("Look: ");
    await context.close();
  });

  test("give their Markdown and address to the clipboard", async () => {
    const stage = await newStage(site);
    const context = await ownersBrowser(stage);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const { page } = await open(context, `${stage.origin}/admin/images`);
    await page.getByLabel("Images to upload").setInputFiles(MOSS);
    await page.getByRole("button", { name: `Copy Markdown of ${MOSS.name}` }).click();
    await page.getByText("Markdown copied.").waitFor();
    const pasted = await page.evaluate("navigator.clipboard.readText()");
    expect(pasted).toMatch(/^!\[moss in march\]\(\/images\/img_[\w-]+\.png\)$/);
    await context.close();
  });
});

/** How wide an image is by itself, in pixels; 0 before it is there. */
function widthOf(page: Page, selector: string): Promise<number> {
  return page.evaluate<number>(`document.querySelector(${JSON.stringify(selector)}).naturalWidth`);
}

/** Drops a file on the Markdown field, as from another window. */
async function dropOn(page: Page, { name, mimeType, buffer }: typeof MOSS): Promise<void> {
  const file = JSON.stringify({ name, type: mimeType, bytes: [...buffer] });
  const dataTransfer = await page.evaluateHandle(`(({ name, type, bytes }) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
    return transfer;
  })(${file})`);
  await page.getByRole("textbox", { name: "Text, in Markdown" }).dispatchEvent("drop", { dataTransfer });
}

/** Waits until the Markdown field says something. */
async function expectValue(page: Page, pattern: RegExp): Promise<void> {
  await expect.poll(() => page.getByRole("textbox", { name: "Text, in Markdown" }).inputValue()).toMatch(pattern);
}

describe("pages", () => {
  test("are written, published into the menu, and moved in it", async () => {
    const stage = await newStage(site);
    const context = await ownersBrowser(stage);
    const { page, errors } = await open(context, `${stage.origin}/admin/pages`);
    await page.getByText("No pages yet").waitFor();
    for (const [title, text] of [
      ["About us", "We write of **moss**."],
      ["Contact", "By letter."],
    ] as const) {
      await page.goto(`${stage.origin}/admin/pages/new`);
      await page.getByRole("textbox", { name: "Title" }).fill(title);
      await page.getByRole("textbox", { name: "Text, in Markdown" }).fill(text);
      await page.getByRole("button", { name: "Publish" }).click();
      await page.getByText("Saved", { exact: true }).waitFor();
    }
    const reader = await newContext(browser, stage.origin, null);
    const { page: front } = await open(reader, `${stage.origin}/`);
    const menu = front.getByRole("navigation", { name: "Pages" }).getByRole("link");
    expect(await menu.allTextContents()).toEqual(["About us", "Contact"]);
    await menu.first().click();
    await front.locator("strong", { hasText: "moss" }).waitFor();

    await page.goto(`${stage.origin}/admin/pages`);
    const up = page.getByRole("button", { name: "Move Contact up in the menu" });
    await up.click();
    await page.getByText("Menu 1", { exact: true }).waitFor();
    await page.locator(".rows[aria-busy=false]").waitFor();
    expect(await up.isDisabled()).toBe(true);
    await front.reload();
    expect(await menu.allTextContents()).toEqual(["Contact", "About us"]);

    await page.getByRole("button", { name: "Actions for Contact" }).click();
    await page.getByRole("menuitem", { name: "Back to draft" }).click();
    await page.getByText("Back to draft.").waitFor();
    expect(await statusOf(`${stage.origin}/contact`)).toBe(404);
    await front.reload();
    expect(await menu.allTextContents()).toEqual(["About us"]);
    expect(errors).toEqual([]);
    await Promise.all([context.close(), reader.close()]);
  });

  test("that were changed in two tabs ask which version stays, and can keep both", async () => {
    const stage = await newStage(site);
    const made = await asOwner<{ id: string }>(stage, "POST", "/api/admin/pages", {
      slug: "about",
      title: "About",
      content: "The beginning.",
      status: "published",
    });
    const context = await ownersBrowser(stage);
    const editor = `${stage.origin}/admin/pages/${made.id}`;
    const [one, two] = await Promise.all([open(context, editor), open(context, editor)]);
    const write = async ({ page }: typeof one, content: string): Promise<void> => {
      await page.getByRole("textbox", { name: "Text, in Markdown" }).fill(content);
      await page.keyboard.press("ControlOrMeta+s");
    };
    await write(one, "From one.");
    await one.page.getByText("Saved", { exact: true }).waitFor();
    await write(two, "From two.");
    const dialog = two.page.getByRole("dialog", { name: "This page was changed elsewhere" });
    await dialog.getByRole("button", { name: "Only what differs" }).click();
    expect(await dialog.locator("mark").allTextContents()).toEqual(["two", "one"]);
    await dialog.getByRole("button", { name: "Keep both" }).click();
    await expectValue(two.page, /^From one\.\n\n---\n\nFrom two\.$/);
    await two.page.getByRole("button", { name: "Save changes" }).click();
    await two.page.getByText("Saved", { exact: true }).waitFor();
    expect((await site.api("GET", `${stage.origin}/about`, null)).body).toContain("From two.");
    await context.close();
  });

  test("beyond what the tier has are refused with what would allow them", async () => {
    const stage = await newStage(site);
    for (let number = 1; number <= 5; number += 1) {
      await asOwner(stage, "POST", "/api/admin/pages", { slug: `page-${number}`, title: `Page ${number}` });
    }
    const context = await ownersBrowser(stage);
    const { page } = await open(context, `${stage.origin}/admin/pages/new`);
    await page.getByRole("textbox", { name: "Title" }).fill("One too many");
    await page.getByRole("button", { name: "Save draft" }).click();
    const problem = page.getByText(/at most 5/);
    await problem.waitFor();
    expect(await problem.textContent()).toContain("Sapling has more.");
    await context.close();
  });
});

describe("trails", () => {
  test("are laid, walked, and shown to readers once the site shows them", async () => {
    const stage = await newStage(site);
    await asOwner(stage, "PUT", "/api/admin/sections/trails", { enabled: false });
    const context = await ownersBrowser(stage);
    const { page, errors } = await open(context, `${stage.origin}/admin/trails`);
    await page.getByText("Readers don’t see trails while their section is hidden.").waitFor();
    await page.getByRole("button", { name: "New trail" }).click();
    await page.getByLabel("Title").fill("The garden year");
    await page.getByRole("button", { name: "Make the trail" }).click();
    await page.waitForURL(`${stage.origin}/admin/trails/the-garden-year`);
    for (const title of ["Clear the bed", "Plant the hazels"]) {
      await page.getByRole("button", { name: "Add a waypoint" }).click();
      await page.getByRole("dialog").getByLabel("Title").fill(title);
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
      await page.getByRole("listitem").filter({ hasText: title }).waitFor();
    }
    await page.getByLabel("Status of Clear the bed").selectOption("Complete");
    await page.getByText("1 of 2 complete").waitFor();
    await page.getByRole("button", { name: "Move Plant the hazels up" }).click();
    await page.getByText("Saving…").waitFor({ state: "detached" });
    expect(await page.locator(".waypoint .row__title").allTextContents()).toEqual([
      "Plant the hazels",
      "Clear the bed",
    ]);
    await page.reload();
    await page.getByText("1 of 2 complete").waitFor();
    expect(await page.locator(".waypoint .row__title").allTextContents()).toEqual([
      "Plant the hazels",
      "Clear the bed",
    ]);

    expect(await statusOf(`${stage.origin}/trails`)).toBe(404);
    await asOwner(stage, "PUT", "/api/admin/sections/trails", { enabled: true });
    const reader = await newContext(browser, stage.origin, null, { javaScriptEnabled: false });
    const { page: read } = await open(reader, `${stage.origin}/trails`);
    await read.getByRole("link", { name: "The garden year" }).click();
    const stops = read.getByRole("listitem");
    expect(await stops.filter({ hasText: "Clear the bed" }).textContent()).toContain("Complete");
    expect(await stops.filter({ hasText: "Plant the hazels" }).textContent()).toContain("Planned");
    expect(errors).toEqual([]);
    await Promise.all([context.close(), reader.close()]);
  });

  test("show a status at once, and take it back when the server does not take it", async () => {
    const stage = await newStage(site);
    await asOwner(stage, "PUT", "/api/admin/trails/plan", { title: "Plan", waypoints: [{ title: "Begin" }] });
    const context = await ownersBrowser(stage);
    const { page } = await open(context, `${stage.origin}/admin/trails/plan`);
    const status = page.getByLabel("Status of Begin");
    await status.waitFor();
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      void page.route("**/waypoints/*", async (route) => {
        resolve();
        await new Promise<void>((go) => (answer = go));
        await route.abort();
      });
    });
    await status.selectOption("In progress");
    await asked;
    expect(await status.inputValue()).toBe("in_progress");
    answer();
    await page.getByText("That was taken back.").waitFor();
    expect(await status.inputValue()).toBe("planned");
    await context.close();
  });
});

describe("members", () => {
  test("come by a link that works once, and are at once what they were invited to be", async () => {
    const stage = await newStage(site);
    const context = await ownersBrowser(stage);
    const { page, errors } = await open(context, `${stage.origin}/admin/members`);
    await page.getByText("The only owner stays").waitFor();
    expect(await page.getByLabel(`Role of ${stage.owner.name}`).isDisabled()).toBe(true);
    await page.getByLabel("As").selectOption("Author");
    await page.getByLabel("For").fill("Wen");
    await page.getByRole("button", { name: "Make a link" }).click();
    const link = await page.getByLabel("Link of the invitation").inputValue();

    // They come as a stranger, sign in, and are back where they were.
    const wen = personNamed("Wen Li");
    const theirs = await newContext(browser, site.origin(), null);
    const { page: other } = await open(theirs, link);
    await other.getByRole("heading", { name: "Become an author of The Understory Times" }).waitFor();
    await other.getByRole("link", { name: "Sign in to accept" }).click();
    await other.getByLabel("Name").fill(wen.name);
    await other.getByLabel("E-mail").fill(wen.email);
    await other.getByRole("button", { name: "Sign in" }).click();
    await other.getByRole("button", { name: `Accept as ${wen.name}` }).click();
    await other.waitForURL(`${stage.origin}/admin/posts`);
    await other.getByRole("link", { name: "Write a post" }).waitFor();

    await page.reload();
    const row = page.getByRole("list", { name: "Members" }).getByRole("listitem").filter({ hasText: wen.name });
    await row.waitFor();
    await page.getByText("No invitation is open.").waitFor();
    await page.getByLabel(`Role of ${wen.name}`).selectOption("Editor");
    await page.getByText("Wen Li is editor now.").waitFor();
    await other.goto(`${stage.origin}/admin/pages`);
    await other.getByRole("link", { name: "New page" }).waitFor();

    // Somebody else comes too late.
    const late = await newContext(browser, stage.origin, personNamed("Lee Late"));
    const { page: tooLate } = await open(late, link);
    await tooLate.getByRole("heading", { name: "This invitation is no longer good" }).waitFor();

    await page.getByRole("button", { name: "Remove… Wen Li" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await row.waitFor({ state: "detached" });
    await other.goto(`${stage.origin}/admin/posts`);
    await other.getByRole("link", { name: "Write a post" }).waitFor({ state: "detached" });
    expect(errors).toEqual([]);
    await Promise.all([context, theirs, late].map((opened) => opened.close()));
  });

  test("are not made by a link that was taken back, or that nobody has given out", async () => {
    const stage = await newStage(site);
    const context = await ownersBrowser(stage);
    const { page } = await open(context, `${stage.origin}/admin/members`);
    await page.getByRole("button", { name: "Make a link" }).click();
    const link = await page.getByLabel("Link of the invitation").inputValue();
    await page.getByRole("button", { name: /^Take back the invitation/ }).click();
    await page.getByText("No invitation is open.").waitFor();
    expect(await page.getByLabel("Link of the invitation").count()).toBe(0);
    expect(await statusOf(link)).toBeGreaterThanOrEqual(404);
    expect(await statusOf(`${stage.origin}/invitations/nonsense`)).toBe(404);
    await context.close();
  });

  test("that are owners can leave when there is another", async () => {
    const stage = await newStage(site);
    const second = personNamed("Sam Second");
    const { url } = await asOwner<{ url: string }>(stage, "POST", "/api/admin/invitations", { role: "editor" });
    const { accessToken, userId } = await tokenFor(site, second);
    const accept = `${stage.origin}/api/invitations/${url.split("/").at(-1)}/accept`;
    expect((await site.api("POST", accept, accessToken)).status).toBe(200);
    await asOwner(stage, "PATCH", `/api/admin/members/${userId}`, { role: "owner" });
    const context = await ownersBrowser(stage);
    const { page } = await open(context, `${stage.origin}/admin/members`);
    await page.getByRole("button", { name: "Leave… this site" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
    await page.waitForURL(`${stage.origin}/`);
    await page.goto(`${stage.origin}/admin/members`);
    await page.getByRole("heading", { name: "Members" }).waitFor({ state: "detached" });
    await context.close();
  });
});

test("the pages fit a phone and have nothing serious to find for accessibility", async () => {
  const stage = await newStage(site);
  const post = await newPost(stage, "A post");
  await asOwner(stage, "POST", "/api/admin/pages", {
    slug: "about",
    title: "About",
    status: "published",
    menuOrder: 0,
  });
  await asOwner(stage, "PUT", "/api/admin/trails/plan", {
    title: "A plan with a title that takes more than one line on a phone",
    waypoints: [
      { title: "Begin", status: "complete", links: [{ label: "Where", href: "https://example.com/" }] },
      { title: "Unbroken".repeat(14), status: "in_progress" },
      { title: "End", status: "deferred" },
    ],
  });
  const { url } = await asOwner<{ url: string }>(stage, "POST", "/api/admin/invitations", { role: "editor" });
  const viewport = { width: 360, height: 740 };
  const context = await newContext(browser, stage.origin, stage.owner, { viewport });
  const { page, errors } = await open(context, `${stage.origin}/admin/images`);
  await page.getByLabel("Images to upload").setInputFiles(MOSS);
  await page.getByText("64 × 48").waitFor();
  for (const [path, shown] of [
    ["/admin/images", "64 × 48"],
    ["/admin/pages", "Menu 1"],
    ["/admin/pages/new", "Not saved"],
    ["/admin/posts/new", "Not saved"],
    [`/admin/posts/${post.id}`, "Saved"],
    ["/admin/trails", "1 of 3 complete"],
    ["/admin/trails/plan", "1 of 3 complete"],
    ["/admin/members", "Open invitations"],
    ["/trails", "1 of 3 complete"],
    ["/trails/plan", "In progress"],
    [new URL(url).pathname, "Become an editor"],
  ] as const) {
    await page.goto(stage.origin + path);
    await page.getByText(shown).first().waitFor();
    for (const scheme of ["light", "dark"] as const) {
      await preferring(page, scheme);
      expect([path, scheme, await accessibilityFindings(page)]).toEqual([path, scheme, []]);
    }
    expect([path, await scrollsSideways(page)]).toEqual([path, false]);
  }
  await page.goto(`${stage.origin}/admin/trails/plan`);
  await page.getByRole("button", { name: "Edit Begin" }).click();
  await page.getByRole("dialog").waitFor();
  expect(await accessibilityFindings(page)).toEqual([]);
  expect(await scrollsSideways(page)).toBe(false);
  expect(errors).toEqual([]);
  await context.close();
});
