import { type AppContext, createRouter, requireSite } from "../context.ts";
import { type FeedSource, jsonFeedOf, rssOf, sitemapOf } from "../feeds/feeds.ts";
import { pageOfPosts } from "../posts/lists.ts";
import { publishedSlugs } from "../posts/rows.ts";
import { publishedPages } from "../static-pages/store.ts";

/** Posts in a feed. */
const FEED_POSTS = 20;
/** Far below the 50,000 that a sitemap may hold, to stay one cheap query. */
const SITEMAP_POSTS = 5_000;
/** Feed readers come often; five minutes are soon enough for them. */
const CACHE = "public, max-age=300";

/** What programs read of a site. */
export const feedRoutes = createRouter();

feedRoutes.get("/feed.xml", async (c) => {
  const rss = rssOf(await sourceOf(c));
  return c.body(rss, 200, { "Content-Type": "application/rss+xml; charset=utf-8", "Cache-Control": CACHE });
});

feedRoutes.get("/feed.json", async (c) => {
  const feed = JSON.stringify(jsonFeedOf(await sourceOf(c)));
  return c.body(feed, 200, { "Content-Type": "application/feed+json; charset=utf-8", "Cache-Control": CACHE });
});

feedRoutes.get("/sitemap.xml", async (c) => {
  const { tenant, pageSlugs } = await requireSite(c);
  const posts = await publishedSlugs(c.env.DB, tenant.subdomain, SITEMAP_POSTS);
  const pages = (await publishedPages(c.env.DB, tenant.subdomain)).filter(({ slug }) => pageSlugs.includes(slug));
  const sitemap = sitemapOf(new URL(c.req.url).origin, [...pages, ...posts]);
  return c.body(sitemap, 200, { "Content-Type": "application/xml; charset=utf-8", "Cache-Control": CACHE });
});

feedRoutes.get("/robots.txt", (c) => {
  const common = ["User-agent: *", "Disallow: /admin", "Disallow: /api/", "Disallow: /auth/", "Disallow: /parties/"];
  const sitemap = c.get("host").kind === "site" ? [`Sitemap: ${new URL(c.req.url).origin}/sitemap.xml`] : [];
  return c.text(`${[...common, ...sitemap].join("\n")}\n`, 200, { "Cache-Control": CACHE });
});

async function sourceOf(c: AppContext): Promise<FeedSource> {
  const { tenant } = await requireSite(c);
  const page = await pageOfPosts(c.env.DB, {
    tenant: tenant.subdomain,
    status: "published",
    tag: undefined,
    limit: FEED_POSTS,
  });
  return { tenant, origin: new URL(c.req.url).origin, posts: page.posts };
}
