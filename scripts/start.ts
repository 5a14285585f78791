/** `npm start`: builds, then serves the production bundle until it is told to stop. */
import { build } from "./lib/build.ts";
import { withLocalD1 } from "./lib/d1.ts";
import { takeLock } from "./lib/data-lock.ts";
import { portFrom, postgresUrlFrom, settingsFrom } from "./lib/settings.ts";
import { stopSignal } from "./lib/signals.ts";
import { finishSeed, needsSeed, seed } from "./seed.ts";
import { serve } from "./serve.ts";

const DEFAULT_PORT = 8787;

const port = portFrom(process.env["PORT"], DEFAULT_PORT);
const dataDir = process.env["DATA_DIR"] ?? ".data";
const settings = settingsFrom(process.env);
const postgresUrl = postgresUrlFrom(process.env);

takeLock(dataDir, port);
await build();
if (process.env["SEED"] !== "0" && (await withLocalD1(dataDir, (database) => needsSeed(dataDir, database)))) {
  // The demo people sign in like everybody on a developer's machine, so they need a server that lets them; it is
  // gone before the one that others reach starts.
  const demoSettings = { ...settings, ROOT_DOMAIN: "localhost", DEV_LOGIN: "1", USERS_MODE: "party" };
  const seeding = await serve({ port: 0, dataDir, settings: demoSettings, onLog: showErrors });
  try {
    await seed(seeding.port);
    finishSeed(dataDir);
  } finally {
    await seeding.stop();
  }
}
const server = await serve({ port, dataDir, settings, postgresUrl });
console.log(`Understory is at http://localhost:${server.port}`);
await stopSignal();
await server.stop();

/** The requests of the seeding are nobody's business, its failures are. */
function showErrors(line: string, level: string): void {
  if (level === "error") console.error(line);
}
