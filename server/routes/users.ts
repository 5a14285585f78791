import { createRoute } from "@hono/zod-openapi";
import { shownUserSchema, userIdParamSchema } from "../../schema/http/users.ts";
import { isOperator } from "../../schema/principal.ts";
import { createRouter, principalOf } from "../context.ts";
import { answers, json } from "../openapi.ts";
import { findUserIn } from "../users/legacy/read.ts";
import { toUser } from "../users/shapes.ts";

const read = createRoute({
  method: "get",
  path: "/api/users/{id}",
  tags: ["people"],
  summary: "Who somebody is; all of it for themselves and for administrators",
  request: { params: userIdParamSchema },
  responses: answers({ 200: json("The person", shownUserSchema) }, "unauthenticated", "not_found", "gone"),
});

export const userRoutes = createRouter().openapi(read, async (c) => {
  const principal = await principalOf(c);
  const { id } = c.req.valid("param");
  const user = await findUserIn(c, id);
  const isOwn = principal.kind === "user" && principal.user.id === id;
  if (isOwn || isOperator(principal)) return c.json(toUser(user), 200);
  return c.json({ id, name: user.name, picture: user.picture }, 200);
});
