import { createRoute, z } from "@hono/zod-openapi";
import { setReactionSchema } from "../../schema/http/posts.ts";
import { postIdSchema } from "../../schema/ids.ts";
import { reactionResultSchema, reactionsSchema, reactionTypeSchema } from "../../schema/reactions.ts";
import { createRouter, requireUser } from "../context.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";
import { callerOf, partyOfPost } from "../posts/party.ts";

const tags = ["reactions"];

const read = createRoute({
  method: "get",
  path: "/api/posts/{id}/reactions",
  tags,
  summary: "How readers reacted, and the caller's own reactions",
  request: { params: z.object({ id: postIdSchema }) },
  responses: answers({ 200: json("The reactions", reactionsSchema) }, "not_found"),
});
const set = createRoute({
  method: "put",
  path: "/api/posts/{id}/reactions/{type}",
  tags,
  summary: "Set a reaction; without `on` it toggles, once for each opId",
  security: SIGNED_IN,
  request: { params: z.object({ id: postIdSchema, type: reactionTypeSchema }), body: body(setReactionSchema) },
  responses: answers(
    { 200: json("Whether it stands now", reactionResultSchema) },
    "unauthenticated",
    "not_found",
    "unprocessable",
  ),
});

export const reactionRoutes = createRouter()
  .openapi(read, async (c) => {
    const party = await partyOfPost(c, c.req.valid("param").id);
    return c.json(await party.getReactions(await callerOf(c)), 200);
  })
  .openapi(set, async (c) => {
    await requireUser(c);
    const { id, type } = c.req.valid("param");
    const party = await partyOfPost(c, id);
    return c.json(
      await party.toggleReaction({ ...(await callerOf(c)), reactionType: type, ...c.req.valid("json") }),
      200,
    );
  });
