import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OidcProvider, startOidcProvider } from "../fakes/oidc-provider.ts";
import { DEMO_PEOPLE } from "../fakes/people.ts";
import { accessibilityFindings, launchBrowser, scrollsSideways, type Site, startSite } from "./harness.ts";
import { isLive, newContext, newPost, newStage, open, preferring, type Stage } from "./scene.ts";

let provider: OidcProvider;
let site: Site;
let browser: Browser;
let stage: Stage;

beforeAll(async () => {
  // One that knows us without a secret: PKCE alone shows that it is us.
  provider = await startOidcProvider({ clientSecret: null });
  // The GitHub button is there to be looked at: nobody presses it.
  const github = { GITHUB_CLIENT_ID: "id", GITHUB_CLIENT_SECRET: "secret" };
  const settings = { ...provider.settings, ...github, OIDC_NAME: "The Guild" };
  [site, browser] = await Promise.all([startSite(settings), launchBrowser()]);
  provider.allowRedirect(`${site.origin()}/auth/oidc/callback`);
  stage = await newStage(site);
});

afterAll(async () => {
  await browser.close();
  await site.stop();
  await provider.stop();
});

/** From the sign-in page through the provider, as the first of those whom it knows. */
async function passThrough(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Continue with The Guild" }).click();
  await page.waitForURL(`${provider.issuer}/authorize?**`);
  await page.getByRole("button", { name: DEMO_PEOPLE[0]?.name ?? "" }).click();
}

test("somebody signs in at a provider from the apex, and comes back to where they were going", async () => {
  const context = await newContext(browser, site.origin(), null);
  const { page, errors } = await open(context, `${site.origin()}/account/devices`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await passThrough(page);
  await page.waitForURL(`${site.origin()}/account/devices`);
  await page.getByText("This device").waitFor();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  expect(errors).toEqual([]);
  await context.close();
});

test("somebody signs in at a provider from a post on a site, and comments there", async () => {
  const post = await newPost(stage, "Begin here");
  const context = await newContext(browser, site.origin(), null);
  const { page, errors } = await open(context, post.url);
  await page.getByRole("link", { name: "Sign in to join" }).click();
  await page.waitForURL(`${site.origin()}/sign-in?**`);
  await passThrough(page);
  await page.waitForURL(post.url);
  await isLive(page);
  await page.getByRole("textbox", { name: "Your comment" }).fill("Here I am.");
  await page.getByRole("button", { name: "Comment", exact: true }).click();
  await page.locator(".comments .comment__body").getByText("Here I am.", { exact: true }).waitFor();
  expect(errors).toEqual([]);
  await context.close();
});

test("somebody who says no at the provider may choose again, and still comes back to the site", async () => {
  const post = await newPost(stage, "Second thoughts");
  const context = await newContext(browser, site.origin(), null);
  const { page } = await open(context, post.url);
  await page.getByRole("link", { name: "Sign in to join" }).click();
  await page.getByRole("link", { name: "Continue with The Guild" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("You did not sign in there").waitFor();
  await passThrough(page);
  await page.waitForURL(post.url);
  expect(await page.getByRole("button", { name: "Sign out" }).count()).toBe(1);
  await context.close();
});

test("somebody whose sign-in fails reads why, and begins again from there", async () => {
  provider.fail({ claims: { nonce: "another" } });
  const context = await newContext(browser, site.origin(), null);
  const { page } = await open(context, `${site.origin()}/sign-in?returnTo=%2Fsites%2Fnew`);
  await passThrough(page);
  await page.getByRole("heading", { name: "This sign-in came to nothing" }).waitFor();
  expect(await accessibilityFindings(page)).toEqual([]);
  provider.fail({});
  await page.getByRole("link", { name: "Begin again" }).click();
  await passThrough(page);
  await page.waitForURL(`${site.origin()}/sites/new`);
  await context.close();
});

test("the sign-in page is readable by all, on a phone and in the dark", async () => {
  const context = await newContext(browser, site.origin(), null, { viewport: { width: 360, height: 740 } });
  const { page, errors } = await open(context, `${site.origin()}/sign-in?problem=denied`);
  for (const colorScheme of ["light", "dark"] as const) {
    await preferring(page, colorScheme);
    expect(await accessibilityFindings(page)).toEqual([]);
    expect(await scrollsSideways(page)).toBe(false);
  }
  expect(errors).toEqual([]);
  await context.close();
});
