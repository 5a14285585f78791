import { createRoute, z } from "@hono/zod-openapi";
import { decodeCursor, encodeCursor } from "../../parties/kernel/index.ts";
import { usersStub } from "../../parties/users/index.ts";
import { pageQuerySchema } from "../../schema/http/common.ts";
import { deadLetterListSchema } from "../../schema/http/users.ts";
import { createRouter } from "../context.ts";
import { answers, json, SIGNED_IN } from "../openapi.ts";
import { requireOperator } from "../require-operator.ts";
import { settleAll } from "../users/settle.ts";
import { iso } from "../users/shapes.ts";

const LIST = "clerk dead letters";
const params = z.object({ id: z.coerce.number().int().positive() });

const list = createRoute({
  method: "get",
  path: "/ops/webhooks/clerk/dead-letters",
  tags: ["operations"],
  summary: "Messages of Clerk's that were well signed and could not be understood",
  security: SIGNED_IN,
  request: { query: pageQuerySchema },
  responses: answers(
    { 200: json("The oldest first", deadLetterListSchema) },
    "unauthenticated",
    "forbidden",
    "bad_request",
  ),
});
const retry = createRoute({
  method: "post",
  path: "/ops/webhooks/clerk/dead-letters/{id}/retry",
  tags: ["operations"],
  summary: "Try one again, after what was wrong here is mended",
  security: SIGNED_IN,
  request: { params },
  responses: answers(
    { 200: json("What became of it; `kept` when it still cannot be understood", z.object({ outcome: z.string() })) },
    "unauthenticated",
    "forbidden",
    "not_found",
  ),
});
const discard = createRoute({
  method: "delete",
  path: "/ops/webhooks/clerk/dead-letters/{id}",
  tags: ["operations"],
  summary: "Throw one away",
  security: SIGNED_IN,
  request: { params },
  responses: answers({ 204: { description: "It is gone" } }, "unauthenticated", "forbidden", "not_found"),
});

export const letterRoutes = createRouter()
  .openapi(list, async (c) => {
    await requireOperator(c);
    const { cursor, limit } = c.req.valid("query");
    const [after] = cursor === undefined ? [0] : decodeCursor(LIST, cursor, z.tuple([z.number().int()]));
    const letters = await usersStub(c.env, c.get("traceId")).listLetters({ after, limit });
    const last = letters.at(-1);
    return c.json(
      {
        deadLetters: letters.map(({ receivedAt, ...letter }) => ({ ...letter, receivedAt: iso(receivedAt) })),
        nextCursor: letters.length === limit && last !== undefined ? encodeCursor(LIST, [last.id]) : null,
      },
      200,
    );
  })
  .openapi(retry, async (c) => {
    await requireOperator(c);
    const { outcome, copies } = await usersStub(c.env, c.get("traceId")).retryLetter({ id: c.req.valid("param").id });
    await settleAll(c, copies);
    return c.json({ outcome }, 200);
  })
  .openapi(discard, async (c) => {
    await requireOperator(c);
    await usersStub(c.env, c.get("traceId")).discardLetter({ id: c.req.valid("param").id });
    return c.body(null, 204);
  });
