import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, type Site, startSite } from "./harness.ts";
import { isLive, newContext, newPost, newStage, open, personNamed, read, type Stage, unique } from "./scene.ts";

let site: Site;
let browser: Browser;
let stage: Stage;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  stage = await newStage(site);
});

afterAll(async () => {
  await browser.close();
  await site.stop();
});

test("a newcomer signs in, makes a site, writes, previews, publishes and takes it back", async () => {
  const name = unique("Fern");
  const newcomer = personNamed("Nell Newcomer");
  const context = await newContext(browser, site.origin(), null);
  const { page, errors } = await open(context, `${site.origin()}/`);
  await page.getByRole("link", { name: "Sign in and start a site" }).click();
  await page.getByLabel("Name").fill(newcomer.name);
  await page.getByLabel("E-mail").fill(newcomer.email);
  await page.getByRole("button", { name: "Sign in" }).click();

  await page.getByRole("heading", { name: `Welcome, ${newcomer.name}` }).waitFor();
  await page.getByRole("link", { name: "Make your first site" }).click();
  await page.getByLabel("Name").fill(name);
  expect(await page.getByLabel("Address").inputValue()).toBe(name.toLowerCase());
  await page.getByRole("button", { name: "Make the site" }).click();

  // Another host, where the apex's word is enough to be signed in.
  const origin = site.origin(name.toLowerCase());
  await page.waitForURL(`${origin}/admin`);
  await page.getByRole("link", { name: "Write a first post" }).waitFor();
  await page.getByRole("link", { name: "Write a post" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("The first frond");
  const text = page.getByRole("textbox", { name: "Text, in Markdown" });
  await text.fill("It unrolls");
  await text.press("ControlOrMeta+a");
  await page.getByRole("button", { name: "Bold" }).click();
  expect(await text.inputValue()).toBe("**It unrolls**");
  await page.getByRole("region", { name: "Preview" }).locator("strong", { hasText: "It unrolls" }).waitFor();
  await page.getByLabel("Tags").fill("Ferns, spring");
  await page.getByRole("button", { name: "Save draft" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  const url = `${origin}/the-first-frond`;
  expect((await site.api("GET", url, null)).status).toBe(404);

  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByText("Published", { exact: true }).waitFor();
  await page.getByRole("link", { name: "View", exact: true }).click();
  await page.waitForURL(url);
  await page.getByRole("heading", { name: "The first frond", level: 1 }).waitFor();
  await page.getByRole("link", { name: "ferns", exact: true }).waitFor();
  expect((await site.api("GET", url, null)).status).toBe(200);

  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByRole("button", { name: "Unpublish" }).click();
  await page.getByText("Draft", { exact: true }).waitFor();
  expect((await site.api("GET", url, null)).status).toBe(404);
  expect(errors).toEqual([]);
  await context.close();
});

test("a site's address that is taken or malformed is refused in words", async () => {
  const context = await newContext(browser, site.origin(), personNamed("Nell Newcomer"));
  const { page } = await open(context, `${site.origin()}/sites/new`);
  await page.getByLabel("Name").fill("A second one");
  await page.getByLabel("Address").fill(stage.subdomain);
  await page.getByRole("button", { name: "Make the site" }).click();
  await page.getByText("This address is taken.").waitFor();
  await page.getByLabel("Address").fill("-x-");
  await page.getByText("A hyphen cannot be first or last.").waitFor();
  expect(await page.getByRole("button", { name: "Make the site" }).isDisabled()).toBe(true);
  await context.close();
});

describe("my posts", () => {
  test("are filtered, published, taken back and deleted after a question", async () => {
    await newPost(stage, "Stays published");
    const draft = { title: "Becomes published", content: "Soon." };
    await site.api("POST", `${stage.origin}/api/posts`, stage.ownerToken, draft);
    const context = await newContext(browser, stage.origin, stage.owner);
    const { page, errors } = await open(context, `${stage.origin}/admin/posts`);
    const row = (title: string) => page.getByRole("listitem").filter({ hasText: title });
    await row("Stays published").waitFor();
    await row("Becomes published").waitFor();

    await page.getByRole("button", { name: "Drafts" }).click();
    await row("Stays published").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Actions for Becomes published" }).click();
    await page.getByRole("menuitem", { name: "Publish" }).click();
    await page.getByText("Published.", { exact: true }).waitFor();
    await page.getByRole("button", { name: "All" }).click();
    await row("Stays published").waitFor();

    const remove = async (): Promise<void> => {
      await page.getByRole("button", { name: "Actions for Stays published" }).click();
      await page.getByRole("menuitem", { name: "Delete…" }).click();
      await page.getByRole("dialog", { name: "Delete this post?" }).waitFor();
    };
    await remove();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await row("Stays published").count()).toBe(1);
    await remove();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await row("Stays published").waitFor({ state: "detached" });
    expect(await row("Becomes published").count()).toBe(1);
    expect((await site.api("GET", `${stage.origin}/stays-published`, null)).status).toBe(404);
    expect(errors).toEqual([]);
    await context.close();
  });

  test("are closed to readers who don't write here", async () => {
    const context = await newContext(browser, stage.origin, personNamed("Nosy Reader"));
    const { page } = await open(context, `${stage.origin}/admin/posts`);
    await page.getByRole("heading", { name: "You have no part in running this site" }).waitFor();
    expect(await page.getByRole("listitem").count()).toBe(0);
    await context.close();
  });
});

test("a post that was changed in two tabs asks which version stays", async () => {
  const post = await newPost(stage, "Contested", "The beginning.");
  const context = await newContext(browser, stage.origin, stage.owner);
  const editor = `${stage.origin}/admin/posts/${post.id}`;
  const [one, two] = await Promise.all([open(context, editor), open(context, editor)]);
  const write = async ({ page }: typeof one, content: string): Promise<void> => {
    await page.getByRole("textbox", { name: "Text, in Markdown" }).fill(content);
    await page.getByText("Not saved").waitFor();
    await page.keyboard.press("ControlOrMeta+s");
  };
  await write(one, "From one.");
  await one.page.getByText("Saved", { exact: true }).waitFor();
  await write(two, "From two.");
  const dialog = two.page.getByRole("dialog", { name: "This post was changed elsewhere" });
  expect(await dialog.getByRole("region", { name: "Yours: text" }).textContent()).toBe("From two.");
  expect(await dialog.getByRole("region", { name: "On the server: text" }).textContent()).toBe("From one.");
  expect(await dialog.locator("mark").allTextContents()).toEqual(["two", "one"]);
  await dialog.getByRole("button", { name: "Keep mine" }).click();
  await two.page.getByText("Saved", { exact: true }).waitFor();
  expect((await site.api("GET", post.url, null)).body).toContain("From two.");

  await write(one, "From one again.");
  await one.page.getByRole("dialog").getByRole("button", { name: "Take theirs" }).click();
  expect(await one.page.getByRole("textbox", { name: "Text, in Markdown" }).inputValue()).toBe("From two.");
  await one.page.getByText("Saved", { exact: true }).waitFor();
  await context.close();
});

test("a reader is told when the post changes under them, and when it is taken back", async () => {
  const post = await newPost(stage, "Changing", "The first wording.");
  const [readers, writers] = await Promise.all([
    newContext(browser, stage.origin, personNamed("Rita Reader")),
    newContext(browser, stage.origin, stage.owner),
  ]);
  const reader = await read(readers, post.url);
  const { page } = await open(writers, `${stage.origin}/admin/posts/${post.id}`);
  await page.getByRole("textbox", { name: "Text, in Markdown" }).fill("A better wording.");
  await page.getByRole("button", { name: "Save changes" }).click();
  await reader.page.getByText("This post was changed while you were reading.").waitFor();
  await reader.page.getByRole("button", { name: "Show the new version" }).click();
  await reader.page.getByText("A better wording.").waitFor();
  await isLive(reader.page);

  await page.getByRole("button", { name: "Unpublish" }).click();
  await reader.page.getByText("Live updates have stopped.").waitFor();
  expect(reader.errors).toEqual([]);
  await Promise.all([readers.close(), writers.close()]);
});
