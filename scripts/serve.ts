import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Cron } from "croner";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { z } from "zod";
import { DIST_DIR } from "./lib/build.ts";
import { persistenceRoot, withLocalD1 } from "./lib/d1.ts";
import { findWorkerd, releaseLock, takeLock, writeLock } from "./lib/data-lock.ts";
import { freePort } from "./lib/ports.ts";
import { localSecrets, type Settings } from "./lib/settings.ts";

/** The loopback address: nothing here listens to the network. */
const HOST = "127.0.0.1";

/** What the build writes of wrangler.toml that Miniflare's options don't carry over. */
const builtConfigSchema = z.object({
  name: z.string(),
  main: z.string(),
  compatibility_date: z.string(),
  vars: z.record(z.string(), z.json()),
  triggers: z.object({ crons: z.array(z.string()).optional() }),
});

export interface ServeOptions {
  /** The port to listen on; 0 takes a free one. */
  port: number;
  /** Everything that outlives the process: D1, R2, the parties' SQLite, the local secrets. */
  dataDir: string;
  settings: Settings;
  /** The PostgreSQL that the users move from. */
  postgresUrl?: string | undefined;
  distDir?: string;
  /** Gets each line that the worker logs; by default they go to the standard output. */
  onLog?: (line: string, level: string) => void;
  /** Where the worker can be looked into with the Chrome DevTools protocol. */
  inspectorPort?: number | undefined;
  /** Workers of other services that run beside ours and may be bound to it. They listen nowhere. */
  siblings?: readonly SiblingWorker[];
}

export interface SiblingWorker {
  name: string;
  /** The text of its one ES module. */
  script: string;
  /** Entrypoints of ours that it is bound to, by the name of the binding. */
  entrypoints: Readonly<Record<string, string>>;
}

export interface Served {
  /** The apex, by address: `http://127.0.0.1:8787`. A site of it is reached by its `Host`. */
  url: string;
  port: number;
  /** The process that runs the worker. It changes when that process dies: it is started again on the same port. */
  workerdPid: () => number;
  miniflare: Miniflare;
  /** Stops listening and leaves no process behind. */
  stop: () => Promise<void>;
}

/**
 * Serves the built bundle in workerd, with D1 migrated and all state in `dataDir`.
 * @throws when the bundle is missing, the port is taken, or another server holds `dataDir`.
 */
export async function serve(options: ServeOptions): Promise<Served> {
  const { dataDir } = options;
  const port = options.port === 0 ? await freePort() : options.port;
  takeLock(dataDir, port);
  try {
    await withLocalD1(dataDir, async () => {});
    const miniflare = new Miniflare(miniflareOptions({ ...options, port }));
    await miniflare.ready;
    noteWorkerd(dataDir, port);
    const stopCron = startCron(options.distDir ?? DIST_DIR, miniflare);
    return {
      url: `http://${HOST}:${port}`,
      port,
      workerdPid: () => workerdOn(port),
      miniflare,
      stop: async () => {
        stopCron();
        await miniflare.dispose();
        releaseLock(dataDir);
      },
    };
  } catch (error) {
    releaseLock(dataDir);
    throw error;
  }
}

function miniflareOptions(options: ServeOptions) {
  const { port, dataDir, settings, postgresUrl, inspectorPort, distDir = DIST_DIR, onLog, siblings = [] } = options;
  const workerDir = resolve(distDir, "understory");
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(workerDir, "wrangler.json"));
  const { name, main, vars, compatibility_date } = builtConfig(distDir);
  const others = globSync("**/*.js", { cwd: workerDir }).filter((path) => path !== main);
  const ours = {
    ...workerOptions,
    name,
    rootPath: workerDir,
    modulesRoot: workerDir,
    modules: [main, ...others].map((path) => ({ type: "ESModule" as const, path: join(workerDir, path) })),
    bindings: { ...vars, ...localSecrets(dataDir), ...settings },
    ...(postgresUrl !== undefined && { hyperdrives: { USERS_POSTGRES: postgresUrl } }),
  };
  const theirs = siblings.map(({ entrypoints, ...sibling }) => ({
    ...sibling,
    modules: true as const,
    compatibilityDate: compatibility_date,
    serviceBindings: Object.fromEntries(
      Object.entries(entrypoints).map(([binding, entrypoint]) => [binding, { name, entrypoint }]),
    ),
  }));
  return convertV4MiniflareOptions({
    workers: [ours, ...theirs],
    host: HOST,
    port,
    resourcePersistencePath: persistenceRoot(dataDir),
    isolatedResourcePersistencePath: persistenceRoot(dataDir),
    cf: false,
    logRequests: false,
    ...(inspectorPort !== undefined && { inspectorPort }),
    log: new Log(LogLevel.WARN),
    telemetry: { enabled: false },
    unsafeHandleRuntimeRestart: () => noteWorkerd(dataDir, port),
    ...(onLog && { handleStructuredLogs: ({ level, message }) => onLog(message, level) }),
  });
}

/** Cloudflare's network calls the cron triggers by itself; here this does. */
function startCron(distDir: string, miniflare: Miniflare): () => void {
  const jobs = (builtConfig(distDir).triggers.crons ?? []).map(
    (cron) =>
      new Cron(cron, { timezone: "UTC" }, async () => {
        const worker = await miniflare.getWorker();
        await worker.scheduled({ cron });
      }),
  );
  return () => {
    for (const job of jobs) job.stop();
  };
}

function builtConfig(distDir: string) {
  const text = readFileSync(resolve(distDir, "understory", "wrangler.json"), "utf8");
  return builtConfigSchema.parse(JSON.parse(text));
}

function noteWorkerd(dataDir: string, port: number): void {
  writeLock(dataDir, port, workerdOn(port));
}

function workerdOn(port: number): number {
  const pid = findWorkerd(port);
  if (pid === undefined) throw new Error(`no workerd listens on port ${port}`);
  return pid;
}
