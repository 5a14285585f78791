import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { withD1Migrations } from "../helpers/d1.ts";
import { call } from "./support.ts";

withD1Migrations();

test("a worker that runs says so, whatever its database", async () => {
  const answer = await call("GET", "/healthz");
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ status: "ok" });
});

test("it is ready once the newest migration has run, and not before", async () => {
  expect((await call("GET", "/readyz")).status).toBe(200);
  const newest = await env.DB.prepare("SELECT id, name FROM d1_migrations ORDER BY name DESC LIMIT 1").first<{
    id: number;
    name: string;
  }>();
  await env.DB.prepare("DELETE FROM d1_migrations WHERE id = ?").bind(newest?.id).run();
  const answer = await call("GET", "/readyz");
  await env.DB.prepare("INSERT INTO d1_migrations (id, name) VALUES (?, ?)").bind(newest?.id, newest?.name).run();
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({
    error: { code: "unavailable", message: `The database lacks ${newest?.name}` },
  });
});

test("the document of the API names every route that the document itself promises", async () => {
  const document = await (await call("GET", "/api/openapi.json")).json<{ paths: Record<string, object> }>();
  const promised = [
    "/auth/dev",
    "/api/me",
    "/api/tickets",
    "/api/tenants",
    "/api/posts/{id}/comments",
    "/api/posts/{id}/reactions/{type}",
  ];
  expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(promised));
});
