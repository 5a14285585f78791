import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, type Site, startSite, tokenFor } from "./harness.ts";
import {
  addComment,
  isLive,
  newContext,
  newPost,
  newStage,
  nothingPending,
  open,
  personNamed,
  read,
  type Stage,
} from "./scene.ts";

const ADA = personNamed("Ada Ash");
const BEN = personNamed("Ben Beech");

let site: Site;
let browser: Browser;
let stage: Stage;
let adas: BrowserContext;
let bens: BrowserContext;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  stage = await newStage(site);
  adas = await newContext(browser, stage.origin, ADA);
  bens = await newContext(browser, stage.origin, BEN);
});

afterAll(async () => {
  await browser.close();
  await site.stop();
});

/** A new post, open in Ada's browser and in Ben's. */
async function bothRead(title: string) {
  const post = await newPost(stage, title);
  const [ada, ben] = await Promise.all([read(adas, post.url), read(bens, post.url)]);
  return { post, ada, ben };
}

describe("two readers of one post", () => {
  test("see each other's reactions, each with their own state", async () => {
    const { ada, ben } = await bothRead("Reactions");
    await ada.reaction("Like", 0, false).click();
    await ada.reaction("Like", 1, true).waitFor();
    await ben.reaction("Like", 1, false).click();
    await ben.reaction("Like", 2, true).waitFor();
    await ada.reaction("Like", 2, true).click();
    await ada.reaction("Like", 1, false).waitFor();
    await ben.reaction("Like", 1, true).waitFor();

    await Promise.all([ada.page.reload(), ben.page.reload()]);
    await ada.reaction("Like", 1, false).waitFor();
    await ben.reaction("Like", 1, true).waitFor();
    expect([...ada.errors, ...ben.errors]).toEqual([]);
  });

  test("see their own comment at once and the other's behind a count", async () => {
    const { ada, ben } = await bothRead("Comments");
    await ada.say("First from Ada");
    await nothingPending(ada.page);
    const announced = ben.page.getByRole("button", { name: "1 new comment", exact: true });
    await announced.waitFor();
    expect(await ben.comment("First from Ada").count()).toBe(0);
    await announced.click();
    await ben.comment("First from Ada").waitFor();
    await announced.waitFor({ state: "detached" });
    for (const { page } of [ada, ben]) await page.getByRole("heading", { name: "Discussion 1" }).waitFor();
    expect(await ada.page.locator(".arrivals button").count()).toBe(0);
    expect([...ada.errors, ...ben.errors]).toEqual([]);
  });

  test("reply, edit and delete, and a comment with replies leaves a tombstone", async () => {
    const { ada, ben } = await bothRead("Threads");
    await ada.say("A claim");
    await ben.reveal(1);

    await ben.page.getByRole("button", { name: `Reply: comment by ${ADA.name}` }).click();
    await ben.page.getByRole("textbox", { name: `Your reply to ${ADA.name}` }).fill("A doubt");
    await ben.page.getByRole("button", { name: "Reply", exact: true }).click();
    await ben.comment("A doubt").waitFor();
    await ada.reveal(1);
    await ada.page.locator('.comment[data-depth="1"]').getByText("A doubt").waitFor();

    await ada.page.getByRole("button", { name: `Edit: comment by ${ADA.name}` }).click();
    const editor = ada.page.locator(".comments").getByRole("textbox", { name: "Your comment" });
    expect(await editor.inputValue()).toBe("A claim");
    await editor.fill("A better claim");
    await ada.page.getByRole("button", { name: "Save", exact: true }).click();
    for (const reader of [ada, ben]) {
      await reader.comment("A better claim").waitFor();
      await reader.page.getByText("edited", { exact: true }).waitFor();
    }

    await ada.page.getByRole("button", { name: `Delete: comment by ${ADA.name}` }).click();
    await ada.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    for (const reader of [ada, ben]) {
      await reader.comment("This comment was deleted.").waitFor();
      await reader.comment("A doubt").waitFor();
      expect(await reader.comment("A better claim").count()).toBe(0);
    }
    expect([...ada.errors, ...ben.errors]).toEqual([]);
  });

  test("see each other typing until the comment is there", async () => {
    const { ada, ben } = await bothRead("Typing");
    const line = ada.page.getByText(`${BEN.name} is typing…`);
    await ben.page.getByRole("textbox", { name: "Your comment" }).pressSequentially("Hm");
    await line.waitFor();
    await ben.say("Hm, I see");
    await line.waitFor({ state: "detached" });
    expect(await ben.page.getByText("is typing").count()).toBe(0);
  });

  test("are counted as they come and go, strangers included", async () => {
    const { post, ada, ben } = await bothRead("Presence");
    await Promise.all([ada.readers(2), ben.readers(2)]);
    const secondTab = await read(adas, post.url);
    await secondTab.readers(2);
    const strangers = await newContext(browser, stage.origin, null);
    const stranger = await open(strangers, post.url);
    for (const { page } of [ada, ben, stranger]) await page.getByText("3 reading now").waitFor();
    await stranger.page.close();
    await Promise.all([ada.readers(2), ben.readers(2)]);
    await ben.page.close();
    await ada.readers(1);
    await strangers.close();
    expect(stranger.errors).toEqual([]);
  });

  test("lose and double nothing when one is offline for a while", async () => {
    const { ada, ben } = await bothRead("Offline");
    await adas.setOffline(true);
    await ada.page.getByText("Reconnecting… What you write is kept.").waitFor();
    await ada.say("Written in a tunnel");
    await ada.page.getByText("Sending…").waitFor();
    await ada.reaction("Love", 0, false).click();
    await ben.say("Written in the sun");
    await ben.reaction("Love", 0, false).click();
    await ben.reaction("Love", 1, true).waitFor();
    expect(await ben.comment("Written in a tunnel").count()).toBe(0);

    await adas.setOffline(false);
    await isLive(ada.page);
    await nothingPending(ada.page);
    await ada.reveal(1);
    await ben.reveal(1);
    for (const reader of [ada, ben]) {
      await reader.reaction("Love", 2, true).waitFor();
      for (const text of ["Written in a tunnel", "Written in the sun"]) {
        await reader.comment(text).waitFor();
        expect(await reader.comment(text).count()).toBe(1);
      }
      await reader.page.getByRole("heading", { name: "Discussion 2" }).waitFor();
    }
    expect(ben.errors).toEqual([]);
  });

  test("lose and double nothing when the server is killed under them", async () => {
    const { post, ada, ben } = await bothRead("Kill");
    await ada.say("Acknowledged before");
    await nothingPending(ada.page);
    await ben.reaction("Curious", 0, false).click();
    await ada.reaction("Curious", 1, false).waitFor();

    process.kill(site.server.workerdPid(), "SIGKILL");
    await ada.say("Written into the void");
    await isLive(ada.page);
    await isLive(ben.page);
    await nothingPending(ada.page);
    await ben.reveal(2);
    for (const reader of [ada, ben]) {
      for (const text of ["Acknowledged before", "Written into the void"]) {
        await reader.comment(text).waitFor();
        expect(await reader.comment(text).count()).toBe(1);
      }
    }
    const { page } = await open(adas, post.url);
    await page.getByRole("heading", { name: "Discussion 2" }).waitFor();
    await page.getByRole("button", { name: "Curious, 1", exact: true, pressed: false }).waitFor();
    await page.close();
  });
});

