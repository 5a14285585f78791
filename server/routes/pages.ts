import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { renderPost, renderStaticPage, renderTag, renderTenantHome } from "../../client/web/pages/index.ts";
import { postStub } from "../../parties/post/index.ts";
import { describeError, log } from "../../parties/kernel/index.ts";
import { parse, PartyError } from "../../schema/errors.ts";
import type { Post } from "../../schema/http/posts.ts";
import { tagSchema } from "../../schema/ids.ts";
import type { SiteConfig } from "../../schema/parties/tenant.ts";
import { ANONYMOUS, type Principal } from "../../schema/principal.ts";
import { type AppContext, type AppEnv, createRouter, findViewer, requireSite } from "../context.ts";
import { POSTS_A_PAGE, toPageProps } from "../pages/post-cards.ts";
import { shellOf, viewerOf } from "../pages/shell.ts";
import { isIn, mayEdit, mayRead, mayWrite } from "../posts/access.ts";
import { pageOfPosts } from "../posts/lists.ts";
import { renderedPost } from "../posts/rendered.ts";
import { findPost } from "../posts/rows.ts";
import { siteFacts } from "../posts/tell-party.ts";
import { findPublished, type ReadPage } from "../static-pages/store.ts";
import { sitePartyOf } from "../tenants/party.ts";
import { accountPages } from "./account-pages.ts";
import { assetRoutes } from "./assets.ts";
import { invitationPages } from "./invitation-pages.ts";
import { trailPages } from "./trail-pages.ts";

const pageQuerySchema = z.object({ older: z.string().max(1_024).optional(), newer: z.string().max(1_024).optional() });

/** Pages differ by who reads them, so nobody may keep them but the reader's own browser, and that asks again each time. */
const revalidate = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  if (!c.res.headers.has("cache-control")) c.header("Cache-Control", "private, no-cache");
});

const site = createRouter();

site.get("/", async (c) => {
  const found = await requireSite(c, { view: true });
  const page = await pageHere(c, found.tenant.subdomain, undefined);
  return c.html(
    renderTenantHome({
      shell: await shellOf(c, await viewerOf(c)),
      canWrite: mayWrite(found, await readerOf(c)),
      ...toPageProps(page, "/"),
    }),
  );
});

site.get("/tags/:tag", async (c) => {
  const { tenant } = await requireSite(c, { view: true });
  const tag = parse(tagSchema, c.req.param("tag"), "not_found");
  const page = await pageHere(c, tenant.subdomain, tag);
  // A tag that no post has is no page; a page beyond the last post is.
  if (page.posts.length === 0 && c.req.query("older") === undefined) throw new PartyError("not_found");
  return c.html(
    renderTag({
      shell: await shellOf(c, await viewerOf(c)),
      tag,
      ...toPageProps(page, `/tags/${encodeURIComponent(tag)}`),
    }),
  );
});

site.get("/:slug{[a-z0-9]+(?:-[a-z0-9]+)*}", async (c) => {
  let lookedUp: Promise<Found | undefined> | undefined;
  const lookUp = () => (lookedUp ??= findHere(c, c.req.param("slug")));
  const found = await requireSite(c, { view: async () => (await lookUp()) !== undefined });
  const there = await lookUp();
  const reader = await readerOf(c);
  if (there?.post === undefined) return await staticPage(c, found, there?.page);
  const { post } = there;
  if (!mayRead(found, post, reader)) throw new PartyError("not_found");
  const canEdit = mayEdit(found, post, reader);
  return c.html(
    renderPost({
      shell: await shellOf(c, await viewerOf(c)),
      post,
      ...renderedPost(post),
      live: await liveState(c, post, found, reader),
      canEdit,
      canModerate: canEdit,
      commentsClosed: whyClosed(found, reader),
    }),
  );
});

/** Everything that people read. Last of all routes: a post's address is one word. */
export const pageRoutes = createRouter();
pageRoutes.route("/", assetRoutes);
pageRoutes.use("*", revalidate);
pageRoutes.route("/", accountPages);
pageRoutes.route("/", invitationPages);
pageRoutes.route("/", trailPages);
pageRoutes.route("/", site);

async function pageHere(c: AppContext, tenant: string, tag: string | undefined) {
  const query = parse(pageQuerySchema, c.req.query(), "bad_request");
  return await pageOfPosts(c.env.DB, { tenant, tag, status: "published", limit: POSTS_A_PAGE, ...query });
}

/** What is at an address. A page is shown where no post is. */
type Found = { post: Post; page?: never } | { post?: never; page: ReadPage };

/** What this host's site has at an address, as far as D1 knows; on other hosts there is nothing. */
async function findHere(c: AppContext, slug: string): Promise<Found | undefined> {
  const host = c.get("host");
  if (host.kind !== "site") return undefined;
  const post = await findPost(c.env.DB, host.subdomain, { slug });
  if (post !== undefined) return { post };
  const page = await findPublished(c.env.DB, host.subdomain, slug);
  return page === undefined ? undefined : { page };
}

/** A page, if it is public: that is its site's to say. One that D1 does not have yet its party has. */
async function staticPage(c: AppContext, found: SiteConfig, known: ReadPage | undefined): Promise<Response> {
  const slug = c.req.param("slug") ?? "";
  if (!found.pageSlugs.includes(slug)) throw new PartyError("not_found");
  const page = known ?? (await sitePartyOf(c, found.tenant).getPublicPage({ slug }));
  const canEdit = isIn(found, await readerOf(c), "editor");
  return c.html(renderStaticPage({ shell: await shellOf(c, await viewerOf(c)), page, ...renderedPost(page), canEdit }));
}

/** Why somebody cannot comment, in words; null when they can, or could once they have signed in. */
function whyClosed(site: SiteConfig, reader: Principal): string | null {
  const { comments, commentPolicy } = site.tenant.features;
  if (!comments) return "Comments are closed on this site.";
  if (commentPolicy === "everyone" || reader.kind !== "user" || isIn(site, reader, "reader")) return null;
  return "Only members of this site comment here.";
}

async function readerOf(c: AppContext): Promise<Principal> {
  return (await findViewer(c))?.principal ?? ANONYMOUS;
}

/** What moves on a post's page, or null when its party is away: the post itself can be read all the same. */
async function liveState(c: AppContext, post: Post, site: SiteConfig, principal: Principal) {
  try {
    const party = postStub(c.env, { tenant: post.tenant, postId: post.id }, c.get("traceId"));
    return await party.read({ principal, revision: post.revision, site: siteFacts(site) });
  } catch (error) {
    log("warn", "post.state_missing", { traceId: c.get("traceId"), postId: post.id, ...describeError(error) });
    return null;
  }
}
