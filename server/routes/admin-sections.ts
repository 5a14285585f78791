import { createRoute, z } from "@hono/zod-openapi";
import {
  newSectionSchema,
  sectionChangesSchema,
  sectionListSchema,
  sectionOrderSchema,
  sectionSchema,
} from "../../schema/http/admin/sections.ts";
import { createRouter } from "../context.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";
import { requireSiteParty } from "../tenants/party.ts";

const tags = ["site administration"];
const params = z.object({ id: z.string().min(1).max(64) });
/** What an order of sections that have come or gone is answered with, beside `error`. */
const currentSchema = sectionListSchema.partial().loose();

const list = createRoute({
  method: "get",
  path: "/api/admin/sections",
  tags,
  summary: "The sections of the site's admin, in order",
  security: SIGNED_IN,
  responses: answers({ 200: json("All sections", sectionListSchema) }, "unauthenticated", "forbidden", "not_found"),
});
const add = createRoute({
  method: "post",
  path: "/api/admin/sections",
  tags,
  summary: "Add a section of the site's own, as far as its tier allows",
  security: SIGNED_IN,
  request: { body: body(newSectionSchema) },
  responses: answers(
    { 201: json("The new section", sectionSchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
    "unprocessable",
  ),
});
const change = createRoute({
  method: "put",
  path: "/api/admin/sections/{id}",
  tags,
  summary: "Change a section of the site's own, or hide and show an optional one",
  security: SIGNED_IN,
  request: { params, body: body(sectionChangesSchema) },
  responses: answers(
    { 200: json("The section as it is now", sectionSchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
    "unprocessable",
  ),
});
const remove = createRoute({
  method: "delete",
  path: "/api/admin/sections/{id}",
  tags,
  summary: "Remove a section of the site's own",
  security: SIGNED_IN,
  request: { params },
  responses: answers({ 204: { description: "It is gone" } }, "unauthenticated", "forbidden", "not_found"),
});
const reorder = createRoute({
  method: "post",
  path: "/api/admin/sections/reorder",
  tags,
  summary: "Put all sections into an order",
  security: SIGNED_IN,
  request: { body: body(sectionOrderSchema) },
  responses: answers(
    {
      200: json("All sections in their new order", sectionListSchema),
      409: json("Sections have come or gone; `sections` are those that there are", currentSchema),
    },
    "unauthenticated",
    "forbidden",
    "not_found",
    "unprocessable",
  ),
});

export const adminSectionRoutes = createRouter()
  .openapi(list, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    return c.json({ sections: await party.listSections({ principal }) }, 200);
  })
  .openapi(add, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    return c.json(await party.addSection({ principal, section: c.req.valid("json") }), 201);
  })
  .openapi(reorder, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    return c.json({ sections: await party.reorderSections({ principal, ...c.req.valid("json") }) }, 200);
  })
  .openapi(change, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    const { id } = c.req.valid("param");
    return c.json(await party.updateSection({ principal, id, changes: c.req.valid("json") }), 200);
  })
  .openapi(remove, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    await party.removeSection({ principal, id: c.req.valid("param").id });
    return c.body(null, 204);
  });
