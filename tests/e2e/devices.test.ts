import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessibilityFindings, launchBrowser, scrollsSideways, type Site, startSite, tokenFor } from "./harness.ts";
import { newContext, newPost, newStage, open, personNamed, preferring, read } from "./scene.ts";

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
});

afterAll(async () => {
  await browser.close();
  await site.stop();
});

const devicesUrl = (): string => `${site.origin()}/account/devices`;

/** The devices page once it is live. */
async function openDevices(context: BrowserContext): Promise<{ page: Page; errors: readonly string[] }> {
  const opened = await open(context, devicesUrl());
  await opened.page.getByText("This device").waitFor();
  await opened.page.getByText("Online now").first().waitFor();
  return opened;
}

/** How many devices the page lists. */
async function listsDevices(page: Page, count: number): Promise<void> {
  const rows = page.getByRole("list", { name: "Signed-in devices" }).getByRole("listitem");
  await expect.poll(() => rows.count(), { timeout: 15_000 }).toBe(count);
}

/** What a page holds of a socket: all frames that came, and how it ended. */
interface Heard {
  socket: WebSocket;
  frames: Record<string, unknown>[];
  /** 0 while it is open. */
  closed: number;
}

/** Opens the session's socket in a page, as any script of ours may: with its cookie and its origin. */
async function connect(page: Page, userId: string) {
  const heard = await page.evaluateHandle(
    (id) =>
      new Promise<Heard>((resolve) => {
        const heard: Heard = { socket: new WebSocket(`/parties/session/${id}`), frames: [], closed: 0 };
        heard.socket.addEventListener("close", ({ code }) => {
          heard.closed = code;
        });
        heard.socket.addEventListener("message", ({ data }) => {
          const frame = JSON.parse(String(data)) as Record<string, unknown>;
          heard.frames.push(frame);
          if (frame["type"] === "initial_state") resolve(heard);
        });
      }),
    userId,
  );
  return {
    send: async (frame: object): Promise<void> =>
      await heard.evaluate(({ socket }, text) => socket.send(text), JSON.stringify(frame)),
    /** The first frame of a type that came, now or later. */
    frame: async (type: string): Promise<Record<string, unknown>> => {
      const found = await page.waitForFunction(
        ([{ frames }, wanted]) => frames.find((frame) => frame["type"] === wanted),
        [heard, type] as const,
      );
      return (await found.jsonValue()) ?? {};
    },
    closeCode: async (): Promise<number> =>
      await (await page.waitForFunction(({ closed }) => closed, heard)).jsonValue(),
  };
}

test("what one tab joins shows in the other tab and in the other browser, also over a restart of the server", async () => {
  const person = personNamed("Ada Ash");
  const { userId } = await tokenFor(site, person);
  const [laptop, phone] = await Promise.all([
    newContext(browser, site.origin(), person),
    newContext(browser, site.origin(), person),
  ]);
  const pages = await Promise.all([laptop, laptop, phone].map((context) => open(context, site.origin())));
  const [tab, otherTab, otherBrowser] = pages.map(({ page }) => page);
  if (tab === undefined || otherTab === undefined || otherBrowser === undefined) throw new Error("three were opened");
  const [mine, alsoMine, theirs] = [
    await connect(tab, userId),
    await connect(otherTab, userId),
    await connect(otherBrowser, userId),
  ];
  await mine.send({ type: "join_game", id: "j1", gameId: "chess" });
  for (const socket of [mine, alsoMine, theirs]) {
    expect(await socket.frame("game_joined")).toMatchObject({ gameId: "chess", activeGames: ["chess"] });
  }
  const [here, there] = [await mine.frame("initial_state"), await theirs.frame("initial_state")];
  expect((await alsoMine.frame("initial_state"))["deviceId"]).toBe(here["deviceId"]);
  expect(there["deviceId"]).not.toBe(here["deviceId"]);

  await site.restart();
  await otherBrowser.reload();
  const again = await connect(otherBrowser, userId);
  expect(await again.frame("initial_state")).toMatchObject({
    deviceId: there["deviceId"],
    activeGames: ["chess"],
  });
  await Promise.all([laptop.close(), phone.close()]);
});

