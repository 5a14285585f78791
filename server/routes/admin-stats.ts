import { createRoute } from "@hono/zod-openapi";
import { statsSchema } from "../../schema/http/admin/stats.ts";
import { createRouter } from "../context.ts";
import { answers, json, SIGNED_IN } from "../openapi.ts";
import { requireSiteParty } from "../tenants/party.ts";

const tags = ["site administration"];

const read = createRoute({
  method: "get",
  path: "/api/admin/stats",
  tags,
  summary: "What the site's dashboard shows",
  security: SIGNED_IN,
  responses: answers({ 200: json("The numbers", statsSchema) }, "unauthenticated", "forbidden", "not_found"),
});
const refresh = createRoute({
  method: "post",
  path: "/api/admin/stats/refresh",
  tags,
  summary: "Count anew; again within ten seconds, it answers the same",
  security: SIGNED_IN,
  responses: answers(
    { 200: json("The numbers", statsSchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
    "unavailable",
  ),
});

export const adminStatsRoutes = createRouter()
  .openapi(read, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    return c.json(await party.getDashboardStats({ principal }), 200);
  })
  .openapi(refresh, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    return c.json(await party.refreshDashboardStats({ principal }), 200);
  });