describe("a comment", () => {
  test("with hostile content is only text, live and after a reload", async () => {
    const { ada, ben } = await bothRead("Hostile");
    await ada.page
      .getByRole("textbox", { name: "Your comment" })
      .fill(
        [
          "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'>",
          "[one](javascript:window.pwned=1) [two](https://example.com/ok) <a href='javascript:window.pwned=1'>three</a>",
          "</script><script>window.pwned = 1</script>",
        ].join("\n\n"),
      );
    await ada.page.getByRole("button", { name: "Comment", exact: true }).click();
    await nothingPending(ada.page);
    await ben.reveal(1);
    await ben.page.locator(".comment__body").waitFor();
    const afterReload = async (): Promise<void> => {
      await ben.page.reload();
      await isLive(ben.page);
    };
    for (const settle of [async () => {}, afterReload]) {
      await settle();
      const body = ben.page.locator(".comment__body");
      expect(await body.locator("script, img, [onerror], [href^='javascript' i]").count()).toBe(0);
      expect(await body.getByRole("link", { name: "two" }).getAttribute("href")).toBe("https://example.com/ok");
      for (const { page } of [ada, ben]) expect(await page.evaluate("window.pwned")).toBeUndefined();
    }
    expect([...ada.errors, ...ben.errors]).toEqual([]);
  });

  test("from long ago is fetched when asked for, and found by a link to it", async () => {
    const post = await newPost(stage, "Long discussion");
    // Nobody may write more than five a minute.
    const crowd = Array.from({ length: 13 }, (_, n) => n);
    for (const n of crowd) {
      const { accessToken } = await tokenFor(site, personNamed(`Reader ${n}`));
      for (const part of ["a", "b", "c", "d", "e"])
        await addComment(stage, post.id, accessToken, `Comment ${n}${part}`);
    }
    const ada = await read(adas, post.url);
    await ada.comment("Comment 12e").waitFor();
    expect(await ada.comment("Comment 0a").count()).toBe(0);
    await ada.page.getByRole("button", { name: "Show earlier comments" }).click();
    const first = ada.page.locator(".comment", { hasText: "Comment 0a" });
    await first.waitFor();
    expect(await ada.page.locator(".comments .comment").count()).toBe(65);
    expect(await ada.page.getByRole("button", { name: "Show earlier comments" }).count()).toBe(0);

    const id = await first.getAttribute("id");
    const linked = await read(bens, `${post.url}#${id}`);
    await linked.comment("Comment 0a").waitFor();
    await linked.page.locator(`[id="${id}"]:target`).waitFor();
    expect([...ada.errors, ...linked.errors]).toEqual([]);
  });

  test("that was refused can be tried again or discarded, and says why", async () => {
    const { ada } = await bothRead("Refused");
    const texts = ["One", "Two", "Three", "Four", "Five"];
    for (const text of texts) await ada.say(text);
    await nothingPending(ada.page);
    await ada.say("One too many");
    const problem = ada.page.getByRole("alert").filter({ hasText: "Not sent" });
    await problem.waitFor();
    await problem.getByRole("button", { name: "Discard" }).click();
    await ada.comment("One too many").waitFor({ state: "detached" });
    expect(await ada.page.locator(".comments .comment").count()).toBe(texts.length);
  });

  test("can be reported by another reader and deleted by the site's owner", async () => {
    const post = await newPost(stage, "Moderation");
    const { accessToken } = await tokenFor(site, BEN);
    await addComment(stage, post.id, accessToken, "Buy my seeds");
    const ada = await read(adas, post.url);
    await ada.page.getByRole("button", { name: `Report: comment by ${BEN.name}` }).click();
    await ada.page.getByRole("dialog").getByRole("button", { name: "Send report" }).click();
    await ada.page.getByText("Thank you.").waitFor();
    expect(await ada.page.getByRole("button", { name: "Delete: " }).count()).toBe(0);

    const owners = await newContext(browser, stage.origin, stage.owner);
    const owner = await read(owners, post.url);
    await owner.page.getByRole("button", { name: `Delete: comment by ${BEN.name}` }).click();
    await owner.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    for (const reader of [owner, ada]) await reader.comment("Buy my seeds").waitFor({ state: "detached" });
    await owners.close();
    expect([...ada.errors, ...owner.errors]).toEqual([]);
  });

  test("can be written, and a reaction given, with the keyboard alone", async () => {
    const post = await newPost(stage, "Keyboard");
    const { page, errors, ...ada } = await read(adas, post.url);
    const focusNext = async (name: string): Promise<void> => {
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press("Tab");
        if (
          (await page.evaluate("document.activeElement?.ariaLabel ?? document.activeElement?.textContent")) === name
        ) {
          return;
        }
      }
      throw new Error(`Tab did not reach ${name}`);
    };
    await focusNext("Skip to content");
    await focusNext("Like, 0");
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).not.toBe("none");
    await page.keyboard.press("Space");
    await ada.reaction("Like", 1, true).waitFor();
    await focusNext("Your comment");
    await page.keyboard.type("Typed without a mouse");
    await page.keyboard.press("Control+Enter");
    await ada.comment("Typed without a mouse").waitFor();
    await nothingPending(page);
    await page.keyboard.type("Sent by its button");
    await focusNext("Comment");
    await page.keyboard.press("Enter");
    await ada.comment("Sent by its button").waitFor();
    expect(errors).toEqual([]);
  });
});
