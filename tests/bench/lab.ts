import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { WebSocket } from "ws";
import { withLocalD1, persistenceRoot } from "../../scripts/lib/d1.ts";
import { findWorkerd } from "../../scripts/lib/data-lock.ts";
import { freePort } from "../../scripts/lib/ports.ts";
import { localSecrets } from "../../scripts/lib/settings.ts";
import { buildWorker } from "./build.ts";

/** A workerd with both sides of every comparison in it, alone on a fresh folder. */
export interface Lab {
  /** Asks the worker to measure something. */
  ask<T>(path: string): Promise<T>;
  openSocket(path: string): Promise<WebSocket>;
  /** Resident memory of workerd in bytes. */
  memory(): number;
  /** Processor time that workerd has used so far, in milliseconds. */
  cpu(): number;
  stop(): Promise<void>;
}

export async function openLab(): Promise<Lab> {
  const dir = mkdtempSync(join(tmpdir(), "understory-bench-"));
  const script = await buildWorker(resolve(dir, "worker"));
  await withLocalD1(dir, async () => {});
  const port = await freePort();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "bench",
      modules: [{ type: "ESModule" as const, path: script }],
      modulesRoot: resolve(dir, "worker"),
      rootPath: resolve(dir, "worker"),
      compatibilityDate: "2026-09-01",
      compatibilityFlags: ["nodejs_compat"],
      durableObjects: Object.fromEntries(
        ["Bare", "KernelCounter", "Post", "Session", "Users", "Tenant", "Analytics"].map((name) => [
          name,
          { className: name, useSQLite: true },
        ]),
      ),
      bindings: localSecrets(dir),
      d1Databases: { DB: "00000000-0000-0000-0000-000000000000" },
      host: "127.0.0.1",
      port,
      resourcePersistencePath: persistenceRoot(dir),
      isolatedResourcePersistencePath: persistenceRoot(dir),
      cf: false,
      logRequests: false,
      telemetry: { enabled: false },
      handleStructuredLogs: () => {},
    }),
  );
  await miniflare.ready;
  const origin = `http://127.0.0.1:${port}`;
  return {
    ask: async <T>(path: string) => {
      // A connection that waits long for its answer is closed behind it: none is used twice.
      const response = await fetch(origin + path, { headers: { connection: "close" } });
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as T;
    },
    openSocket: async (path) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { perMessageDeflate: false });
      await new Promise<void>((open, fail) => {
        socket.once("open", open);
        socket.once("error", fail);
      });
      return socket;
    },
    memory: () => residentBytes(findWorkerd(port)),
    cpu: () => cpuMs(findWorkerd(port)),
    stop: async () => {
      await miniflare.dispose();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function residentBytes(pid: number | undefined): number {
  if (pid === undefined) throw new Error("workerd is not there");
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

/** The kernel counts in hundredths of a second (proc(5), `utime` and `stime`). */
function cpuMs(pid: number | undefined): number {
  if (pid === undefined) throw new Error("workerd is not there");
  const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const [user, system] = rest.split(" ").slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}
