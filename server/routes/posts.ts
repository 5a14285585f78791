import { createRoute, z } from "@hono/zod-openapi";
import { PartyError } from "../../schema/errors.ts";
import {
  newPostSchema,
  postChangesSchema,
  postListSchema,
  postQuerySchema,
  postSchema,
} from "../../schema/http/posts.ts";
import { postIdSchema } from "../../schema/ids.ts";
import type { SiteConfig } from "../../schema/parties/tenant.ts";
import type { Principal } from "../../schema/principal.ts";
import { type AppContext, createRouter, principalOf, requireSite, requireUser } from "../context.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";
import { isIn, mayEdit, mayRead, requireWriter } from "../posts/access.ts";
import { pageOfPosts } from "../posts/lists.ts";
import { findPost } from "../posts/rows.ts";
import { tellChanged, tellRemoved } from "../posts/tell-party.ts";
import { withItsDraft } from "../posts/with-its-draft.ts";
import { changePost, createPost, deletePost, findAuthor, publishPost } from "../posts/write.ts";

const tags = ["posts"];
const params = z.object({ id: postIdSchema });
/** What a lost race is answered with, beside `error`. */
const currentSchema = z.object({ post: postSchema.optional() }).loose();

const list = createRoute({
  method: "get",
  path: "/api/posts",
  tags,
  summary: "The site's posts, newest first",
  request: { query: postQuerySchema },
  responses: answers({ 200: json("A page of posts", postListSchema) }, "bad_request", "forbidden", "not_found"),
});
const create = createRoute({
  method: "post",
  path: "/api/posts",
  tags,
  summary: "Write a post",
  security: SIGNED_IN,
  request: { body: body(newPostSchema) },
  responses: answers(
    { 201: json("The new post", postSchema) },
    "unauthenticated",
    "forbidden",
    "conflict",
    "unprocessable",
  ),
});
const read = createRoute({
  method: "get",
  path: "/api/posts/{id}",
  tags,
  summary: "One post",
  request: { params },
  responses: answers({ 200: json("The post", postSchema) }, "not_found"),
});
const change = createRoute({
  method: "patch",
  path: "/api/posts/{id}",
  tags,
  summary: "Change a post at a known revision",
  security: SIGNED_IN,
  request: { params, body: body(postChangesSchema) },
  responses: answers(
    { 200: json("The changed post", postSchema), 409: json("Someone was faster; `post` is theirs", currentSchema) },
    "unauthenticated",
    "not_found",
    "unprocessable",
  ),
});
const remove = createRoute({
  method: "delete",
  path: "/api/posts/{id}",
  tags,
  summary: "Delete a post",
  security: SIGNED_IN,
  request: { params },
  responses: answers({ 204: { description: "It is gone" } }, "unauthenticated", "not_found"),
});
const publish = createRoute({
  method: "post",
  path: "/api/posts/{id}/publish",
  tags,
  summary: "Publish a post, or exactly one revision of it",
  security: SIGNED_IN,
  request: {
    params,
    body: {
      content: { "application/json": { schema: z.strictObject({ revision: z.number().int().positive().optional() }) } },
    },
  },
  responses: answers(
    { 200: json("The published post", postSchema), 409: json("Someone was faster; `post` is theirs", currentSchema) },
    "unauthenticated",
    "not_found",
  ),
});

export const postRoutes = createRouter()
  .openapi(list, async (c) => {
    const site = await requireSite(c);
    const { cursor, limit, tag, status } = c.req.valid("query");
    const authorId = status === "published" ? undefined : whoseDrafts(site, await principalOf(c));
    const { subdomain: tenant } = site.tenant;
    const page = await pageOfPosts(c.env.DB, { tenant, status, tag, authorId, limit, older: cursor });
    return c.json({ posts: page.posts, nextCursor: page.older }, 200);
  })
  .openapi(create, async (c) => {
    const site = await requireSite(c);
    const { principal } = await requireUser(c);
    requireWriter(site, principal);
    const where = { tenant: site.tenant.subdomain, authorId: principal.user.id };
    const post = await createPost(c.env.DB, where, c.req.valid("json"));
    await tellChanged(c, site, post);
    return c.json(post, 201);
  })
  .openapi(read, async (c) => {
    const site = await requireSite(c);
    const post = await findPost(c.env.DB, site.tenant.subdomain, c.req.valid("param"));
    if (post === undefined || !mayRead(site, post, await principalOf(c))) throw noSuchPost();
    return c.json(post, 200);
  })
  .openapi(change, async (c) => {
    const { site, post: before, principal } = await requireEditable(c, c.req.valid("param").id);
    const changes = c.req.valid("json");
    const change = async () => await changePost(c.env.DB, before.tenant, before.id, changes);
    const isRenamed = changes.slug !== undefined && changes.slug !== before.slug;
    const post = await (isRenamed ? withItsDraft(c, principal, before, change) : change());
    await tellChanged(c, site, post);
    return c.json(post, 200);
  })
  .openapi(remove, async (c) => {
    const site = await requireSite(c);
    const tenant = site.tenant.subdomain;
    const { principal } = await requireUser(c);
    const { id } = c.req.valid("param");
    // Of a deleted post only its author is left to ask; deleting it again tells a party that missed it.
    const authorId = await findAuthor(c.env.DB, tenant, id);
    if (authorId === undefined) throw noSuchPost();
    if (!mayEdit(site, { author: { id: authorId } }, principal))
      throw new PartyError("forbidden", { message: "Only its author can delete a post" });
    const post = await findPost(c.env.DB, tenant, { id });
    const change = async () => await deletePost(c.env.DB, tenant, id);
    await (post === undefined ? change() : withItsDraft(c, principal, post, change));
    await tellRemoved(c, { tenant, id });
    return c.body(null, 204);
  })
  .openapi(publish, async (c) => {
    const { site, post: before } = await requireEditable(c, c.req.valid("param").id);
    const post = await publishPost(c.env.DB, before.tenant, before.id, c.req.valid("json").revision);
    await tellChanged(c, site, post);
    return c.json(post, 200);
  });

/** @throws PartyError `not_found` for a post that the caller may not even see, `forbidden` for one they may only read. */
async function requireEditable(c: AppContext, id: string) {
  const site = await requireSite(c);
  const { principal } = await requireUser(c);
  const post = await findPost(c.env.DB, site.tenant.subdomain, { id });
  if (post === undefined || !mayRead(site, post, principal)) throw noSuchPost();
  if (!mayEdit(site, post, principal))
    throw new PartyError("forbidden", { message: "Only its author can change a post" });
  return { site, post, principal };
}

/**
 * Whose posts somebody sees that not everybody does: editors everybody's (undefined), authors their own.
 * @throws PartyError `forbidden`
 */
function whoseDrafts(site: SiteConfig, principal: Principal): string | undefined {
  requireWriter(site, principal);
  return isIn(site, principal, "editor") || principal.kind !== "user" ? undefined : principal.user.id;
}

function noSuchPost(): PartyError {
  return new PartyError("not_found", { message: "There is no such post" });
}
