import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessibilityFindings, launchBrowser, scrollsSideways, type Site, startSite, tokenFor } from "./harness.ts";
import { newContext, newPost, newStage, open, personNamed, type Stage } from "./scene.ts";

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
});

afterAll(async () => {
  await browser.close();
  await site.stop();
});

const PHONE = { viewport: { width: 360, height: 740 } };

/** A post with its owner's browsers. */
async function begin() {
  const stage = await newStage(site);
  const post = await newPost(stage, "Contested", "The beginning.");
  const editor = `${stage.origin}/admin/posts/${post.id}`;
  const contexts: BrowserContext[] = [];
  const edit = async (options = {}): Promise<Page> => {
    const context = await newContext(browser, stage.origin, stage.owner, options);
    contexts.push(context);
    return await openEditor(context, editor);
  };
  const end = async () => void (await Promise.all(contexts.map((context) => context.close())));
  return { stage, post, editor, edit, end };
}

async function openEditor(context: BrowserContext, url: string): Promise<Page> {
  const { page } = await open(context, url);
  await textField(page).waitFor();
  return page;
}

function textField(page: Page) {
  return page.getByRole("textbox", { name: "Text, in Markdown" });
}

/** Writes, and has the page believe that it is being left, which saves the draft at once. */
async function writeAndLeave(page: Page, text: string): Promise<void> {
  await textField(page).fill(text);
  await page.evaluate("dispatchEvent(new Event('pagehide'))");
}

/**
 * Lets no draft of a page reach the server, until its session says that it is connected. It is done in the page itself:
 * what a page sends while it is left comes to nobody else's ears.
 */
async function cutOff(page: Page): Promise<void> {
  await page.addInitScript(`{
    const connected = window.fetch;
    window.fetch = (url, init) =>
      init?.method === "PUT" && sessionStorage.getItem("connected") === null
        ? Promise.reject(new TypeError("cut off"))
        : connected(url, init);
  }`);
  await page.reload();
  await textField(page).waitFor();
}

async function draftsOf({ origin, ownerToken }: Stage): Promise<{ slug: string; revision: number }[]> {
  const { body } = await site.api("GET", `${origin}/api/admin/drafts`, ownerToken);
  return (JSON.parse(body) as { drafts: { slug: string; revision: number }[] }).drafts;
}

async function contentOf({ origin, ownerToken }: Stage, slug: string): Promise<string> {
  const { body } = await site.api("GET", `${origin}/api/admin/drafts/${slug}`, ownerToken);
  return (JSON.parse(body) as { content: string }).content;
}

describe("what is typed", () => {
  test("without the server survives a reload, and reaches it when it is back", async () => {
    const { stage, post, edit, end } = await begin();
    const page = await edit();
    await cutOff(page);
    await writeAndLeave(page, "Written on the train.");
    await page.getByText(/Not saved yet, kept on this device\. The server could not be reached/).waitFor();
    await page.reload();
    await page.getByText("Here it is as you left it.").waitFor();
    expect(await textField(page).inputValue()).toBe("Written on the train.");
    expect(await draftsOf(stage)).toEqual([]);

    await page.evaluate("sessionStorage.setItem('connected', 'yes'); dispatchEvent(new Event('online'))");
    await page.getByText("Changes kept as a draft").waitFor();
    expect(await contentOf(stage, post.slug)).toBe("Written on the train.");
    await end();
  });

  test("is saved as often as the site wants it, and is no draft any more once the post has it", async () => {
    const { stage, post, edit, end } = await begin();
    const wanted = { editorPreferences: { autoSaveInterval: 5 } };
    expect((await site.api("PUT", `${stage.origin}/api/admin/config`, stage.ownerToken, wanted)).status).toBe(200);
    const page = await edit();
    await textField(page).fill("More.");
    await page.getByText("Not saved yet, kept on this device").waitFor();
    await page.getByText("Changes kept as a draft").waitFor();
    expect((await site.api("GET", post.url, null)).body).toContain("The beginning.");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    await expect.poll(() => draftsOf(stage)).toEqual([]);
    await page.reload();
    await textField(page).waitFor();
    expect(await page.getByText(/draft from|as you left it/).count()).toBe(0);
    await end();
  });

  test("of a new post is there on another device, and becomes the post", async () => {
    const { stage, edit, end } = await begin();
    const [laptop, phone] = [await edit(), await edit(PHONE)];
    await laptop.goto(`${stage.origin}/admin/posts/new`);
    await laptop.getByRole("textbox", { name: "Title" }).fill("The first frond");
    await writeAndLeave(laptop, "It unrolls.");
    await laptop.getByText("Draft saved").waitFor();

    await phone.goto(`${stage.origin}/admin/posts/new`);
    await phone.getByText(/There is an unsaved draft from Chrome/).waitFor();
    await phone.getByRole("button", { name: "Compare" }).click();
    const dialog = phone.getByRole("dialog", { name: "What the draft changes" });
    expect(await accessibilityFindings(phone)).toEqual([]);
    expect(await scrollsSideways(phone)).toBe(false);
    await dialog.getByRole("button", { name: "Continue with it" }).click();
    expect(await textField(phone).inputValue()).toBe("It unrolls.");
    await phone.getByRole("button", { name: "Publish" }).click();
    await phone.getByText("Saved", { exact: true }).waitFor();
    expect((await site.api("GET", `${stage.origin}/the-first-frond`, null)).status).toBe(200);
    await expect.poll(() => draftsOf(stage)).toEqual([]);
    await end();
  });

  test("by an author stays on the device, without a complaint", async () => {
    const stage = await newStage(site);
    const author = personNamed("Ann Author");
    const invited = await site.api("POST", `${stage.origin}/api/admin/invitations`, stage.ownerToken, {
      role: "author",
    });
    const { url } = JSON.parse(invited.body) as { url: string };
    const { accessToken } = await tokenFor(site, author);
    await site.api("POST", url.replace("/invitations/", "/api/invitations/").concat("/accept"), accessToken);
    const context = await newContext(browser, stage.origin, author);
    const { page, errors } = await open(context, `${stage.origin}/admin/posts/new`);
    await page.getByRole("textbox", { name: "Title" }).fill("Mine");
    await writeAndLeave(page, "Only here.");
    await page.getByText("Not saved yet, kept on this device").waitFor();
    await page.reload();
    await page.getByText("Here it is as you left it.").waitFor();
    expect(await textField(page).inputValue()).toBe("Only here.");
    expect(await draftsOf(stage)).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });

  test("is gone from the browser with whoever signs out", async () => {
    const { edit, end } = await begin();
    const page = await edit();
    await textField(page).fill("Private thoughts.");
    await page.getByText("Not saved yet, kept on this device").waitFor();
    const kept = () => page.evaluate<number>("Object.keys(localStorage).length");
    expect(await kept()).toBe(1);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("link", { name: "Sign in", exact: true }).waitFor();
    expect(await kept()).toBe(0);
    await end();
  });
});

