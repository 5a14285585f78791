import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { launchBrowser, scrollsSideways, type Site, startSite, tokenFor } from "./harness.ts";
import {
  addComment,
  newContext,
  newPost,
  newStage,
  open,
  personNamed,
  read,
  setFeatures,
  type Stage,
} from "./scene.ts";

/** What a public page's script may weigh, compressed, in bytes. */
const SCRIPT_BUDGET = 60 * 1024;

const postSchema = z.object({ id: z.string(), slug: z.string(), revision: z.number() });

let site: Site;
let browser: Browser;
let stage: Stage;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  stage = await newStage(site, "Quiet Reading");
});

afterAll(async () => {
  await browser.close();
  await site.stop();
});

async function tokenOf(name: string): Promise<string> {
  return (await tokenFor(site, personNamed(name))).accessToken;
}

describe("without JavaScript", () => {
  test("the front page, a post with its discussion and a tag can be read", async () => {
    const post = await newPost(stage, "Lichen on slate", "It is **slow**.", ["lichen"]);
    await addComment(stage, post.id, await tokenOf("Ada Ash"), "Slower than that");
    const context = await newContext(browser, stage.origin, null, { javaScriptEnabled: false });
    const { page, errors } = await open(context, `${stage.origin}/`);
    await page.getByRole("heading", { name: "Quiet Reading", level: 1 }).waitFor();
    await page.getByRole("link", { name: "Lichen on slate" }).click();
    await page.getByRole("heading", { name: "Lichen on slate", level: 1 }).waitFor();
    expect(await page.locator(".prose strong").first().textContent()).toBe("slow");
    await page.getByText("Slower than that").waitFor();
    await page.getByRole("heading", { name: "Discussion 1" }).waitFor();
    await page.getByRole("link", { name: "Sign in to join" }).waitFor();
    await page.getByRole("link", { name: "lichen", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "lichen" }).waitFor();
    await page.getByRole("link", { name: "Lichen on slate" }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  test("feeds and the site map name every post", async () => {
    const post = await newPost(stage, "Ferns & <fronds>");
    for (const path of ["feed.xml", "feed.json", "sitemap.xml"]) {
      const { status, body } = await site.api("GET", `${stage.origin}/${path}`, null);
      expect({ path, status }).toEqual({ path, status: 200 });
      expect(body).toContain(post.url);
      if (path !== "feed.json") expect(body).not.toContain("<fronds>");
    }
  });
});

describe("a post that is not public", () => {
  test.for(["draft", "private"] as const)("as %s is there for its author and for nobody else", async (status) => {
    const title = `Unfinished ${status}`;
    const body = { title, content: "Not yet.", status };
    const made = await site.api("POST", `${stage.origin}/api/posts`, stage.ownerToken, body);
    const { slug } = postSchema.parse(JSON.parse(made.body));
    const strangers = await newContext(browser, stage.origin, null);
    const answer = await (await strangers.newPage()).goto(`${stage.origin}/${slug}`);
    expect(answer?.status()).toBe(404);
    for (const path of ["", "feed.xml", "feed.json", "sitemap.xml"]) {
      const page = await site.api("GET", `${stage.origin}/${path}`, null);
      expect(page.body).not.toContain(title);
      expect(page.body).not.toContain(slug);
    }
    const owners = await newContext(browser, stage.origin, stage.owner);
    const { page, errors } = await open(owners, `${stage.origin}/${slug}`);
    await page.getByRole("heading", { name: title, level: 1 }).waitFor();
    expect(errors).toEqual([]);
    await Promise.all([strangers.close(), owners.close()]);
  });

  test("again is gone for those who had its address", async () => {
    const post = await newPost(stage, "Second thoughts");
    const url = `${stage.origin}/api/posts/${post.id}`;
    const { revision } = postSchema.parse(JSON.parse((await site.api("GET", url, null)).body));
    await site.api("PATCH", url, stage.ownerToken, { revision, status: "draft" });
    expect((await site.api("GET", post.url, null)).status).toBe(404);
    expect((await site.api("GET", url, null)).status).toBe(404);
  });
});

describe("a post's page", () => {
  test("stays within its script budget and asks nobody else for anything", async () => {
    const post = await newPost(stage, "Budget");
    const context = await newContext(browser, stage.origin, null);
    const page = await context.newPage();
    const origins = new Set<string>();
    const scripts: Promise<Buffer>[] = [];
    page.on("request", (request) => origins.add(new URL(request.url()).origin));
    page.on("response", (response) => {
      if (new URL(response.url()).pathname.endsWith(".js")) scripts.push(response.body());
    });
    await page.goto(post.url);
    await page.getByText("1 reading now").waitFor();
    const weights = (await Promise.all(scripts)).map((script) => gzipSync(script).length);
    expect(weights.length).toBeGreaterThan(1);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeLessThan(SCRIPT_BUDGET);
    expect([...origins]).toEqual([stage.origin]);
    await context.close();
  });

  test("holds names, words and code of any length on a phone", async () => {
    const long = "Donaudampfschifffahrtsgesellschaft".repeat(5);
    const wide = await newStage(site, long.slice(0, 80));
    const post = await newPost(
      wide,
      long,
      `${long}\n\n\`\`\`\n${long}\n\`\`\`\n\n| ${long} | ${long} |\n| - | - |\n| a | b |`,
      [long.slice(0, 32).toLowerCase()],
    );
    const talker = personNamed(long.slice(0, 80));
    const { accessToken } = await tokenFor(site, talker);
    await addComment(wide, post.id, accessToken, `${long}${long}`);
    const phone = { viewport: { width: 360, height: 740 } };
    const context = await newContext(browser, wide.origin, talker, phone);
    const { page } = await read(context, post.url);
    const tag = `${wide.origin}/tags/${long.slice(0, 32).toLowerCase()}`;
    for (const url of [post.url, wide.origin, tag, site.origin()]) {
      await page.goto(url);
      expect({ url, sideways: await scrollsSideways(page) }).toEqual({ url, sideways: false });
    }
    const owners = await newContext(browser, wide.origin, wide.owner, phone);
    const posts = await open(owners, `${wide.origin}/admin/posts`);
    await posts.page.getByText(long).waitFor();
    expect(await scrollsSideways(posts.page)).toBe(false);
    await Promise.all([context.close(), owners.close()]);
  });

  test("stands still for those who want reduced motion", async () => {
    const post = await newPost(stage, "Stillness");
    const context = await newContext(browser, stage.origin, null, { reducedMotion: "reduce" });
    const { page } = await open(context, post.url);
    await page.getByText("1 reading now").waitFor();
    const moving = await page.evaluate<number>(`[...document.querySelectorAll("*")].filter((element) => {
      const { transitionDuration, animationDuration } = getComputedStyle(element);
      return [transitionDuration, animationDuration].flatMap((list) => list.split(",")).some((time) => parseFloat(time) > 0.01);
    }).length`);
    expect(moving).toBe(0);
    await context.close();
  });

  test("says so when comments are closed, and still takes reactions", async () => {
    const closed = await newStage(site);
    await setFeatures(closed, { comments: false, reactionCounts: "public" });
    const post = await newPost(closed, "No comment");
    const context = await newContext(browser, closed.origin, personNamed("Ada Ash"));
    const ada = await read(context, post.url);
    await ada.page.getByText("Comments are closed on this site.").waitFor();
    expect(await ada.page.getByRole("textbox").count()).toBe(0);
    await ada.reaction("Love", 0, false).click();
    await ada.reaction("Love", 1, true).waitFor();
    expect(ada.errors).toEqual([]);
    await context.close();
  });

  test("shows counts that are for authors to authors alone, in no frame to others", async () => {
    const shy = await newStage(site);
    await setFeatures(shy, { comments: true, reactionCounts: "authors" });
    const post = await newPost(shy, "Counted in private");
    const [bens, owners] = await Promise.all([
      newContext(browser, shy.origin, personNamed("Ben Beech")),
      newContext(browser, shy.origin, shy.owner),
    ]);
    const heard: string[] = [];
    bens.on("page", (page) => {
      page.on("websocket", (socket) => {
        socket.on("framereceived", ({ payload }) => heard.push(payload.toString()));
      });
    });
    const [ben, owner] = await Promise.all([read(bens, post.url), read(owners, post.url)]);
    await owner.reaction("Like", 0, false).click();
    await owner.reaction("Like", 1, true).waitFor();
    await ben.reaction("Like", null, false).click();
    await ben.reaction("Like", null, true).waitFor();
    await owner.reaction("Like", 2, true).waitFor();
    await ben.say("I count, too");
    await ben.page.reload();
    await ben.reaction("Like", null, true).waitFor();
    expect(heard.join("\n")).toContain("I count, too");
    expect(heard.join("\n")).not.toMatch(/"counts"|"newCount"|"type":"reaction"/);
    expect(await ben.page.content()).not.toContain('"counts"');
    await Promise.all([bens.close(), owners.close()]);
  });
});
