import { createRoute, z } from "@hono/zod-openapi";
import { PartyError } from "../../schema/errors.ts";
import { pageQuerySchema } from "../../schema/http/common.ts";
import { reportListSchema } from "../../schema/http/reports.ts";
import { reportIdSchema } from "../../schema/ids.ts";
import { type AppContext, createRouter, requireSite, requireUser } from "../context.ts";
import { answers, json, SIGNED_IN } from "../openapi.ts";
import { requireModerator } from "../posts/access.ts";
import { dismissReport, pageOfReports } from "../reports/store.ts";

const tags = ["comments"];

const list = createRoute({
  method: "get",
  path: "/api/admin/reports",
  tags,
  summary: "Comments of the site that were reported, newest report first",
  security: SIGNED_IN,
  request: { query: pageQuerySchema },
  responses: answers(
    { 200: json("A page of reports", reportListSchema) },
    "bad_request",
    "unauthenticated",
    "forbidden",
    "not_found",
  ),
});
const dismiss = createRoute({
  method: "delete",
  path: "/api/admin/reports/{id}",
  tags,
  summary: "Dismiss one report; its comment stays, and so does what others reported of it",
  security: SIGNED_IN,
  request: { params: z.object({ id: reportIdSchema }) },
  responses: answers({ 204: { description: "It is gone" } }, "unauthenticated", "forbidden", "not_found"),
});

export const reportRoutes = createRouter()
  .openapi(list, async (c) => {
    const tenant = await requireModerated(c);
    const { cursor, limit } = c.req.valid("query");
    return c.json(await pageOfReports(c.env.DB, { tenant, cursor, limit }), 200);
  })
  .openapi(dismiss, async (c) => {
    const tenant = await requireModerated(c);
    if (!(await dismissReport(c.env.DB, tenant, c.req.valid("param").id)))
      throw new PartyError("not_found", { message: "There is no such report" });
    return c.body(null, 204);
  });

/** The name of the host's site, for those who moderate it. */
async function requireModerated(c: AppContext): Promise<string> {
  const site = await requireSite(c);
  const { principal } = await requireUser(c);
  requireModerator(site, principal);
  return site.tenant.subdomain;
}
