/**
 * `npm run migrate -- users-from-postgres <verb>`: the move of the users from PostgreSQL. The server does the work, and
 * goes on with it whether or not anybody looks; this asks for it and shows how far it is. docs/migrating-users.md
 */
import { Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { type UsersMigration, usersMigrationSchema } from "../../schema/http/migrations.ts";
import type { Tool } from "./cli.ts";
import { type Operator, reachServer, Refusal } from "./operator.ts";
import { endLine, progressLine, showLine } from "./progress-bar.ts";

const PATH = "/ops/migrations/users-from-postgres";
/** How often the server is asked how far it is. */
const LOOK_EVERY_MS = 500;
/** A server that restarts comes back in less. */
const PATIENCE_MS = 60_000;

const SAME = 0;
const DIFFERENT = 1;
const UNFINISHED = 3;

export const usersFromPostgres: Tool = {
  summary: "moves the users from PostgreSQL into the users party",
  status: async () => {
    const server = await reachServer(process.env);
    console.log(describe(await statusOf(await server.get(PATH))));
    return 0;
  },
  run: async () => {
    const server = await reachServer(process.env);
    const begun = await statusOf(await server.post(`${PATH}/run`, runInput()));
    return await followCopy(server, begun);
  },
  verify: async () => {
    const server = await reachServer(process.env);
    const begun = await statusOf(await server.post(`${PATH}/verify`));
    return await followVerification(server, begun);
  },
  rollback: async () => {
    const server = await reachServer(process.env);
    const begun = await statusOf(await server.post(`${PATH}/rollback`));
    const outcome = await followVerification(server, begun);
    console.log(
      outcome === SAME
        ? "PostgreSQL has everything. Now set USERS_MODE to dual, or to postgres, and deploy."
        : "PostgreSQL does not have everything: stay with the users party, and look at the differences.",
    );
    return outcome;
  },
  export: async () => {
    const server = await reachServer(process.env);
    const { body } = await server.get(`${PATH}/export`);
    await body?.pipeTo(Writable.toWeb(process.stdout), { preventClose: true });
    return 0;
  },
};

/** `ROWS_PER_SECOND` limits how fast rows are read. */
function runInput(): object {
  const given = process.env["ROWS_PER_SECOND"];
  return given === undefined || given === "" ? {} : { rowsPerSecond: Number(given) };
}

async function followCopy(server: Operator, begun: UsersMigration): Promise<number> {
  const began = performance.now();
  const last = await follow(server, begun, ({ copy, lastError }) => {
    const { copied: done, total } = copy;
    const elapsedMs = performance.now() - began;
    const line = progressLine({ done, total, elapsedMs, doneSince: done - begun.copy.copied });
    showLine(lastError === null ? line : `${line}  waiting: ${lastError}`);
    return copy.state !== "running";
  });
  if (last === undefined) return UNFINISHED;
  console.log(describe(last));
  return last.copy.state === "done" ? 0 : UNFINISHED;
}

async function followVerification(server: Operator, begun: UsersMigration): Promise<number> {
  const last = await follow(server, begun, ({ verification, waiting, lastError }) => {
    const { there = 0, here = 0, state = "running" } = verification ?? {};
    const stuck = lastError === null ? "" : `  waiting: ${lastError}`;
    showLine(`compared ${there} rows there, ${here} people here; ${waiting.toPostgres} changes to carry back${stuck}`);
    return state === "done";
  });
  if (last === undefined) return UNFINISHED;
  const { verification } = last;
  console.log(describe(last));
  for (const { legacyId, kind, here, there } of verification?.examples ?? [])
    console.log(`  ${kind.replace("_", " ")}: ${legacyId} (here ${here ?? "nothing"}, there ${there ?? "nothing"})`);
  return verification?.differences === 0 && last.waiting.toPostgres === 0 ? SAME : DIFFERENT;
}

/** Looks until `show` has seen the end. Answers what it saw last, or undefined when it may look no longer. */
async function follow(
  server: Operator,
  begun: UsersMigration,
  show: (status: UsersMigration) => boolean,
): Promise<UsersMigration | undefined> {
  let status = begun;
  let seen = performance.now();
  while (!show(status)) {
    await wait(LOOK_EVERY_MS);
    try {
      status = await statusOf(await server.get(PATH));
      seen = performance.now();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // A server that is being replaced is away for a moment; a token that has ended does not come back.
      const isAway = error.status >= 500 && performance.now() - seen < PATIENCE_MS;
      if (isAway) continue;
      endLine();
      console.error(`${error.message}. The server goes on by itself; ask again with "status".`);
      return undefined;
    }
  }
  endLine();
  return status;
}

async function statusOf(response: Response): Promise<UsersMigration> {
  return usersMigrationSchema.parse(await response.json());
}

function describe({ mode, isBound, copy, reports, waiting, lastError, verification }: UsersMigration): string {
  const found = Object.entries(reports).map(([problem, count]) => `${problem} ${count}`);
  return [
    `mode: ${mode}${isBound ? "" : ", without PostgreSQL"}`,
    `copy: ${copy.state}, ${copy.copied} of ${copy.total} rows`,
    `waiting: ${waiting.fromPostgres ?? "?"} changes there, ${waiting.toPostgres} here`,
    `reports: ${found.length === 0 ? "none" : found.join(", ")}`,
    ...(lastError === null ? [] : [`last error: ${lastError}`]),
    ...(verification === null
      ? []
      : [
          `verification: ${verification.state}, ${verification.there} rows there (${verification.leftOut} left out), ` +
            `${verification.here} people here, ${verification.differences} differences`,
        ]),
  ].join("\n");
}
