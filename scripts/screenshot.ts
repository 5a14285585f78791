/**
 * `npm run screenshot`: builds the product, serves it with its demo content, and takes the pictures of the README.
 * Rendering differs a little from machine to machine, so the pictures are committed and not checked.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { build } from "./lib/build.ts";
import { chromiumPath } from "./lib/chromium.ts";
import { seed } from "./seed.ts";
import { serve } from "./serve.ts";

const IMAGES = "docs/images";
const WINDOW = { width: 1_200, height: 800 };
/** What is shown above the first line of interest, in CSS pixels. */
const LEAD = 60;
/** The post that is shown, of the site `alice`. */
const SLUG = "what-the-hazel-does";

interface Person {
  name: string;
  email: string;
}
const READER: Person = { name: "Wen Li", email: "wen@understory.example" };
const WRITER: Person = { name: "Ruth Okafor", email: "ruth@understory.example" };

const dataDir = mkdtempSync(join(tmpdir(), "understory-screenshot-"));
mkdirSync(IMAGES, { recursive: true });
await build();
const server = await serve({ port: 0, dataDir, settings: { DEV_LOGIN: "1" }, onLog: () => undefined });
try {
  await seed(server.port);
  const browser = await chromium.launch({ executablePath: await chromiumPath(), args: ["--no-sandbox"] });
  try {
    for (const scheme of ["light", "dark"] as const) await takePictures(browser, scheme);
  } finally {
    await browser.close();
  }
} finally {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

async function takePictures(browser: Browser, colorScheme: "light" | "dark"): Promise<void> {
  const options = { viewport: WINDOW, colorScheme, reducedMotion: "reduce" } as const;
  const page = await open(await browser.newContext(options), READER);
  await shoot(page, `post-${colorScheme}`);

  // Somebody else opens the same post and begins to write: that is what is live.
  const other = await open(await browser.newContext(options), WRITER);
  await page.getByText("2 reading now").waitFor();
  const box = await page.getByText("2 reading now").boundingBox();
  if (box === null) throw new Error("the line of those who read is not shown");
  await page.evaluate(`scrollTo(0, ${box.y - LEAD})`);
  await other.getByRole("textbox").first().pressSequentially("We leave ours");
  await page.getByText(/Ruth Okafor is typing/).waitFor();
  await shoot(page, `discussion-${colorScheme}`);
  await page.context().close();
  await other.context().close();
}

/** The post, in a browser that is signed in as its own form would do it: the cookie belongs to the page's host. */
async function open(context: BrowserContext, person: Person): Promise<Page> {
  const page = await context.newPage();
  const site = `http://alice.localhost:${server.port}`;
  await page.goto(site);
  const status = await page.evaluate(async (body) => {
    const headers = { "content-type": "application/json" };
    return (await fetch("/auth/dev", { method: "POST", headers, body: JSON.stringify(body) })).status;
  }, person);
  if (status !== 200) throw new Error(`signing in answered ${status}`);
  await page.goto(`${site}/${SLUG}`);
  await page.getByText(/reading now/).waitFor();
  return page;
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.evaluate("document.fonts.ready.then(() => null)");
  const path = join(IMAGES, `${name}.png`);
  await page.screenshot({ path });
  console.log(`wrote ${path}`);
}
