import { env } from "cloudflare:workers";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type SitePage, sitePageListSchema, sitePageSchema } from "../../schema/http/admin/pages.ts";
import { tenantStub } from "../../parties/tenant/index.ts";
import { forgetSite } from "../../server/tenants/known.ts";
import { watchWakes } from "../helpers/calls.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { breakD1 } from "../helpers/faults.ts";
import { rowsOf } from "../helpers/objects.ts";
import { call, makeSite, refusal, type Someone, signIn, writePost } from "./support.ts";

const database = withD1Migrations();
const PATH = "/api/admin/pages";

type TestSite = Awaited<ReturnType<typeof makeSite>>;
const ABOUT = { slug: "about", title: "About us", content: "We like *hazels*.", status: "published" };

async function write({ host, owner }: TestSite, page: object = {}): Promise<SitePage> {
  const response = await call("POST", PATH, { host, token: owner.token, body: { ...ABOUT, ...page } });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  return sitePageSchema.parse(await response.json());
}

async function change({ host, owner }: TestSite, { id }: SitePage, body: object): Promise<Response> {
  return await call("PATCH", `${PATH}/${id}`, { host, token: owner.token, body });
}

async function read({ host }: TestSite, slug = "about", by?: Someone): Promise<Response> {
  return await call("GET", `/${slug}`, { host, ...(by && { cookie: by.cookie }) });
}

/** Waits until D1 has heard all that the site's party has to tell. */
async function settle({ subdomain }: TestSite): Promise<void> {
  expect(await tenantStub(env, { subdomain }).flushAnalytics({})).toEqual({ waiting: 0 });
}

describe("a published page", () => {
  test("is read by everybody, in the site's prose, without author or discussion", async () => {
    const site = await makeSite();
    const { id } = await write(site);
    const response = await read(site);
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(html).toContain("<em>hazels</em>");
    expect(html).toMatch(/<h1[^>]*>About us<\/h1>/);
    expect(html).toMatch(/Updated <time/);
    expect(html).not.toContain("/client/web/entries/post.tsx");
    expect(html).not.toContain(`/admin/pages/${id}`);
    const own = await (await read(site, "about", site.owner)).text();
    expect(own).toContain(`/admin/pages/${id}`);
  });

  test("is read at once, also while D1 has not heard of it", async () => {
    const site = await makeSite();
    breakD1(`tenant:${site.subdomain}`).fail("before");
    await write(site);
    expect((await read(site)).status).toBe(200);
    const { results } = await database.prepare("SELECT id FROM site_pages WHERE tenant = ?").bind(site.subdomain).all();
    expect(results).toEqual([]);
  });

  test("is not there any more as soon as it is taken back, renamed or deleted, though D1 has it still", async () => {
    const site = await makeSite();
    const page = await write(site);
    const other = await write(site, { slug: "other" });
    await settle(site);
    breakD1(`tenant:${site.subdomain}`).fail("before");
    expect((await change(site, page, { revision: 1, status: "draft" })).status).toBe(200);
    expect((await read(site)).status).toBe(404);
    expect((await change(site, other, { revision: 1, slug: "another" })).status).toBe(200);
    expect([(await read(site, "other")).status, (await read(site, "another")).status]).toEqual([404, 200]);
    const { host, owner } = site;
    expect((await call("DELETE", `${PATH}/${other.id}`, { host, token: owner.token })).status).toBe(204);
    expect((await read(site, "another")).status).toBe(404);
  });

  test("counts as a page that was looked at, and one that is not there does not", async () => {
    const site = await makeSite();
    await write(site);
    await write(site, { slug: "draft", status: "draft" });
    await settle(site);
    for (const slug of ["about", "draft", "nothing"]) await read(site, slug);
    const events = await rowsOf(env.Tenant.getByName(site.subdomain), "events");
    expect(events.map(({ path }) => path)).toEqual(["/about"]);
  });

  test("is in the sitemap and, with a place, in the menu of every page", async () => {
    const site = await makeSite();
    await write(site, { menuOrder: 0 });
    await write(site, { slug: "draft", title: "A draft", status: "draft", menuOrder: 1 });
    await settle(site);
    const sitemap = await (await call("GET", "/sitemap.xml", { host: site.host })).text();
    expect(sitemap).toContain(`<loc>http://${site.host}/about</loc>`);
    expect(sitemap).not.toContain("draft");
    const home = await (await call("GET", "/", { host: site.host })).text();
    expect(home).toContain('href="/about"');
    expect(home).not.toContain("A draft");
  });

  test("is safe, whatever was written", async () => {
    const site = await makeSite();
    await write(site, {
      title: "<script>alert(1)</script>",
      content: "<img src=x onerror=alert(1)>\n\n[x](javascript:1)",
    });
    const html = await (await read(site)).text();
    expect(html).not.toContain("<script>alert");
    expect(html).not.toContain("<img src=x");
    expect(html).not.toContain("javascript:1");
  });

  test("is served from D1 by an edge that has never reached the site's party, with the site's menu", async () => {
    const site = await makeSite();
    await write(site, { menuOrder: 0 });
    await settle(site);
    forgetSite(site.subdomain);
    const prototype = Object.getPrototypeOf(env.Tenant) as DurableObjectNamespace;
    const real = prototype.get;
    const away = String(env.Tenant.idFromName(site.subdomain));
    const spy = vi.spyOn(prototype, "get").mockImplementation(function get(this: DurableObjectNamespace, id) {
      if (String(id) === away) throw new Error("Network connection lost. (by a test)");
      return real.call(this, id);
    });
    onTestFinished(() => spy.mockRestore());
    const response = await read(site);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("<em>hazels</em>");
  });
});

