import { randomUUID } from "node:crypto";
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { collectErrors, makeTenant, type Person, publishPost, type Site, signIn, tokenFor } from "./harness.ts";

/** How long a page may take to show something, in milliseconds: ample for a machine that does other things too. */
const PATIENCE_MS = 15_000;

/** A site with an owner, on a random address. */
export interface Stage {
  site: Site;
  subdomain: string;
  origin: string;
  owner: Person;
  ownerToken: string;
}

/** A name that no other test has. */
export function unique(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}

/** Somebody new. */
export function personNamed(name: string): Person {
  return { name, email: `${unique("someone")}@understory.example` };
}

export async function newStage(site: Site, displayName = "The Understory Times"): Promise<Stage> {
  const owner = personNamed("Olive Owner");
  const { accessToken: ownerToken } = await tokenFor(site, owner);
  const subdomain = unique("stage");
  await makeTenant(site, ownerToken, subdomain, displayName);
  return { site, subdomain, origin: site.origin(subdomain), owner, ownerToken };
}

/** Changes a site's features in D1, before anybody has visited it: its settings page comes with the tenants. */
export async function setFeatures(
  { site, subdomain }: Stage,
  features: { comments: boolean; reactionCounts: "public" | "authors" },
): Promise<void> {
  const database = await site.server.miniflare.getD1Database("DB");
  await database
    .prepare("UPDATE tenants SET features = ?, version = version + 1 WHERE subdomain = ?")
    .bind(JSON.stringify(features), subdomain)
    .run();
}

export function newPost(stage: Stage, title: string, content = "Moss, mostly.", tags: readonly string[] = []) {
  return publishPost(stage.site, stage.ownerToken, stage.subdomain, { title, content, tags });
}

/** Writes a comment over HTTP, for setting the scene. */
export async function addComment(stage: Stage, postId: string, token: string, content: string): Promise<void> {
  const url = `${stage.origin}/api/posts/${postId}/comments`;
  const { status, body } = await stage.site.api("POST", url, token, { content });
  if (status !== 201) throw new Error(`commenting answered ${status}: ${body}`);
}

/** A browser of its own, of somebody who is signed in on one origin, or of a stranger. */
export async function newContext(
  browser: Browser,
  origin: string,
  person: Person | null,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  if (person !== null) await signIn(context, origin, person);
  return context;
}

/** A page, and what it has complained about. */
export interface Opened {
  page: Page;
  errors: readonly string[];
}

/** Opens a page for the rest of a test. */
export async function open(context: BrowserContext, url: string): Promise<Opened> {
  const page = await context.newPage();
  onTestFinished(() => page.close());
  const errors = collectErrors(page);
  await page.goto(url);
  return { page, errors };
}

/** A post's page as a signed-in reader uses it. */
export interface Reading extends Opened {
  reaction: (label: string, count: number | null, pressed: boolean) => Locator;
  /** The comments that say this, pending ones included. */
  comment: (text: string) => Locator;
  say: (text: string) => Promise<void>;
  /** Waits for comments of others to be announced, and shows them. */
  reveal: (count: number) => Promise<void>;
  /** Waits until so many are told to be reading. */
  readers: (count: number) => Promise<void>;
}

/** Opens a post and waits until it is live. */
export async function read(context: BrowserContext, url: string): Promise<Reading> {
  const opened = await open(context, url);
  await isLive(opened.page);
  return readingOf(opened);
}

/** The script has taken the page over, and the server has welcomed it. */
export async function isLive(page: Page): Promise<void> {
  await page.locator("button.reaction:enabled").first().waitFor();
  await page.locator(".connection").waitFor({ state: "detached" });
}

function readingOf(opened: Opened): Reading {
  const { page } = opened;
  const comment = (text: string): Locator => page.locator(".comments .comment__body").getByText(text, { exact: true });
  return {
    ...opened,
    comment,
    reaction: (label, count, pressed) =>
      page.getByRole("button", { name: count === null ? label : `${label}, ${count}`, exact: true, pressed }),
    say: async (text) => {
      await page.getByRole("textbox", { name: "Your comment" }).fill(text);
      await page.getByRole("button", { name: "Comment", exact: true }).click();
      await comment(text).waitFor();
    },
    reveal: async (count) => {
      await page.getByRole("button", { name: `${count} new comment${count === 1 ? "" : "s"}`, exact: true }).click();
    },
    readers: (count) => page.getByText(`${count} reading now`, { exact: true }).waitFor(),
  };
}

/** Waits until nothing that was written is on its way any more. */
export async function nothingPending(page: Page): Promise<void> {
  await page.locator(".comment--pending").waitFor({ state: "detached" });
}

/** Shows a page as someone sees it who prefers these colours, without motion, and waits for the colours to be there. */
export async function preferring(page: Page, colorScheme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.evaluate("Promise.allSettled(document.getAnimations().map(({ finished }) => finished))");
}
