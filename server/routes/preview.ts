import { createRoute, z } from "@hono/zod-openapi";
import { MAX_POST_LENGTH } from "../../schema/http/posts.ts";
import { renderCommentMarkdown, renderPostMarkdown } from "../../schema/markdown.ts";
import { createRouter, requireUser } from "../context.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";

const preview = createRoute({
  method: "post",
  path: "/api/preview",
  tags: ["posts"],
  summary: "Render Markdown as it would be published",
  security: SIGNED_IN,
  request: { body: body(z.strictObject({ content: z.string().max(MAX_POST_LENGTH), kind: z.enum(["post", "comment"]).default("post") })) },
  responses: answers({ 200: json("Safe HTML", z.object({ html: z.string() })) }, "unauthenticated", "unprocessable"),
});

export const previewRoutes = createRouter().openapi(preview, async (c) => {
  await requireUser(c);
  const { content, kind } = c.req.valid("json");
  return c.json({ html: kind === "comment" ? renderCommentMarkdown(content) : renderPostMarkdown(content) }, 200);
});
