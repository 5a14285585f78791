import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
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

/** Names of the D1 migrations, in order, as wrangler's bookkeeping has them. */
const MIGRATIONS = Object.keys(import.meta.glob("../../migrations/d1/*.sql", { query: "?raw" }))
  .map((path) => path.slice(path.lastIndexOf("/") + 1))
  .sort();

export const healthRoutes = createRouter()
  .openapi(live, (c) => c.json({ status: "ok" as const }, 200))
  .openapi(ready, async (c) => {
    const missing = await missingMigration(c.env.DB);
    if (missing !== undefined) throw new PartyError("unavailable", { message: `The database lacks ${missing}` });
    return c.json({ status: "ok" as const }, 200);
  });

/** The newest migration that this build knows and the database has not had. All are there when it is. */
async function missingMigration(database: D1Database): Promise<string | undefined> {
  const newest = MIGRATIONS.at(-1);
  try {
    const row = await database.prepare("SELECT name FROM d1_migrations WHERE name = ?").bind(newest).first("name");
    return row === null ? newest : undefined;
  } catch (error) {
    throw new PartyError("unavailable", { message: "The database does not answer", cause: error });
  }
}
