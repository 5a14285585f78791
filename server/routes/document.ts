import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../context.ts";
import { createRouter } from "../context.ts";

/** What the OpenAPI document says of the service as a whole. */
export const DOCUMENT = {
  openapi: "3.1.0",
  info: {
    title: "Understory",
    version: "1",
    description: "Sites, posts, discussion and sessions. Sockets are described in docs/protocol.md.",
  },
};

/** `GET /api/openapi.json`, made from the schemas that validate. */
export function documentRoutes(app: OpenAPIHono<AppEnv>) {
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  app.openAPIRegistry.registerComponent("securitySchemes", "cookie", {
    type: "apiKey",
    in: "cookie",
    name: "understory",
  });
  const routes = createRouter();
  routes.get("/api/openapi.json", (c) => c.json(app.getOpenAPI31Document(DOCUMENT)));
  return routes;
}
