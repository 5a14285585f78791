import { createRoute, z } from "@hono/zod-openapi";
import {
  commentChangesSchema,
  commentListSchema,
  commentQuerySchema,
  commentSchema,
  newCommentSchema,
  reportSchema,
} from "../../schema/http/posts.ts";
import { commentIdSchema, postIdSchema } from "../../schema/ids.ts";
import { createRouter, requireUser } from "../context.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";
import { callerOf, partyOfPost } from "../posts/party.ts";

const tags = ["comments"];
const ofPost = z.object({ id: postIdSchema });
const ofComment = ofPost.extend({ commentId: commentIdSchema });

const list = createRoute({
  method: "get",
  path: "/api/posts/{id}/comments",
  tags,
  summary: "A post's comments, newest last",
  request: { params: ofPost, query: commentQuerySchema },
  responses: answers({ 200: json("A page of comments", commentListSchema) }, "bad_request", "not_found"),
});
const add = createRoute({
  method: "post",
  path: "/api/posts/{id}/comments",
  tags,
  summary: "Comment, or reply; a repeated opId answers the first comment again",
  security: SIGNED_IN,
  request: { params: ofPost, body: body(newCommentSchema) },
  responses: answers(
    { 201: json("The comment", commentSchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
    "unprocessable",
    "rate_limited",
  ),
});
const edit = createRoute({
  method: "patch",
  path: "/api/posts/{id}/comments/{commentId}",
  tags,
  summary: "Edit a comment of yours within 15 minutes",
  security: SIGNED_IN,
  request: { params: ofComment, body: body(commentChangesSchema) },
  responses: answers(
    { 200: json("The edited comment", commentSchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
    "unprocessable",
  ),
});
const remove = createRoute({
  method: "delete",
  path: "/api/posts/{id}/comments/{commentId}",
  tags,
  summary: "Delete a comment; a tombstone stays while it has replies",
  security: SIGNED_IN,
  request: { params: ofComment },
  responses: answers({ 204: { description: "It is gone" } }, "unauthenticated", "forbidden", "not_found"),
});
const report = createRoute({
  method: "post",
  path: "/api/posts/{id}/comments/{commentId}/report",
  tags,
  summary: "Tell the site's owner of a comment",
  security: SIGNED_IN,
  request: { params: ofComment, body: body(reportSchema) },
  responses: answers(
    { 200: json("Noted", z.object({ reported: z.literal(true) })) },
    "unauthenticated",
    "not_found",
    "unprocessable",
  ),
});

export const commentRoutes = createRouter()
  .openapi(list, async (c) => {
    const party = await partyOfPost(c, c.req.valid("param").id);
    return c.json(await party.listComments({ ...(await callerOf(c)), ...c.req.valid("query") }), 200);
  })
  .openapi(add, async (c) => {
    await requireUser(c);
    const party = await partyOfPost(c, c.req.valid("param").id, { keys: ["api", "comment"] });
    return c.json(await party.addComment({ ...(await callerOf(c)), ...c.req.valid("json") }), 201);
  })
  .openapi(edit, async (c) => {
    await requireUser(c);
    const { id, commentId } = c.req.valid("param");
    const party = await partyOfPost(c, id);
    return c.json(await party.editComment({ ...(await callerOf(c)), commentId, ...c.req.valid("json") }), 200);
  })
  .openapi(remove, async (c) => {
    await requireUser(c);
    const { id, commentId } = c.req.valid("param");
    const party = await partyOfPost(c, id);
    await party.deleteComment({ ...(await callerOf(c)), commentId });
    return c.body(null, 204);
  })
  .openapi(report, async (c) => {
    await requireUser(c);
    const { id, commentId } = c.req.valid("param");
    const party = await partyOfPost(c, id);
    return c.json(await party.reportComment({ ...(await callerOf(c)), commentId, ...c.req.valid("json") }), 200);
  });