describe("a draft that two browsers have changed", () => {
  async function contested() {
    const begun = await begin();
    const [laptop, phone] = [await begun.edit(), await begun.edit(PHONE)];
    await writeAndLeave(phone, "From the phone.");
    await phone.getByText("Changes kept as a draft").waitFor();
    await writeAndLeave(laptop, "From the laptop.");
    await laptop.getByText(/This draft was changed on Chrome/).waitFor();
    return { ...begun, laptop, phone };
  }

  async function decide(page: Page, choice: string): Promise<void> {
    await page.getByRole("button", { name: "Compare and decide" }).click();
    const dialog = page.getByRole("dialog", { name: "This draft was changed elsewhere" });
    expect(await dialog.locator("mark").allTextContents()).toEqual(["laptop", "phone"]);
    await dialog.getByRole("button", { name: choice }).click();
  }

  test.each([
    ["Keep mine", "From the laptop."],
    ["Take theirs", "From the phone."],
    ["Keep both", "From the phone.\n\n---\n\nFrom the laptop."],
  ])("stays as it is until somebody chooses: %s", async (choice, expected) => {
    const { stage, post, laptop, end } = await contested();
    expect(await contentOf(stage, post.slug)).toBe("From the phone.");
    await decide(laptop, choice);
    await laptop.getByText("Changes kept as a draft").waitFor();
    expect(await textField(laptop).inputValue()).toBe(expected);
    expect(await contentOf(stage, post.slug)).toBe(expected);
    await end();
  });

  test("can be decided later, also after a reload: nothing of either is lost", async () => {
    const { stage, post, laptop, end } = await contested();
    await decide(laptop, "Decide later");
    await textField(laptop).fill("From the laptop, still.");
    await laptop.reload();
    const dialog = laptop.getByRole("dialog", { name: "This draft was changed elsewhere" });
    await dialog.waitFor();
    expect(await accessibilityFindings(laptop)).toEqual([]);
    expect(await contentOf(stage, post.slug)).toBe("From the phone.");
    await dialog.getByRole("button", { name: "Keep mine" }).click();
    await laptop.getByText("Changes kept as a draft").waitFor();
    expect(await contentOf(stage, post.slug)).toBe("From the laptop, still.");
    await end();
  });
});

test("the editor begins with nothing around the text where the site wants it so, and shows the rest when asked", async () => {
  const { stage, edit, end } = await begin();
  const wanted = { editorPreferences: { zenMode: true } };
  expect((await site.api("PUT", `${stage.origin}/api/admin/config`, stage.ownerToken, wanted)).status).toBe(200);
  const page = await edit();
  const address = page.getByLabel("Address");
  const zen = page.getByRole("button", { name: "Zen mode" });
  expect([await zen.getAttribute("aria-pressed"), await address.isVisible()]).toEqual(["true", false]);
  expect(await accessibilityFindings(page)).toEqual([]);
  await textField(page).press("Escape");
  await address.waitFor();
  expect(await zen.getAttribute("aria-pressed")).toBe("false");
  await zen.click();
  await address.waitFor({ state: "hidden" });
  await end();
});

test("two tabs of one browser never write over each other's text", async () => {
  const { stage, editor, end } = await begin();
  const context = await newContext(browser, stage.origin, stage.owner);
  const [one, two] = [await openEditor(context, editor), await openEditor(context, editor)];
  await Promise.all([one, two].map(cutOff));
  await textField(one).fill("From one.");
  await textField(two).fill("From two.");
  await Promise.all([one.reload(), two.reload()]);
  for (const [page, text] of [
    [one, "From one."],
    [two, "From two."],
  ] as const) {
    await page.getByText("Here it is as you left it.").waitFor();
    expect(await textField(page).inputValue()).toBe(text);
  }
  // What a closed tab has left is taken over by the next one that opens the post.
  await two.close();
  const three = await openEditor(context, editor);
  await three.getByText("Here it is as you left it.").waitFor();
  expect(await textField(three).inputValue()).toBe("From two.");
  await context.close();
  await end();
});
