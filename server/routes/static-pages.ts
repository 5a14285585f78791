import { createRoute, z } from "@hono/zod-openapi";
import {
  newSitePageSchema,
  sitePageChangesSchema,
  sitePageListSchema,
  sitePageSchema,
} from "../../schema/http/admin/pages.ts";
import { pageIdSchema } from "../../schema/ids.ts";
import { createRouter } from "../context.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";
import { requireIn } from "../posts/access.ts";
import { requireNoPost } from "../static-pages/store.ts";
import { rememberConfig } from "../tenants/admission.ts";
import { requireSiteParty } from "../tenants/party.ts";

const tags = ["pages"];
const params = z.object({ id: pageIdSchema });
/** What a lost race is answered with, beside `error`. */
const currentSchema = z.object({ page: sitePageSchema.optional() }).loose();

const list = createRoute({
  method: "get",
  path: "/api/admin/pages",
  tags,
  summary: "The site's pages, those of the menu first, in its order",
  security: SIGNED_IN,
  responses: answers({ 200: json("All pages", sitePageListSchema) }, "unauthenticated", "forbidden", "not_found"),
});
const create = createRoute({
  method: "post",
  path: "/api/admin/pages",
  tags,
  summary: "Write a page that stands beside the posts",
  description: "Where the tier has no room, `limit` and `unlockedBy` say so.",
  security: SIGNED_IN,
  request: { body: body(newSitePageSchema) },
  responses: answers(
    { 201: json("The new page", sitePageSchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
    "conflict",
    "unprocessable",
  ),
});
const read = createRoute({
  method: "get",
  path: "/api/admin/pages/{id}",
  tags,
  summary: "One page, with its text",
  security: SIGNED_IN,
  request: { params },
  responses: answers({ 200: json("The page", sitePageSchema) }, "unauthenticated", "forbidden", "not_found"),
});
const change = createRoute({
  method: "patch",
  path: "/api/admin/pages/{id}",
  tags,
  summary: "Change a page at a known revision",
  security: SIGNED_IN,
  request: { params, body: body(sitePageChangesSchema) },
  responses: answers(
    { 200: json("The changed page", sitePageSchema), 409: json("Someone was faster; `page` is theirs", currentSchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
    "unprocessable",
  ),
});
const remove = createRoute({
  method: "delete",
  path: "/api/admin/pages/{id}",
  tags,
  summary: "Delete a page",
  security: SIGNED_IN,
  request: { params },
  responses: answers({ 204: { description: "It is gone" } }, "unauthenticated", "forbidden", "not_found"),
});

export const staticPageRoutes = createRouter()
  .openapi(list, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    return c.json({ pages: await party.listPages({ principal }) }, 200);
  })
  .openapi(create, async (c) => {
    const { site, party, principal } = await requireSiteParty(c);
    const page = c.req.valid("json");
    // Strangers learn nothing of which addresses drafts have.
    requireIn(site, principal, "editor");
    await requireNoPost(c.env.DB, site.tenant.subdomain, page.slug);
    const made = await party.createPage({ principal, page });
    rememberConfig(made.config);
    return c.json(made.page, 201);
  })
  .openapi(read, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    return c.json(await party.getPage({ principal, id: c.req.valid("param").id }), 200);
  })
  .openapi(change, async (c) => {
    const { site, party, principal } = await requireSiteParty(c);
    const { id } = c.req.valid("param");
    const changes = c.req.valid("json");
    if (changes.slug !== undefined && changes.slug !== (await party.getPage({ principal, id })).slug)
      await requireNoPost(c.env.DB, site.tenant.subdomain, changes.slug);
    const { page, config } = await party.updatePage({ principal, id, changes });
    rememberConfig(config);
    return c.json(page, 200);
  })
  .openapi(remove, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    const { config } = await party.deletePage({ principal, id: c.req.valid("param").id });
    rememberConfig(config);
    return c.body(null, 204);
  });
