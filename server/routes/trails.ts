import { createRoute, z } from "@hono/zod-openapi";
import {
  trailListSchema,
  trailSaveSchema,
  trailSchema,
  waypointChangeSchema,
  waypointSchema,
} from "../../schema/http/admin/trails.ts";
import { slugSchema } from "../../schema/ids.ts";
import { createRouter, requireSite } from "../context.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";
import { requireSiteParty, sitePartyOf } from "../tenants/party.ts";

const tags = ["trails"];
const params = z.object({ slug: slugSchema });
const trail = json("The trail", trailSchema);

const list = createRoute({
  method: "get",
  path: "/api/admin/trails",
  tags,
  summary: "The site's trails, by title",
  security: SIGNED_IN,
  responses: answers({ 200: json("All of them", trailListSchema) }, "unauthenticated", "forbidden", "not_found"),
});
const read = createRoute({
  method: "get",
  path: "/api/admin/trails/{slug}",
  tags,
  summary: "One trail",
  security: SIGNED_IN,
  request: { params },
  responses: answers({ 200: trail }, "unauthenticated", "forbidden", "not_found"),
});
const set = createRoute({
  method: "put",
  path: "/api/admin/trails/{slug}",
  tags,
  summary: "Make a trail, or put a whole one in its place; waypoints without an id get one",
  security: SIGNED_IN,
  request: { params, body: body(trailSaveSchema) },
  responses: answers({ 200: trail }, "unauthenticated", "forbidden", "not_found", "unprocessable"),
});
const remove = createRoute({
  method: "delete",
  path: "/api/admin/trails/{slug}",
  tags,
  summary: "Delete a trail",
  security: SIGNED_IN,
  request: { params },
  responses: answers({ 204: { description: "It is gone" } }, "unauthenticated", "forbidden", "not_found"),
});
const walk = createRoute({
  method: "patch",
  path: "/api/admin/trails/{slug}/waypoints/{id}",
  tags,
  summary: "Set the status of one waypoint",
  security: SIGNED_IN,
  request: { params: params.extend({ id: waypointSchema.shape.id }), body: body(waypointChangeSchema) },
  responses: answers({ 200: trail }, "unauthenticated", "forbidden", "not_found", "unprocessable"),
});
const show = createRoute({
  method: "get",
  path: "/api/trails",
  tags,
  summary: "The trails that the site shows",
  responses: answers({ 200: json("All of them", trailListSchema) }, "not_found"),
});
const showOne = createRoute({
  method: "get",
  path: "/api/trails/{slug}",
  tags,
  summary: "A trail that the site shows",
  request: { params },
  responses: answers({ 200: trail }, "not_found"),
});

export const trailRoutes = createRouter()
  .openapi(list, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    return c.json(await party.listTrails({ principal }), 200);
  })
  .openapi(read, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    return c.json(await party.getTrail({ principal, ...c.req.valid("param") }), 200);
  })
  .openapi(set, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    return c.json(await party.setTrail({ principal, ...c.req.valid("param"), trail: c.req.valid("json") }), 200);
  })
  .openapi(remove, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    await party.deleteTrail({ principal, ...c.req.valid("param") });
    return c.body(null, 204);
  })
  .openapi(walk, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    const { slug, id } = c.req.valid("param");
    const changed = await party.queueWaypointUpdate({ principal, slug, waypointId: id, ...c.req.valid("json") });
    return c.json(changed, 200);
  })
  .openapi(show, async (c) => c.json(await sitePartyOf(c, (await requireSite(c)).tenant).publicTrails({}), 200))
  .openapi(showOne, async (c) =>
    c.json(await sitePartyOf(c, (await requireSite(c)).tenant).publicTrail(c.req.valid("param")), 200),
  );
