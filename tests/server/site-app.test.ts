import { env } from "cloudflare:workers";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { tenantStub } from "../../parties/tenant/index.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { person } from "../helpers/principals.ts";
import { call, cookieOf, deployedWith, joinSite, makeSite, type Someone, signIn } from "./support.ts";

withD1Migrations();

const OPERATOR = "ruth@understory.example";
const deployment = deployedWith({ ADMIN_EMAILS: OPERATOR });

type TestSite = Awaited<ReturnType<typeof makeSite>>;

async function page(site: TestSite, path: string, who: { cookie: string } | undefined) {
  const answer = await call("GET", path, { host: site.host, deployment, ...(who && { cookie: who.cookie }) });
  return { status: answer.status, location: answer.headers.get("location"), html: await answer.text() };
}

/** The labels of the sidebar, in order, that of the page itself marked. */
function sidebarOf(html: string): string[] {
  const nav = /<nav [^>]*aria-label="Sections".*?<\/nav>/s.exec(html)?.[0] ?? "";
  return [...nav.matchAll(/<a ([^>]*)>.*?<span>(.*?)<\/span>/gs)].map(
    ([, attributes = "", label = ""]) => `${attributes.includes("aria-current") ? "*" : ""}${label}`,
  );
}

describe("a site's app", () => {
  test("shows its owner everything, with the page itself marked", async () => {
    const site = await makeSite();
    const { status, html } = await page(site, "/admin", site.owner);
    expect(status).toBe(200);
    expect(html).toContain("<title>Dashboard · Olive &amp; Sons</title>");
    const labels = sidebarOf(html);
    expect(labels.slice(0, 5)).toEqual(["*Dashboard", "Blog Posts", "Pages", "Images", "Settings"]);
    expect(labels.slice(-2)).toEqual(["Reports", "Members"]);
    expect(sidebarOf((await page(site, "/admin/settings", site.owner)).html)).toContain("*Settings");
  });

  test.each([
    { role: "editor", labels: ["*Blog Posts", "Pages", "Images", "Reports"], closed: ["/admin/settings"] },
    {
      role: "author",
      labels: ["*Blog Posts", "Images"],
      closed: ["/admin/settings", "/admin/pages", "/admin/reports"],
    },
  ] as const)("shows an $role what they may use, and lets them nowhere else", async ({ role, labels, closed }) => {
    const site = await makeSite();
    const someone = await joinSite(site, role);
    const home = await page(site, "/admin", someone);
    expect([home.status, home.location]).toEqual([302, "/admin/posts"]);
    const { status, html } = await page(site, "/admin/posts", someone);
    expect([status, sidebarOf(html)]).toEqual([200, labels]);
    for (const path of closed) expect((await page(site, path, someone)).status).toBe(403);
  });

  test("tells those who have no part in the site, readers too", async () => {
    const site = await makeSite();
    for (const someone of [await signIn("Ada"), await joinSite(site, "reader")]) {
      for (const path of ["/admin", "/admin/posts", "/admin/settings"]) {
        const { status, html } = await page(site, path, someone);
        expect(status).toBe(403);
        expect(html).toContain("You have no part in running this site");
        expect(sidebarOf(html)).toEqual([]);
      }
    }
  });

  test("asks strangers to sign in first, and then brings them back", async () => {
    const { status, location } = await page(await makeSite(), "/admin/settings", undefined);
    expect(status).toBe(302);
    expect(location).toContain(encodeURIComponent("/admin/settings"));
  });

  test("shows those who run the service what it shows an owner", async () => {
    const site = await makeSite();
    const signedIn = await call("POST", "/auth/dev", { deployment, body: { name: "Ruth", email: OPERATOR } });
    const operator = { cookie: cookieOf(signedIn) };
    const { status, html } = await page(site, "/admin/settings", operator);
    expect(status).toBe(200);
    expect(sidebarOf(html)).toContain("*Settings");
  });

  test("has nothing at paths that are none of its pages", async () => {
    const site = await makeSite();
    expect((await page(site, "/admin/nonsense", site.owner)).status).toBe(404);
    expect((await page(site, "/admin/posts/a/b", site.owner)).status).toBe(404);
  });

  test("is there with what every site has while the site's party is away", async () => {
    const site = await makeSite();
    await page(site, "/admin", site.owner);
    takeAway(site.subdomain);
    const { status, html } = await page(site, "/admin", site.owner);
    expect(status).toBe(200);
    expect(sidebarOf(html).slice(0, 5)).toEqual(["*Dashboard", "Blog Posts", "Pages", "Images", "Settings"]);
  });
});

describe("a site's public pages", () => {
  test("have the site's look and name from the next page load on", async () => {
    const site = await makeSite();
    expect((await page(site, "/", undefined)).html).toMatch(/<html[^>]* data-accent="moss" data-font="literata"/);
    await asOwner(site, { displayName: "Moss & Co", theme: { accent: "plum", font: "inter" } });
    const { html } = await page(site, "/", undefined);
    expect(html).toMatch(/<html[^>]* data-accent="plum" data-font="inter"/);
    expect(html).toContain("<title>Moss &amp; Co</title>");
  });

  test("lead those who have a part in the site to their part of the app, and nobody else", async () => {
    const site = await makeSite();
    const ways = async (who: Someone | undefined) =>
      [...(await page(site, "/", who)).html.matchAll(/<a href="(\/admin[^"]*)" class="site-nav__link"/g)].map(
        ([, href]) => href,
      );
    expect(await ways(site.owner)).toEqual(["/admin"]);
    expect(await ways(await joinSite(site, "author"))).toEqual(["/admin/posts"]);
    expect(await ways(await joinSite(site, "reader"))).toEqual([]);
    expect(await ways(undefined)).toEqual([]);
  });
});

/** What the site's owner sets. */
async function asOwner({ subdomain, owner }: TestSite, changes: object): Promise<void> {
  const { userId: id, sessionId } = owner;
  const principal = { ...person(), user: { id, name: "Olive", picture: null }, sessionId };
  await tenantStub(env, { subdomain }).updateConfig({ principal, changes });
}

/** Makes a site's party unreachable until the test ends. */
function takeAway(subdomain: string): void {
  const prototype = Object.getPrototypeOf(env.Tenant) as DurableObjectNamespace;
  const real = prototype.get;
  const away = String(env.Tenant.idFromName(subdomain));
  const spy = vi.spyOn(prototype, "get").mockImplementation(function get(this: DurableObjectNamespace, id) {
    if (String(id) === away) throw new Error("Network connection lost. (by a test)");
    return real.call(this, id);
  });
  onTestFinished(() => spy.mockRestore());
}