describe("an address", () => {
  test("of a post is no page's, and of a page no post's, published or not", async () => {
    const site = await makeSite();
    const { host, owner } = site;
    const post = await writePost(site, { title: "Hello", status: "draft" });
    const create = await call("POST", PATH, { host, token: owner.token, body: { ...ABOUT, slug: post.slug } });
    expect(await refusal(create)).toBe("409 conflict");
    const page = await write(site, { status: "draft" });
    expect(await refusal(await change(site, page, { revision: 1, slug: post.slug }))).toBe("409 conflict");
    await settle(site);
    const writing = { title: "x", content: "", slug: "about" };
    expect(await refusal(await call("POST", "/api/posts", { host, token: owner.token, body: writing }))).toBe(
      "409 conflict",
    );
    const renaming = { revision: post.revision, slug: "about" };
    const renamed = await call("PATCH", `/api/posts/${post.id}`, { host, token: owner.token, body: renaming });
    expect(await refusal(renamed)).toBe("409 conflict");
    expect((await writePost(site, { title: "About" })).slug).toMatch(/^about-[a-z0-9]{4}$/);
  });

  test("that a post and a page took at the same time is the post's, and both can still be saved", async () => {
    const site = await makeSite();
    const faults = breakD1(`tenant:${site.subdomain}`);
    faults.fail("before");
    const page = await write(site);
    const post = await writePost(site, { title: "The post", slug: "about" });
    faults.heal();
    await settle(site);
    expect(await (await read(site)).text()).toContain("The post");
    const { host, owner } = site;
    const same = { revision: post.revision, slug: "about", title: "Still the post" };
    expect((await call("PATCH", `/api/posts/${post.id}`, { host, token: owner.token, body: same })).status).toBe(200);
    expect((await change(site, page, { revision: 1, slug: "about", title: "Still the page" })).status).toBe(200);
    expect((await change(site, page, { revision: 2, slug: "about-us" })).status).toBe(200);
    expect((await read(site, "about-us")).status).toBe(200);
  });

  test.each(["admin", "images", "invitations", "trails", "feed"])("/%s is the site's own", async (slug) => {
    const site = await makeSite();
    const { host, owner } = site;
    const page = await call("POST", PATH, { host, token: owner.token, body: { ...ABOUT, slug } });
    expect(await refusal(page)).toBe("422 unprocessable");
    const post = await call("POST", "/api/posts", {
      host,
      token: owner.token,
      body: { title: "x", content: "", slug },
    });
    expect(await refusal(post)).toBe("422 unprocessable");
  });
});

describe("the pages of a site", () => {
  test("are listed without their texts, and read, changed and deleted one by one", async () => {
    const site = await makeSite();
    const page = await write(site);
    const { host, owner } = site;
    const { content: _, ...summary } = page;
    const list = await call("GET", PATH, { host, token: owner.token });
    const { pages } = sitePageListSchema.strict().parse(await list.json());
    expect(pages).toEqual([summary]);
    const one = await call("GET", `${PATH}/${page.id}`, { host, token: owner.token });
    expect(sitePageSchema.parse(await one.json())).toEqual(page);
    const changed = await change(site, page, { revision: 1, title: "Us" });
    expect(sitePageSchema.parse(await changed.json())).toMatchObject({ title: "Us", revision: 2 });
    const late = await change(site, page, { revision: 1, title: "Them" });
    expect(late.status).toBe(409);
    expect(await late.json()).toMatchObject({ error: { code: "conflict" }, page: { title: "Us", revision: 2 } });
    expect((await call("DELETE", `${PATH}/${page.id}`, { host, token: owner.token })).status).toBe(204);
    expect(await refusal(await change(site, page, { revision: 2, title: "x" }))).toBe("404 not_found");
  });

  test("may be refused, with what would help", async () => {
    const site = await makeSite();
    for (let count = 0; count < 5; count += 1) await write(site, { slug: `page-${count}` });
    const { host, owner } = site;
    const refused = await call("POST", PATH, { host, token: owner.token, body: ABOUT });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ limit: 5, tier: "seedling", unlockedBy: "sapling" });
  });

  test.each([
    ["GET", PATH],
    ["POST", PATH],
    ["GET", `${PATH}/{id}`],
    ["PATCH", `${PATH}/{id}`],
    ["DELETE", `${PATH}/{id}`],
  ])("are the editors' to see to: %s %s", async (method, path) => {
    const site = await makeSite();
    const page = await write(site);
    const stranger = await signIn();
    const body = method === "POST" ? ABOUT : method === "PATCH" ? { revision: 1, slug: "x" } : undefined;
    const ask = async (token: string | undefined) =>
      await refusal(await call(method, path.replace("{id}", page.id), { host: site.host, token, body }));
    expect(await ask(undefined)).toBe("401 unauthenticated");
    expect(await ask(stranger.token)).toBe("403 forbidden");
  });

  test.each([
    { slug: "a b" },
    { slug: undefined },
    { title: "" },
    { content: "x".repeat(100_001) },
    { menuOrder: 1.5 },
    { status: "private" },
    { id: "pag_000000000000000000000" },
  ])("are not written as %j", async (given) => {
    const { host, owner } = await makeSite();
    const refused = await call("POST", PATH, { host, token: owner.token, body: { ...ABOUT, ...given } });
    expect(await refusal(refused)).toBe("422 unprocessable");
  });

  test("cost a reader no call but those of every page", async () => {
    const site = await makeSite();
    await write(site);
    await settle(site);
    await read(site);
    const wakes = await watchWakes();
    expect((await read(site)).status).toBe(200);
    expect(wakes.all).toEqual([`${site.subdomain} admit`]);
  });
});
