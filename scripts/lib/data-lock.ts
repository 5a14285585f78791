import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** A process id alone says little, since the system uses it again; with its start time it names one process. */
const lockSchema = z.object({
  nodePid: z.number(),
  nodeStarted: z.string(),
  workerdPid: z.number().nullable(),
  port: z.number(),
});

/**
 * Takes a data directory for this process. Two servers on one directory would write the same SQLite files, and a
 * workerd whose Node was killed with -9 lives on with the port and the files: it is ended here.
 * @throws when another living server holds the directory.
 */
export function takeLock(dataDir: string, port: number): void {
  const held = readLock(dataDir);
  if (held !== undefined && held.nodePid !== process.pid) {
    if (startOf(held.nodePid) === held.nodeStarted) {
      throw new Error(`${dataDir} is in use by process ${held.nodePid}; set DATA_DIR to another directory`);
    }
    if (held.workerdPid !== null && findWorkerd(held.port) === held.workerdPid) {
      process.kill(held.workerdPid, "SIGKILL");
    }
  }
  writeLock(dataDir, port, null);
}

/** Notes which workerd serves the directory; called again when it has been restarted. */
export function writeLock(dataDir: string, port: number, workerdPid: number | null): void {
  mkdirSync(dataDir, { recursive: true });
  const lock: z.infer<typeof lockSchema> = {
    nodePid: process.pid,
    nodeStarted: startOf(process.pid),
    workerdPid,
    port,
  };
  writeFileSync(lockPath(dataDir), JSON.stringify(lock));
}

export function releaseLock(dataDir: string): void {
  rmSync(lockPath(dataDir), { force: true });
}

/** The id of the workerd that listens on a loopback port, if there is one. */
export function findWorkerd(port: number): number | undefined {
  const line = ps("-A", "-ww", "-o", "pid=,args=")
    .split("\n")
    .find((process) => process.includes("workerd") && process.includes(`=127.0.0.1:${port} `));
  return line === undefined ? undefined : Number.parseInt(line, 10);
}

/** When a process started, as the system prints it; empty for one that is not there. */
function startOf(pid: number): string {
  return ps("-p", String(pid), "-o", "lstart=").trim();
}

/** `ps` is there on Linux and macOS alike. It exits with 1 when no process matches. */
function ps(...args: string[]): string {
  const { error, stdout } = spawnSync("ps", args, { encoding: "utf8" });
  if (error) throw error;
  return stdout;
}

function readLock(dataDir: string): z.infer<typeof lockSchema> | undefined {
  try {
    return lockSchema.parse(JSON.parse(readFileSync(lockPath(dataDir), "utf8")));
  } catch {
    return undefined; // None, or half a file: its writer was killed before it had started anything.
  }
}

function lockPath(dataDir: string): string {
  return join(dataDir, "serve.json");
}
