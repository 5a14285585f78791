import type { Post } from "../../schema/http/posts.ts";
import type { Tenant } from "../../schema/http/tenants.ts";
import { excerptOf } from "../../schema/markdown.ts";
import { EXCERPT_LENGTH, renderedPost } from "../posts/rendered.ts";

/** Markdown that one feed renders in full, in UTF-16 units, from the newest post on: a longer one takes many seconds. */
const MAX_FEED_SOURCE = 400_000;

/** A site's newest posts as feeds. Links are absolute: readers of feeds have no base to resolve them against. */
export interface FeedSource {
  tenant: Tenant;
  /** Scheme, host and port of the site. */
  origin: string;
  /** Newest first. */
  posts: Post[];
}

/** RSS 2.0 with the content module (https://www.rssboard.org/rss-specification). */
export function rssOf({ tenant, origin, posts }: FeedSource): string {
  const items = withTexts(posts).map(({ post, excerpt, html }) => {
    const url = `${origin}/${post.slug}`;
    const content =
      html === undefined ? "" : `\n<content:encoded>${escapeXml(absoluteLinks(html, origin))}</content:encoded>`;
    return `<item>
<title>${escapeXml(post.title)}</title>
<link>${escapeXml(url)}</link>
<guid isPermaLink="false">${escapeXml(post.id)}</guid>
<pubDate>${new Date(post.publishedAt ?? post.updatedAt).toUTCString()}</pubDate>
<dc:creator>${escapeXml(post.author.name)}</dc:creator>
${post.tags.map((tag) => `<category>${escapeXml(tag)}</category>`).join("")}
<description>${escapeXml(excerpt)}</description>${content}
</item>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel>
<title>${escapeXml(tenant.displayName)}</title>
<link>${escapeXml(origin)}/</link>
<description>${escapeXml(`Posts of ${tenant.displayName}`)}</description>
<atom:link href="${escapeXml(origin)}/feed.xml" rel="self" type="application/rss+xml"/>
${items.join("\n")}
</channel>
</rss>
`;
}

/** JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/). */
export function jsonFeedOf({ tenant, origin, posts }: FeedSource): object {
  return {
    version: "https://jsonfeed.org/version/1.1",
    title: tenant.displayName,
    home_page_url: `${origin}/`,
    feed_url: `${origin}/feed.json`,
    items: withTexts(posts).map(({ post, excerpt, html }) => ({
      id: post.id,
      url: `${origin}/${post.slug}`,
      title: post.title,
      summary: excerpt,
      // One of the two must be there.
      ...(html === undefined ? { content_text: excerpt } : { content_html: absoluteLinks(html, origin) }),
      ...(post.publishedAt !== null && { date_published: post.publishedAt }),
      date_modified: post.updatedAt,
      authors: [{ name: post.author.name }],
      tags: post.tags,
    })),
  };
}

/** The posts with their summaries, and with their text as far as `MAX_FEED_SOURCE` reaches. */
function withTexts(posts: Post[]): { post: Post; excerpt: string; html: string | undefined }[] {
  let source = 0;
  return posts.map((post) => {
    source += post.content.length;
    if (source > MAX_FEED_SOURCE) return { post, excerpt: excerptOf(post.content, EXCERPT_LENGTH), html: undefined };
    const { excerpt, html } = renderedPost(post);
    return { post, excerpt, html };
  });
}

/** https://www.sitemaps.org/protocol.html */
export function sitemapOf(origin: string, entries: { slug: string; updatedAt: number }[]): string {
  const urls = entries.map(
    ({ slug, updatedAt }) =>
      `<url><loc>${escapeXml(`${origin}/${slug}`)}</loc><lastmod>${new Date(updatedAt).toISOString()}</lastmod></url>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>${escapeXml(origin)}/</loc></url>
${urls.join("\n")}
</urlset>
`;
}

/** The Markdown renderer encodes quotes in attributes, so these are only ever its own. */
function absoluteLinks(html: string, origin: string): string {
  return html.replaceAll(/ (href|src)="\/(?!\/)/g, ` $1="${origin}/`);
}

const XML_ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Also drops what XML 1.0 cannot hold in any form: most control characters, and halves of surrogate pairs. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll(/[&<>"']/g, (character) => XML_ENTITIES[character] ?? character);
}
