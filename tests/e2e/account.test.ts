import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser, type Site, startSite } from "./harness.ts";
import { isLive, newContext, newPost, newStage, open, personNamed, read, type Stage } from "./scene.ts";

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

test("a reader signs in from a post, comes back to it, and signs out there", async () => {
  const post = await newPost(stage, "Come back");
  const person = personNamed("Ada Ash");
  const context = await newContext(browser, stage.origin, null);
  const { page, errors } = await open(context, post.url);
  await page.getByRole("link", { name: "Sign in to join" }).click();
  await page.waitForURL(`${site.origin()}/sign-in?**`);
  await page.getByLabel("Name").fill(person.name);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(post.url);
  await isLive(page);
  await page.getByRole("textbox", { name: "Your comment" }).waitFor();

  // Another site asks nothing: the apex knows who this is.
  const other = await newStage(site);
  await page.goto(`${other.origin}/`);
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.waitForURL(`${other.origin}/`);
  await page.getByRole("button", { name: "Sign out" }).waitFor();

  await page.goto(post.url);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Sign in to join" }).waitFor();
  expect(errors).toEqual([]);
  await context.close();
});

test("logging a device out ends what is open there at once", async () => {
  const post = await newPost(stage, "Two devices");
  const person = personNamed("Ada Ash");
  const [laptop, phone] = await Promise.all([
    newContext(browser, site.origin(), person),
    newContext(browser, stage.origin, person),
  ]);
  const onPhone = await read(phone, post.url);
  const { page, errors } = await open(laptop, `${site.origin()}/account/devices`);
  await page.getByText("This device").waitFor();
  await page.getByRole("button", { name: /^Log out Chrome/ }).click();
  await page.getByText(/is signed out\.$/).waitFor();
  expect(await page.getByRole("list", { name: "Signed-in devices" }).getByRole("listitem").count()).toBe(1);

  await onPhone.page.getByText("You are signed out.").waitFor();
  await onPhone.page.reload();
  await onPhone.page.getByRole("link", { name: "Sign in to join" }).waitFor();
  expect(errors).toEqual([]);
  await Promise.all([laptop.close(), phone.close()]);
});

test("logging out everywhere else asks first and leaves this device", async () => {
  const person = personNamed("Ada Ash");
  const [here, ...others] = await Promise.all([1, 2, 3].map(() => newContext(browser, site.origin(), person)));
  if (here === undefined) throw new Error("there is no first context");
  const { page } = await open(here, `${site.origin()}/account/devices`);
  await page.getByRole("button", { name: "Log out everywhere else" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Log out the others" }).click();
  await page.getByText("2 other devices signed out.").waitFor();
  await page.reload();
  await page.getByText("This device").waitFor();
  expect(await page.getByRole("list", { name: "Signed-in devices" }).getByRole("listitem").count()).toBe(1);
  const elsewhere = await open(others[0] ?? here, `${site.origin()}/`);
  await elsewhere.page.getByRole("link", { name: "Sign in", exact: true }).waitFor();
  await Promise.all([here, ...others].map((context) => context.close()));
});
