import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  accessibilityFindings,
  launchBrowser,
  scrollsSideways,
  type Site,
  signIn,
  startSite,
  tokenFor,
} from "./harness.ts";
import {
  addComment,
  isLive,
  newContext,
  newPost,
  newStage,
  open,
  personNamed,
  preferring,
  read,
  type Stage,
} from "./scene.ts";

const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1440, height: 900 };
const EVERYTHING = `# Not the title

A [link](https://example.com), *stress*, **weight** and \`code\`.

> A quotation

1. One
2. Two

\`\`\`
a block of code that is much wider than any phone could ever hold without scrolling by itself
\`\`\`

| Season | Work |
| ------ | ---- |
| Winter | None |
`;

let site: Site;
let browser: Browser;
let stage: Stage;
let post: Awaited<ReturnType<typeof newPost>>;
let member: BrowserContext;
let stranger: BrowserContext;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  stage = await newStage(site);
  post = await newPost(stage, "Everything at once", EVERYTHING, ["moss", "field notes"]);
  const { accessToken } = await tokenFor(site, personNamed("Ada Ash"));
  await addComment(stage, post.id, accessToken, "A comment with `code` and a [link](https://example.com).");
  stranger = await newContext(browser, stage.origin, null);
  member = await newContext(browser, stage.origin, stage.owner);
  await signIn(member, site.origin(), stage.owner);
});

afterAll(async () => {
  await browser.close();
  await site.stop();
});

interface Case {
  name: string;
  who: () => BrowserContext;
  url: () => string;
  /** Waits until the page is as people see it. */
  ready: (page: Page) => Promise<void>;
}

const heading = async (page: Page): Promise<void> => page.getByRole("heading", { level: 1 }).waitFor();

const PAGES: Case[] = [
  { name: "the apex", who: () => stranger, url: () => site.origin(), ready: heading },
  { name: "the apex of a member", who: () => member, url: () => site.origin(), ready: heading },
  { name: "sign-in", who: () => stranger, url: () => `${site.origin()}/sign-in`, ready: heading },
  { name: "the form for a new site", who: () => member, url: () => `${site.origin()}/sites/new`, ready: heading },
  {
    name: "the devices",
    who: () => member,
    url: () => `${site.origin()}/account/devices`,
    ready: (page) => page.getByText("This device").waitFor(),
  },
  { name: "a site's front page", who: () => stranger, url: () => stage.origin, ready: heading },
  { name: "a site's front page for its owner", who: () => member, url: () => stage.origin, ready: heading },
  { name: "a tag", who: () => stranger, url: () => `${stage.origin}/tags/moss`, ready: heading },
  {
    name: "a post",
    who: () => stranger,
    url: () => post.url,
    ready: (page) => page.getByText(/reading now/).waitFor(),
  },
  { name: "a post for its author", who: () => member, url: () => post.url, ready: isLive },
  {
    name: "the dashboard",
    who: () => member,
    url: () => `${stage.origin}/admin`,
    ready: (page) => page.getByText("Most used tags").waitFor(),
  },
  {
    name: "the settings of a site",
    who: () => member,
    url: () => `${stage.origin}/admin/settings`,
    ready: (page) => page.getByRole("button", { name: "Move Trails down" }).waitFor(),
  },
  {
    name: "the list of posts",
    who: () => member,
    url: () => `${stage.origin}/admin/posts`,
    ready: (page) =>
      page
        .getByRole("button", { name: /^Actions for/ })
        .first()
        .waitFor(),
  },
  {
    name: "the editor",
    who: () => member,
    url: () => `${stage.origin}/admin/posts/${post.id}`,
    ready: (page) => page.getByRole("region", { name: "Preview" }).locator("table").waitFor({ state: "attached" }),
  },
  { name: "the editor of a new post", who: () => member, url: () => `${stage.origin}/admin/posts/new`, ready: heading },
];

describe("in light and dark, on a desk and on a phone", () => {
  test.for(PAGES)("$name is accessible, fits its window and logs no error", async ({ who, url, ready }) => {
    const { page, errors } = await open(who(), url());
    await ready(page);
    for (const [colorScheme, viewport] of [
      ["light", DESKTOP],
      ["dark", PHONE],
    ] as const) {
      await page.setViewportSize(viewport);
      await preferring(page, colorScheme);
      const { width } = viewport;
      expect({ width, sideways: await scrollsSideways(page) }).toEqual({ width, sideways: false });
      expect({ width, colorScheme, findings: await accessibilityFindings(page) }).toEqual({
        width,
        colorScheme,
        findings: [],
      });
    }
    expect(errors).toEqual([]);
    await page.close();
  });
});

test.for([
  { name: "a page that is not there", url: () => `${stage.origin}/nowhere` },
  { name: "a site that is not there", url: () => `${site.origin("nobody-has-this")}/` },
])("$name says so, accessibly, with a way out", async ({ url }) => {
  const page = await stranger.newPage();
  const answer = await page.goto(url());
  expect(answer?.status()).toBe(404);
  await page.setViewportSize(PHONE);
  expect(await scrollsSideways(page)).toBe(false);
  expect(await accessibilityFindings(page)).toEqual([]);
  await page.getByRole("main").getByRole("link").click();
  await heading(page);
  await page.close();
});

test("what opens over a page is accessible, in light and dark, and fits a phone", async () => {
  const { accessToken } = await tokenFor(site, personNamed("Ben Beech"));
  const busy = await newPost(stage, "Busy");
  await addComment(stage, busy.id, accessToken, "Something to answer");
  const { page } = await read(member, busy.url);
  await page.setViewportSize(PHONE);
  const looksRight = async (): Promise<void> => {
    expect(await scrollsSideways(page)).toBe(false);
    for (const colorScheme of ["light", "dark"] as const) {
      await preferring(page, colorScheme);
      expect(await accessibilityFindings(page)).toEqual([]);
    }
  };
  await page.getByRole("button", { name: /^Reply: / }).click();
  await page.getByRole("textbox", { name: /^Your reply/ }).fill("A **reply**");
  const reply = page.locator(".comment__reply");
  await reply.getByRole("button", { name: "Preview" }).click();
  await reply.getByRole("button", { name: "Help" }).click();
  await reply.locator("strong", { hasText: "reply" }).waitFor();
  await looksRight();
  await page.getByRole("button", { name: /^Report: / }).click();
  await page.getByRole("dialog").waitFor();
  await looksRight();

  await page.goto(`${stage.origin}/admin/posts`);
  await page.getByRole("button", { name: "Actions for Busy" }).click();
  await page.getByRole("menuitem", { name: "Delete…" }).waitFor();
  await looksRight();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  await page.getByRole("dialog").waitFor();
  await looksRight();
});
