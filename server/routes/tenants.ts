import { createRoute } from "@hono/zod-openapi";
import { runtime } from "../../parties/kernel/index.ts";
import { newTenantSchema, tenantSchema } from "../../schema/http/tenants.ts";
import { createRouter, requireSite, requireUser } from "../context.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";
import { createSite } from "../tenants/store.ts";

const create = createRoute({
  method: "post",
  path: "/api/tenants",
  tags: ["sites"],
  summary: "Make a site; you own it",
  security: SIGNED_IN,
  request: { body: body(newTenantSchema) },
  responses: answers({ 201: json("The new site", tenantSchema) }, "unauthenticated", "conflict", "unprocessable"),
});
const read = createRoute({
  method: "get",
  path: "/api/tenant",
  tags: ["sites"],
  summary: "The site of this host",
  responses: answers({ 200: json("Its public face", tenantSchema) }, "not_found"),
});

export const tenantRoutes = createRouter()
  .openapi(create, async (c) => {
    const { principal } = await requireUser(c);
    const site = await createSite(c.env.DB, { ...c.req.valid("json"), ownerId: principal.user.id }, runtime().now());
    return c.json(site.tenant, 201);
  })
  .openapi(read, async (c) => c.json((await requireSite(c)).tenant, 200));
