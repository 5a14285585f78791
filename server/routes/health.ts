import { createRoute } from "@hono/zod-openapi";
import { drizzle } from "drizzle-orm/d1";
import { z } from "zod";
import { outboxMarks } from "../../schema/d1.ts";
import { PartyError } from "../../schema/errors.ts";
import { createRouter } from "../context.ts";
import { answers, json } from "../openapi.ts";

const statusSchema = z.object({ status: z.literal("ok") });

const live = createRoute({
  method: "get",
  path: "/healthz",
  tags: ["service"],
  summary: "The worker runs",
  responses: answers({ 200: json("Alive", statusSchema) }),
});
const ready = createRoute({
  method: "get",
  path: "/readyz",
  tags: ["service"],
  summary: "The database is reachable and migrated",
  responses: answers({ 200: json("Ready", statusSchema) }, "unavailable"),
});

export const healthRoutes = createRouter()
  .openapi(live, (c) => c.json({ status: "ok" as const }, 200))
  .openapi(ready, async (c) => {
    try {
      // The newest table of all: where it is, every migration has run.
      await drizzle(c.env.DB).select().from(outboxMarks).limit(1);
    } catch (error) {
      throw new PartyError("unavailable", { message: "The database is not ready", cause: error });
    }
    return c.json({ status: "ok" as const }, 200);
  });
