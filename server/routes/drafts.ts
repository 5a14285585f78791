import { createRoute, z } from "@hono/zod-openapi";
import { draftConflictSchema, draftListSchema, draftSaveSchema, draftSchema } from "../../schema/http/admin/drafts.ts";
import { slugSchema } from "../../schema/ids.ts";
import { createRouter } from "../context.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";
import { requireSiteParty } from "../tenants/party.ts";

const tags = ["drafts"];
const params = z.object({ slug: slugSchema });

const list = createRoute({
  method: "get",
  path: "/api/admin/drafts",
  tags,
  summary: "The site's drafts without their text, the last saved first",
  security: SIGNED_IN,
  responses: answers({ 200: json("All of them", draftListSchema) }, "unauthenticated", "forbidden", "not_found"),
});
const read = createRoute({
  method: "get",
  path: "/api/admin/drafts/{slug}",
  tags,
  summary: "One draft",
  security: SIGNED_IN,
  request: { params },
  responses: answers({ 200: json("The draft", draftSchema) }, "unauthenticated", "forbidden", "not_found"),
});
const save = createRoute({
  method: "put",
  path: "/api/admin/drafts/{slug}",
  tags,
  summary: "Save a draft on a known revision, 0 for a new one",
  security: SIGNED_IN,
  request: { params, body: body(draftSaveSchema) },
  responses: answers(
    {
      200: json("The draft at its new revision", draftSchema),
      409: json("Another device was faster: both versions, beside `error`", draftConflictSchema.loose()),
    },
    "unauthenticated",
    "forbidden",
    "not_found",
    "too_large",
    "unprocessable",
  ),
});
const remove = createRoute({
  method: "delete",
  path: "/api/admin/drafts/{slug}",
  tags,
  summary: "Delete a draft, at whatever revision or only at this one",
  security: SIGNED_IN,
  request: { params, query: z.object({ revision: z.coerce.number().int().positive().optional() }) },
  responses: answers(
    {
      204: { description: "It is gone" },
      409: json("It was saved meanwhile: `theirs`, beside `error`", draftConflictSchema.pick({ theirs: true }).loose()),
    },
    "unauthenticated",
    "forbidden",
    "bad_request",
    "not_found",
  ),
});

export const draftRoutes = createRouter()
  .openapi(list, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    return c.json(await party.listDrafts({ principal }), 200);
  })
  .openapi(read, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    return c.json(await party.getDraft({ principal, ...c.req.valid("param") }), 200);
  })
  .openapi(save, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    const draft = await party.saveDraft({ principal, ...c.req.valid("param"), draft: c.req.valid("json") });
    return c.json(draft, 200);
  })
  .openapi(remove, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    await party.deleteDraft({ principal, ...c.req.valid("param"), ...c.req.valid("query") });
    return c.body(null, 204);
  });
