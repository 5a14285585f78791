import { createRoute } from "@hono/zod-openapi";
import { previewedSchema, previewSchema } from "../../schema/http/posts.ts";
import { renderCommentMarkdown, renderPostMarkdown } from "../../schema/markdown.ts";
import { createRouter, requireUser } from "../context.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";

const preview = createRoute({
  method: "post",
  path: "/api/preview",
  tags: ["posts"],
  summary: "Render Markdown as it would be published",
  security: SIGNED_IN,
  request: { body: body(previewSchema) },
  responses: answers({ 200: json("Safe HTML", previewedSchema) }, "unauthenticated", "unprocessable"),
});

export const previewRoutes = createRouter().openapi(preview, async (c) => {
  await requireUser(c);
  const { content, dialect } = c.req.valid("json");
  return c.json({ html: dialect === "comment" ? renderCommentMarkdown(content) : renderPostMarkdown(content) }, 200);
});
