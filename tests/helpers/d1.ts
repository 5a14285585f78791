import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll } from "vitest";

/** Makes the database ready for this file's tests. */
export function withD1Migrations(): D1Database {
  beforeAll(async () => await applyD1Migrations(env.DB, env.TEST_MIGRATIONS));
  return env.DB;
}