test("the devices page is live: a new sign-in, a device that leaves, and one that is logged out elsewhere", async () => {
  const person = personNamed("Ada Ash");
  const [laptop, phone] = await Promise.all([
    newContext(browser, site.origin(), person),
    newContext(browser, site.origin(), person),
  ]);
  const first = await openDevices(laptop);
  const second = await openDevices(laptop);
  const onPhone = await openDevices(phone);
  for (const { page } of [first, second, onPhone]) await listsDevices(page, 2);

  const { accessToken } = await tokenFor(site, person);
  for (const { page } of [first, second, onPhone]) await listsDevices(page, 3);
  await site.api("POST", `${site.origin()}/auth/logout`, accessToken);
  for (const { page } of [first, second, onPhone]) await listsDevices(page, 2);

  await onPhone.page.close();
  await first.page.getByText("Offline").waitFor();
  await first.page.getByRole("button", { name: /^Log out Chrome/ }).click();
  for (const { page } of [first, second]) await listsDevices(page, 1);
  expect(first.errors).toEqual([]);
  expect(second.errors).toEqual([]);
  await Promise.all([laptop.close(), phone.close()]);
});

test("logging out everywhere else ejects every page of the others at once and leaves this browser's tabs", async () => {
  const stage = await newStage(site);
  const post = await newPost(stage, "Everywhere else");
  const person = personNamed("Ada Ash");
  const { userId } = await tokenFor(site, person);
  const [here, there] = await Promise.all([
    newContext(browser, site.origin(), person),
    newContext(browser, site.origin(), person),
  ]);
  const onSite = await newContext(browser, stage.origin, person);
  const [mine, alsoMine] = [await openDevices(here), await openDevices(here)];
  const [theirs, plain] = [await openDevices(there), await open(there, site.origin())];
  await plain.page.getByRole("button", { name: "Sign out" }).waitFor();
  await connect(plain.page, userId);
  const reading = await read(onSite, post.url);

  await site.restart();
  await mine.page.reload();
  await mine.page.getByText("Online now").first().waitFor();
  await theirs.page.reload();
  await theirs.page.getByText("Online now").first().waitFor();
  await plain.page.reload();
  await connect(plain.page, userId);

  await mine.page.getByRole("button", { name: "Log out everywhere else" }).click();
  const start = performance.now();
  await mine.page.getByRole("dialog").getByRole("button", { name: "Log out the others" }).click();
  await theirs.page.waitForURL(/\/sign-in/);
  await reading.page.getByText("You are signed out.").waitFor();
  expect(performance.now() - start).toBeLessThan(5_000);
  await plain.page.getByRole("link", { name: "Sign in", exact: true }).waitFor();

  await alsoMine.page.reload();
  await listsDevices(alsoMine.page, 1);
  await mine.page.getByText("This device").waitFor();
  await Promise.all([here, there, onSite].map((context) => context.close()));
});

test("a socket of a session that is ended hears it first, then closes with 4401 within a second", async () => {
  const person = personNamed("Ada Ash");
  const { userId, accessToken } = await tokenFor(site, person);
  const context = await newContext(browser, site.origin(), person);
  const { page } = await open(context, `${site.origin()}/healthz`);
  const socket = await connect(page, userId);
  const start = performance.now();
  await site.api("POST", `${site.origin()}/api/sessions/revoke-all`, accessToken, { keepCurrent: true });
  await socket.frame("logged_out");
  expect(performance.now() - start).toBeLessThan(1_000);
  // The close itself follows when the peer has answered it.
  expect(await socket.closeCode()).toBe(4401);
  await context.close();
});

test("the devices page says what happened, fits a phone, and has nothing serious to find for accessibility", async () => {
  const person = personNamed("Ada Ash");
  await tokenFor(site, person);
  const context = await newContext(browser, site.origin(), person, { viewport: { width: 360, height: 740 } });
  const { page, errors } = await openDevices(context);
  await page
    .getByText(/Signed in/)
    .first()
    .waitFor();
  expect(await scrollsSideways(page)).toBe(false);
  for (const scheme of ["light", "dark"] as const) {
    await preferring(page, scheme);
    expect(await accessibilityFindings(page)).toEqual([]);
  }
  expect(errors).toEqual([]);
  await context.close();
});
