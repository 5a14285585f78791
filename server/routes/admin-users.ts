import { createRoute } from "@hono/zod-openapi";
import { auditListSchema } from "../../schema/http/audit.ts";
import { pageQuerySchema } from "../../schema/http/common.ts";
import {
  userChangesSchema,
  userDetailsSchema,
  userIdParamSchema,
  userListQuerySchema,
  userListSchema,
} from "../../schema/http/users.ts";
import { auditOf } from "../audit/store.ts";
import { createRouter } from "../context.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";
import { requireOperator } from "../require-operator.ts";
import { usersOf } from "../users/party.ts";
import { settle, settleEnd } from "../users/settle.ts";
import { toDetails } from "../users/shapes.ts";
import { listUsers } from "../users/store.ts";

const params = userIdParamSchema;

const list = createRoute({
  method: "get",
  path: "/api/admin/users",
  tags: ["administration"],
  summary: "Everybody with an account, the newest first",
  security: SIGNED_IN,
  request: { query: userListQuerySchema },
  responses: answers({ 200: json("A page of users", userListSchema) }, "unauthenticated", "forbidden", "bad_request"),
});
const read = createRoute({
  method: "get",
  path: "/api/admin/users/{id}",
  tags: ["administration"],
  summary: "One user: record, ways in, data",
  security: SIGNED_IN,
  request: { params },
  responses: answers({ 200: json("The user", userDetailsSchema) }, "unauthenticated", "forbidden", "not_found"),
});
const change = createRoute({
  method: "patch",
  path: "/api/admin/users/{id}",
  tags: ["administration"],
  summary: "Change somebody's name, role, status or feature flags",
  security: SIGNED_IN,
  request: { params, body: body(userChangesSchema) },
  responses: answers(
    { 200: json("The user as it is now", userDetailsSchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
    "unprocessable",
  ),
});
const remove = createRoute({
  method: "delete",
  path: "/api/admin/users/{id}",
  tags: ["administration"],
  summary: "Delete somebody's account at once",
  security: SIGNED_IN,
  request: { params },
  responses: answers({ 204: { description: "It is gone" } }, "unauthenticated", "forbidden", "not_found"),
});
const audit = createRoute({
  method: "get",
  path: "/api/admin/users/{id}/audit",
  tags: ["administration"],
  summary: "What happened to somebody's account",
  security: SIGNED_IN,
  request: { params, query: pageQuerySchema },
  responses: answers(
    { 200: json("Lines, the newest first", auditListSchema) },
    "unauthenticated",
    "forbidden",
    "bad_request",
  ),
});

export const adminUserRoutes = createRouter()
  .openapi(list, async (c) => {
    await requireOperator(c);
    return c.json(await listUsers(c.env.DB, c.req.valid("query")), 200);
  })
  .openapi(read, async (c) => {
    await requireOperator(c);
    return c.json(toDetails(await usersOf(c).describe({ userId: c.req.valid("param").id })), 200);
  })
  .openapi(change, async (c) => {
    const { principal } = await requireOperator(c);
    const users = usersOf(c);
    const userId = c.req.valid("param").id;
    const changes = c.req.valid("json");
    await settle(c, await users.changeUser({ actorId: principal.user.id, userId, changes }));
    return c.json(toDetails(await users.describe({ userId })), 200);
  })
  .openapi(remove, async (c) => {
    const { principal } = await requireOperator(c);
    const userId = c.req.valid("param").id;
    await settleEnd(c, await usersOf(c).removeUser({ actorId: principal.user.id, userId }));
    return c.body(null, 204);
  })
  .openapi(audit, async (c) => {
    await requireOperator(c);
    const { cursor, limit } = c.req.valid("query");
    return c.json(await auditOf(c.env.DB, { userId: c.req.valid("param").id, cursor, limit }), 200);
  });
