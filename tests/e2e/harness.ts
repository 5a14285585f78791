import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { z } from "zod";
import { type Answer, send } from "../../scripts/lib/http.ts";
import type { Settings } from "../../scripts/lib/settings.ts";
import { type Served, serve } from "../../scripts/serve.ts";
import { chromiumPath } from "../../scripts/lib/chromium.ts";

/** The served product on a port and a data directory of its own, empty, with dev login. */
export interface Site {
  server: Served;
  /** What the worker has logged so far, a line each. */
  logs: readonly string[];
  /** `http://localhost:<port>`, or with a subdomain that site's origin. */
  origin: (subdomain?: string) => string;
  /** A request as a program makes it, with a bearer token unless `token` is null. */
  api: (method: string, url: string, token: string | null, body?: unknown) => Promise<Answer>;
  /** Stops the server and starts it again, on the same port and data. */
  restart: () => Promise<void>;
  /** Stops the server and removes its data. */
  stop: () => Promise<void>;
}

export interface Person {
  email: string;
  name: string;
}

const signedInSchema = z.object({ userId: z.string(), sessionId: z.string(), accessToken: z.string() });
const madePostSchema = z.object({ id: z.string(), slug: z.string() });

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await chromiumPath(),
    args: ["--no-sandbox", "--disable-background-networking"],
  });
}

export async function startSite(settings: Settings = {}): Promise<Site> {
  const dataDir = mkdtempSync(join(tmpdir(), "understory-site-"));
  const logs: string[] = [];
  const start = (port: number): Promise<Served> =>
    serve({ port, dataDir, settings: { DEV_LOGIN: "1", ...settings }, onLog: (line) => logs.push(line) });
  const server = await start(0);
  const site: Site = {
    server,
    logs,
    origin: (subdomain) => `http://${subdomain === undefined ? "" : `${subdomain}.`}localhost:${server.port}`,
    api: (method, url, token, body) =>
      send(method, new URL(url), token === null ? {} : { authorization: `Bearer ${token}` }, body),
    restart: async () => {
      await site.server.stop();
      site.server = await start(server.port);
    },
    stop: async () => {
      await site.server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return site;
}

/** Signs somebody in without a browser, for setting the scene over HTTP. */
export async function tokenFor(site: Site, person: Person): Promise<z.infer<typeof signedInSchema>> {
  return signedInSchema.parse(expectOk(await site.api("POST", `${site.origin()}/auth/dev`, null, person)));
}

/** Makes a site that belongs to the token's person. */
export async function makeTenant(site: Site, token: string, subdomain: string, displayName: string): Promise<void> {
  expectOk(await site.api("POST", `${site.origin()}/api/tenants`, token, { subdomain, displayName }));
}

/** Lets a load through that no tier would: as those who run the service may. */
export async function raiseLimits(site: Site, operator: string, subdomain: string): Promise<void> {
  const limits = { requestsPerMinute: 1_000_000, commentsPerMinute: 1_000_000 };
  expectOk(await site.api("PUT", `${site.origin(subdomain)}/api/admin/config`, operator, { limits }));
}

/** Publishes a post; `url` is where people read it. */
export async function publishPost(
  site: Site,
  token: string,
  subdomain: string,
  post: { title: string; content: string; tags?: readonly string[] },
): Promise<{ id: string; slug: string; url: string }> {
  const origin = site.origin(subdomain);
  const answer = await site.api("POST", `${origin}/api/posts`, token, { ...post, status: "published" });
  const { id, slug } = madePostSchema.parse(expectOk(answer));
  return { id, slug, url: `${origin}/${slug}` };
}

/** Signs a browser in on one origin, as its own pages do: the cookie belongs to that host. */
export async function signIn(context: BrowserContext, origin: string, person: Person): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${origin}/`);
  const status = await page.evaluate(async (body) => {
    const answer = await fetch("/auth/dev", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return answer.status;
  }, person);
  await page.close();
  if (status !== 200) throw new Error(`dev login on ${origin} answered ${status}`);
}

/** Everything that a page complains about from now on: console errors, uncaught exceptions, broken CSP. */
export function collectErrors(page: Page): readonly string[] {
  const errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => errors.push(error.message));
  return errors;
}

/**
 * The serious and critical accessibility findings of a page, a line each. axe comes in through the debugging
 * protocol, which the page's CSP doesn't bind.
 */
export async function accessibilityFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: axe.Result[] }>("axe.run(document)");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help} at ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

/** Whether a page is wider than its window, which makes a phone scroll sideways. */
export async function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate<boolean>("document.documentElement.scrollWidth > document.documentElement.clientWidth");
}

function expectOk(answer: Answer): unknown {
  if (answer.status >= 300) throw new Error(`unexpected answer: ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body);
}
