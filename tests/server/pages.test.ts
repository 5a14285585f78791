import { describe, expect, test } from "vitest";
import { withD1Migrations } from "../helpers/d1.ts";
import { APEX, call, makeSite, signIn, writePost } from "./support.ts";

withD1Migrations();

async function page(path: string, options: Parameters<typeof call>[2]): Promise<string> {
  const response = await call("GET", path, options);
  expect(response.status).toBe(200);
  return await response.text();
}

describe("headers", () => {
  test("stand on every answer, pages, JSON and refusals alike", async () => {
    const { host } = await makeSite();
    for (const path of ["/", "/healthz", "/api/me", "/nope", "/feed.xml", "/auth/begin"]) {
      const { headers } = await call("GET", path, { host });
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("script-src 'self'");
      expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(policy).not.toMatch(/script-src[^;]*unsafe/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("strict-origin-when-cross-origin");
      expect(headers.get("permissions-policy")).toContain("camera=()");
      expect(headers.get("x-trace-id")).toMatch(/^[\w-]{21}$/);
      expect(headers.get("strict-transport-security")).toBeNull();
    }
  });

  test("open nothing to other origins", async () => {
    const { headers } = await call("OPTIONS", "/api/posts", {
      origin: "https://evil.com",
      headers: { "access-control-request-method": "POST" },
    });
    expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("a site's pages", () => {
  test("hold the post, its discussion and no script or style of their own", async () => {
    const site = await makeSite();
    const { host } = site;
    const post = await writePost(site, {
      title: "Moss & <stone>",
      content: "## Under\n\n<script>alert(1)</script> *soft*",
      tags: ["two words"],
    });
    await call("POST", `/api/posts/${post.id}/comments`, {
      host,
      token: site.owner.token,
      body: { content: "</script><script>alert(2)" },
    });
    const html = await page(`/${post.slug}`, { host });
    expect(html).toContain("<em>soft</em>");
    expect(html).toContain("Moss &amp; &lt;stone");
    expect(html).toContain(`property="og:title"`);
    expect(html).toContain(`href="http://${host}/${post.slug}"`);
    expect(html).toContain("/tags/two%20words");
    expect(html).not.toMatch(/<script>|<style| style="| on[a-z]+="/);
    for (const [, attributes] of html.matchAll(/<script([^>]*)>/g))
      expect(attributes).toMatch(/ src="\/|type="application\/json"/);
    expect(await page("/tags/two%20words", { host })).toContain("Moss &amp;");
  });

  test("lead from page to page and back", async () => {
    const site = await makeSite();
    for (let n = 10; n < 35; n++) await writePost(site, { title: `Entry ${n}` });
    const entries = (html: string) => new Set([...html.matchAll(/Entry \d\d/g)].map(([title]) => title));
    const link = (html: string, rel: string) =>
      new RegExp(`rel="${rel}" href="([^"]+)"|href="([^"]+)" rel="${rel}"`).exec(html)?.slice(1).find(Boolean);
    const first = await page("/", site);
    const second = await page(link(first, "next") ?? "", site);
    const third = await page(link(second, "next") ?? "", site);
    expect([first, second, third].map((html) => entries(html).size)).toEqual([10, 10, 5]);
    expect(link(first, "prev")).toBeUndefined();
    expect(link(third, "next")).toBeUndefined();
    const back = await page(link(third, "prev") ?? "", site);
    expect(entries(back)).toEqual(entries(second));
    const start = await page(link(back, "prev") ?? "", site);
    expect(entries(start)).toEqual(entries(first));
    expect(link(start, "prev")).toBeUndefined();
  });

  test("of a draft are for those who write here", async () => {
    const site = await makeSite();
    const post = await writePost(site, { status: "draft" });
    expect((await call("GET", `/${post.slug}`, { host: site.host })).status).toBe(404);
    const html = await page(`/${post.slug}`, { host: site.host, token: site.owner.token });
    expect(html).toContain("noindex");
  });

  test.each(["/nope", "/tags/none", "/tags/%2F", "/UPPER", "/a/b", "/%E0%A4%A", "/tags/%E0%A4%A"])(
    "answer %s with a page that says it is not here",
    async (path) => {
      const { host } = await makeSite();
      const response = await call("GET", path, { host });
      expect(response.status).toBe(404);
      expect(await response.text()).toContain("This page is not here");
    },
  );
});

describe("feeds", () => {
  test("are well formed whatever a post says", async () => {
    const site = await makeSite();
    const { host } = site;
    await writePost(site, { title: `A ]]> & "b" <c> \u0001`, content: "[link](/about) ]]> <b>", tags: ["moss"] });
    await writePost(site, { title: "Secret", status: "private" });
    const rss = await call("GET", "/feed.xml", { host });
    expect(rss.headers.get("content-type")).toContain("application/rss+xml");
    const xml = await rss.text();
    expect(xml).toContain("<title>A ]]&gt; &amp; &quot;b&quot; &lt;c&gt;");
    expect(xml).toContain(`href=&quot;http://${host}/about&quot;`);
    expect(xml).not.toContain("Secret");
    expect(xml).not.toContain("\u0001");
    const feed = await (
      await call("GET", "/feed.json", { host })
    ).json<{ version: string; items: { url: string; tags: string[] }[] }>();
    expect(feed.version).toBe("https://jsonfeed.org/version/1.1");
    expect(feed.items).toHaveLength(1);
    expect(feed.items[0]?.tags).toEqual(["moss"]);
    expect(await (await call("GET", "/sitemap.xml", { host })).text()).toContain(`<loc>${feed.items[0]?.url}</loc>`);
    expect(await (await call("GET", "/robots.txt", { host })).text()).toContain(`Sitemap: http://${host}/sitemap.xml`);
  });
});

describe("the apex", () => {
  test("shows a signed-in person their sites", async () => {
    const { owner, host } = await makeSite();
    const html = await page("/", { cookie: owner.cookie });
    expect(html).toContain("Olive &amp; Sons");
    expect(html).toContain(`http://${host}`);
    expect(await page("/", {})).not.toContain("Your sites");
  });

  test("sends strangers to sign in and brings them back", async () => {
    const response = await call("GET", "/account/devices");
    expect(response.headers.get("location")).toBe("/sign-in?returnTo=%2Faccount%2Fdevices");
    const { cookie } = await signIn();
    const back = await call("GET", "/sign-in?returnTo=%2Faccount%2Fdevices", { cookie });
    expect(back.headers.get("location")).toBe("/account/devices");
    const away = await call("GET", "/sign-in?returnTo=https%3A%2F%2Fevil.com", { cookie });
    expect(away.headers.get("location")).toBe("/");
    expect(await page("/account/devices", { cookie })).toContain('type="application/json"');
  });
});

test("the OpenAPI document describes every route of the API", async () => {
  const document = await (
    await call("GET", "/api/openapi.json", { host: APEX })
  ).json<{ openapi: string; paths: Record<string, object> }>();
  expect(document.openapi).toBe("3.1.0");
  for (const path of [
    "/api/admin/reports",
    "/api/me",
    "/api/me/audit",
    "/api/me/state",
    "/api/posts",
    "/api/posts/{id}",
    "/api/posts/{id}/publish",
    "/api/posts/{id}/comments/{commentId}/report",
    "/api/posts/{id}/reactions/{type}",
    "/api/preview",
    "/api/tenants",
    "/api/tickets",
    "/auth/dev",
    "/auth/refresh",
    "/auth/{provider}/callback",
  ]) {
    expect(Object.keys(document.paths)).toContain(path);
  }
});
