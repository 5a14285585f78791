import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { renderPost, renderTag, renderTenantHome } from "../../client/web/pages/index.ts";
import { postStub } from "../../parties/post/index.ts";
import { describeError, log } from "../../parties/kernel/index.ts";
import { parse, PartyError } from "../../schema/errors.ts";
import type { Post } from "../../schema/http/posts.ts";
import { tagSchema } from "../../schema/ids.ts";
import { ANONYMOUS, type Principal } from "../../schema/principal.ts";
import { type AppContext, type AppEnv, createRouter, findViewer, requireSite } from "../context.ts";
import { POSTS_A_PAGE, toPageProps } from "../pages/post-cards.ts";
import { shellOf, viewerOf } from "../pages/shell.ts";
import { mayEdit, mayRead, mayWrite } from "../posts/access.ts";
import { pageOfPosts } from "../posts/lists.ts";
import { renderedPost } from "../posts/rendered.ts";
import { findPost } from "../posts/rows.ts";
import { accountPages } from "./account-pages.ts";
import { assetRoutes } from "./assets.ts";

const pageQuerySchema = z.object({ older: z.string().max(1_024).optional(), newer: z.string().max(1_024).optional() });

/** Pages differ by who reads them, so nobody may keep them but the reader's own browser, and that asks again each time. */
const revalidate = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  if (!c.res.headers.has("cache-control")) c.header("Cache-Control", "private, no-cache");
});

const site = createRouter();

site.get("/", async (c) => {
  const found = await requireSite(c);
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
  const { tenant } = await requireSite(c);
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
  const found = await requireSite(c);
  const post = await findPost(c.env.DB, found.tenant.subdomain, { slug: c.req.param("slug") });
  const reader = await readerOf(c);
  if (post === undefined || !mayRead(found, post, reader)) throw new PartyError("not_found");
  const canEdit = mayEdit(found, post, reader);
  return c.html(
    renderPost({
      shell: await shellOf(c, await viewerOf(c)),
      post,
      ...renderedPost(post),
      live: await liveState(c, post, reader),
      canEdit,
      canModerate: canEdit,
      commentsClosed: found.tenant.features.comments ? null : "Comments are closed on this site.",
    }),
  );
});

/** Everything that people read. Last of all routes: a post's address is one word. */
export const pageRoutes = createRouter();
pageRoutes.route("/", assetRoutes);
pageRoutes.use("*", revalidate);
pageRoutes.route("/", accountPages);
pageRoutes.route("/", site);

async function pageHere(c: AppContext, tenant: string, tag: string | undefined) {
  const query = parse(pageQuerySchema, c.req.query(), "bad_request");
  return await pageOfPosts(c.env.DB, { tenant, tag, status: "published", limit: POSTS_A_PAGE, ...query });
}

async function readerOf(c: AppContext): Promise<Principal> {
  return (await findViewer(c))?.principal ?? ANONYMOUS;
}

/** What moves on a post's page, or null when its party is away: the post itself can be read all the same. */
async function liveState(c: AppContext, post: Post, principal: Principal) {
  try {
    const party = postStub(c.env, { tenant: post.tenant, postId: post.id }, c.get("traceId"));
    return await party.read({ principal, revision: post.revision });
  } catch (error) {
    log("warn", "post.state_missing", { traceId: c.get("traceId"), postId: post.id, ...describeError(error) });
    return null;
  }
}
