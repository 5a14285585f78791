import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { z } from "zod";
import { send } from "../../../scripts/lib/http.ts";
import { type Outcome, run } from "../../../scripts/lib/run.ts";
import { type Served, serve } from "../../../scripts/serve.ts";
import {
  type ReportedUser,
  reportedUserSchema,
  type UsersMigration,
  usersMigrationSchema,
} from "../../../schema/http/migrations.ts";
import type { UsersMode } from "../../../schema/legacy.ts";
import { type Postgres, startPostgres } from "../../fakes/postgres.ts";

/** Who runs the tool, and who watches: somebody who signs in often loses their oldest sessions. */
const OPERATOR = "operator@understory.example";
const WATCHER = "watcher@understory.example";
const PATH = "/ops/migrations/users-from-postgres";

/** How long a test waits for the move to get somewhere, and how often it looks: looking is work for the server, too. */
const PATIENCE_MS = 50_000;
const LOOK_EVERY_MS = 100;

const signedInSchema = z.object({ userId: z.string(), accessToken: z.string() });

/** The older application's PostgreSQL, and the product beside it. */
export interface Stage {
  postgres: Postgres;
  server: Served;
  /** Serves the same data in another mode, or without PostgreSQL. */
  deploy: (mode: UsersMode, more?: { isDropped?: boolean }) => Promise<void>;
  /** A call as a program makes it. Answers the status, and what is in the body. */
  call: (
    method: string,
    path: string,
    more?: { token?: string; body?: unknown },
  ) => Promise<{ status: number; body: unknown }>;
  signIn: (email: string, name?: string) => Promise<z.infer<typeof signedInSchema>>;
  /** `npm run migrate -- users-from-postgres <verb>`. */
  migrate: (verb: string, environment?: Record<string, string>) => Promise<Outcome>;
  status: () => Promise<UsersMigration>;
  /** Asks until it is so. */
  until: (isSo: (status: UsersMigration) => boolean) => Promise<UsersMigration>;
  exported: () => Promise<ReportedUser[]>;
  stop: () => Promise<void>;
}

export async function setStage(
  mode: UsersMode,
  { isDropped = false, inspectorPort }: { isDropped?: boolean; inspectorPort?: number } = {},
): Promise<Stage> {
  const postgres = await startPostgres();
  const dataDir = mkdtempSync(join(tmpdir(), "understory-move-"));
  const start = async (port: number, USERS_MODE: UsersMode, isGone: boolean): Promise<Served> =>
    await serve({
      port,
      dataDir,
      settings: { DEV_LOGIN: "1", ADMIN_EMAILS: `${OPERATOR},${WATCHER}`, USERS_MODE, USERS_POSTGRES_PROVIDER: "dev" },
      postgresUrl: isGone ? undefined : postgres.url,
      inspectorPort,
      onLog: (line, level) => {
        if (level === "error") console.error(line);
      },
    });
  let token: string | undefined;
  const stage: Stage = {
    postgres,
    server: await start(0, mode, isDropped),
    deploy: async (next, more = {}) => {
      await stage.server.stop();
      stage.server = await start(stage.server.port, next, more.isDropped ?? false);
    },
    call: async (method, path, { token, body } = {}) => {
      const url = new URL(path, `http://localhost:${stage.server.port}`);
      const answer = await send(method, url, token === undefined ? {} : { authorization: `Bearer ${token}` }, body);
      return { status: answer.status, body: answer.body === "" ? null : JSON.parse(answer.body) };
    },
    signIn: async (email, name = "Ada") => {
      const { status, body } = await stage.call("POST", "/auth/dev", { body: { email, name } });
      if (status !== 200) throw new Error(`sign-in answered ${status} ${JSON.stringify(body)}`);
      return signedInSchema.parse(body);
    },
    migrate: async (verb, environment = {}) =>
      await run(process.execPath, ["migrations/tools/cli.ts", "users-from-postgres", verb], {
        env: {
          ...process.env,
          UNDERSTORY_URL: `http://127.0.0.1:${stage.server.port}`,
          ADMIN_EMAILS: OPERATOR,
          ...environment,
        },
      }),
    status: async () => {
      token ??= (await stage.signIn(WATCHER, "Watcher")).accessToken;
      const { body } = await stage.call("GET", PATH, { token });
      return usersMigrationSchema.parse(body);
    },
    until: async (isSo) =>
      await vi.waitFor(
        async () => {
          const status = await stage.status();
          if (!isSo(status)) throw new Error(`not yet: ${JSON.stringify(status)}`);
          return status;
        },
        { timeout: PATIENCE_MS, interval: LOOK_EVERY_MS },
      ),
    exported: async () => {
      const { output } = await stage.migrate("export");
      return output
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => reportedUserSchema.parse(JSON.parse(line)));
    },
    stop: async () => {
      await stage.server.stop();
      await postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return stage;
}
