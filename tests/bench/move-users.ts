/**
 * `node tests/bench/move-users.ts [rows]`: the move of 50,000 users from PostgreSQL, with its speed and its memory while
 * it goes on: what workerd holds, and what of the worker's own heap is alive. The numbers in docs/migrating-users.md are
 * from here.
 */
import { spawnSync } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { build } from "../../scripts/lib/build.ts";
import { freePort } from "../../scripts/lib/ports.ts";
import { usersMigrationSchema } from "../../schema/http/migrations.ts";
import { liveHeapMib } from "./heap.ts";
import { setStage } from "../migrations/users-from-postgres/stage.ts";

const DEFAULT_ROWS = 50_000;
const BATCH = 5_000;
/** Looking costs the server something, too. */
const LOOK_EVERY_MS = 500;
/** No limit to speak of. */
const ROWS_PER_SECOND = 100_000;

const rows = Number(process.argv[2] ?? DEFAULT_ROWS);
await build();
const inspectorPort = await freePort();
const stage = await setStage("dual", { inspectorPort });
for (let start = 0; start < rows; start += BATCH) {
  await stage.postgres.insert(
    Array.from({ length: Math.min(BATCH, rows - start) }, (_, index) => {
      const n = String(start + index).padStart(7, "0");
      return {
        id: `person-${n}`,
        email: `person-${n}@example.com`,
        name: `Person ${n}`,
        picture: `https://example.com/${n}.png`,
      };
    }),
  );
}
const { accessToken: token } = await stage.signIn("operator@understory.example", "Operator");

const path = "/ops/migrations/users-from-postgres";
const began = performance.now();
await stage.call("POST", `${path}/run`, { token, body: { rowsPerSecond: ROWS_PER_SECOND } });
const heap: number[] = [];
let highest = 0;
for (let copied = 0, nextReport = 0.1; ;) {
  const { copy } = usersMigrationSchema.parse((await stage.call("GET", path, { token })).body);
  copied = copy.copied;
  const mib = rssMib(stage.server.workerdPid());
  highest = Math.max(highest, mib);
  if (copied >= rows * nextReport) {
    nextReport += 0.1;
    heap.push(await liveHeapMib(inspectorPort));
    console.log(`${copied} rows in ${seconds(began)} s, ${mib} MiB, of it ${heap.at(-1)} MiB of the worker's objects`);
  }
  if (copy.state === "done") break;
  await wait(LOOK_EVERY_MS);
}
const copySeconds = seconds(began);
const verifyBegan = performance.now();
await stage.call("POST", `${path}/verify`, { token, body: {} });
let verification;
do {
  await wait(LOOK_EVERY_MS);
  ({ verification } = usersMigrationSchema.parse((await stage.call("GET", path, { token })).body));
} while (verification?.state !== "done");
const inspected = await stage.call("GET", "/ops/parties/users/singleton", { token });
const { storageBytes } = z.object({ storageBytes: z.number() }).parse(inspected.body);
console.log(
  JSON.stringify({
    rows,
    copySeconds,
    rowsPerSecond: Math.round(rows / copySeconds),
    verifySeconds: seconds(verifyBegan),
    differences: verification?.differences,
    bytesPerRow: Math.round(storageBytes / rows),
    liveHeapMib: heap,
    rssMibHighest: highest,
  }),
);
await stage.stop();

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 100) / 10;
}

function rssMib(pid: number): number {
  const { stdout } = spawnSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" });
  return Math.round(Number(stdout) / 1024);
}
