import { createRoute } from "@hono/zod-openapi";
import { adminConfigSchema, configChangesSchema } from "../../schema/http/admin/config.ts";
import { createRouter } from "../context.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";
import { rememberConfig } from "../tenants/admission.ts";
import { requireSiteParty } from "../tenants/party.ts";

const path = "/api/admin/config";
const tags = ["site administration"];

const read = createRoute({
  method: "get",
  path,
  tags,
  summary: "Everything that a site's owner sets",
  security: SIGNED_IN,
  responses: answers(
    { 200: json("The configuration", adminConfigSchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
  ),
});
const change = createRoute({
  method: "put",
  path,
  tags,
  summary: "Change some of it; what is left out stays as it is",
  security: SIGNED_IN,
  request: { body: body(configChangesSchema) },
  responses: answers(
    { 200: json("The configuration as it is now", adminConfigSchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
    "unprocessable",
  ),
});

export const adminConfigRoutes = createRouter()
  .openapi(read, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    return c.json(await party.getAdminConfig({ principal }), 200);
  })
  .openapi(change, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    const { admin, config } = await party.updateConfig({ principal, changes: c.req.valid("json") });
    rememberConfig(config);
    return c.json(admin, 200);
  });
