import { createRoute } from "@hono/zod-openapi";
import { type UsersStub, usersStub } from "../../parties/users/index.ts";
import { reportedUserSchema, runMigrationSchema, usersMigrationSchema } from "../../schema/http/migrations.ts";
import { type AppContext, createRouter } from "../context.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";
import { requireOperator } from "../require-operator.ts";

const PATH = "/ops/migrations/users-from-postgres";
/** Rows with reports that are in memory at a time: each may hold megabytes. */
const EXPORT_PAGE = 4;

const state = json("Where the move stands", usersMigrationSchema);
const common = { tags: ["operations"], security: SIGNED_IN };

const status = createRoute({
  ...common,
  method: "get",
  path: PATH,
  summary: "The move of the users from PostgreSQL: how far it is",
  responses: answers({ 200: state }, "unauthenticated", "forbidden"),
});
const run = createRoute({
  ...common,
  method: "post",
  path: `${PATH}/run`,
  summary: "Copy all rows, or go on where it was; it goes on by itself until it is done or paused",
  request: { body: body(runMigrationSchema) },
  responses: answers({ 200: state }, "unauthenticated", "forbidden", "conflict", "unavailable"),
});
const pause = createRoute({
  ...common,
  method: "post",
  path: `${PATH}/pause`,
  summary: "Stop copying, to go on later",
  responses: answers({ 200: state }, "unauthenticated", "forbidden"),
});
const verify = createRoute({
  ...common,
  method: "post",
  path: `${PATH}/verify`,
  summary: "Compare both sides",
  responses: answers({ 200: state }, "unauthenticated", "forbidden", "unavailable"),
});
const rollback = createRoute({
  ...common,
  method: "post",
  path: `${PATH}/rollback`,
  summary: "Tell PostgreSQL all that it has not heard, and compare: after that it may decide again",
  responses: answers({ 200: state }, "unauthenticated", "forbidden", "conflict", "unavailable"),
});
const exportReports = createRoute({
  ...common,
  method: "get",
  path: `${PATH}/export`,
  summary: "Everybody of whom there is something to report, a line of JSON each",
  responses: answers(
    {
      200: {
        description: "Lines of JSON",
        content: { "application/x-ndjson": { schema: reportedUserSchema } },
      },
    },
    "unauthenticated",
    "forbidden",
  ),
});

export const migrationRoutes = createRouter()
  .openapi(status, async (c) => c.json(await (await move(c)).migrationStatus({}), 200))
  .openapi(run, async (c) => {
    const users = await move(c);
    await users.runMigration(c.req.valid("json"));
    return c.json(await users.migrationStatus({}), 200);
  })
  .openapi(pause, async (c) => {
    const users = await move(c);
    await users.pauseMigration({});
    return c.json(await users.migrationStatus({}), 200);
  })
  .openapi(verify, async (c) => {
    const users = await move(c);
    await users.verifyMigration({});
    return c.json(await users.migrationStatus({}), 200);
  })
  .openapi(rollback, async (c) => {
    const users = await move(c);
    await users.rollBackMigration({});
    return c.json(await users.migrationStatus({}), 200);
  })
  .openapi(exportReports, async (c) => {
    const users = await move(c);
    c.header("Content-Type", "application/x-ndjson");
    return c.body(linesOf(users), 200) as never;
  });

/** The users party, for somebody who runs the service. */
async function move(c: AppContext): Promise<UsersStub> {
  await requireOperator(c);
  return usersStub(c.env, c.get("traceId"));
}

function linesOf(users: UsersStub): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let after: string | null = null;
  return new ReadableStream({
    async pull(controller) {
      const page = await users.exportReports({ after, rows: EXPORT_PAGE });
      const last = page.at(-1);
      if (last === undefined) {
        controller.close();
        return;
      }
      after = last.legacyId;
      controller.enqueue(encoder.encode(page.map((user) => `${JSON.stringify(user)}\n`).join("")));
    },
  });
}
