import { createRoute } from "@hono/zod-openapi";
import { auditListSchema } from "../../schema/http/audit.ts";
import { pageQuerySchema } from "../../schema/http/common.ts";
import { auditOf } from "../audit/store.ts";
import { createRouter, requireUser } from "../context.ts";
import { answers, json, SIGNED_IN } from "../openapi.ts";

const list = createRoute({
  method: "get",
  path: "/api/me/audit",
  tags: ["account"],
  summary: "What happened to your account's safety",
  security: SIGNED_IN,
  request: { query: pageQuerySchema },
  responses: answers(
    { 200: json("Your own lines, the newest first", auditListSchema) },
    "unauthenticated",
    "bad_request",
  ),
});

export const auditRoutes = createRouter().openapi(list, async (c) => {
  const { principal } = await requireUser(c);
  const { cursor, limit } = c.req.valid("query");
  return c.json(await auditOf(c.env.DB, { userId: principal.user.id, cursor, limit }), 200);
});
