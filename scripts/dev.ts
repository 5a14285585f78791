/** `npm run dev`: the whole product with hot reload, on migrated local databases, with demo content on first start. */
import { createServer } from "vite";
import { withLocalD1 } from "./lib/d1.ts";
import { releaseLock, takeLock } from "./lib/data-lock.ts";
import { startDevProvider } from "./lib/dev-provider.ts";
import { DEV_DATA_DIR } from "./lib/dev-settings.ts";
import { portFrom, postgresUrlFrom } from "./lib/settings.ts";
import { stopSignal } from "./lib/signals.ts";
import { finishSeed, needsSeed, seed } from "./seed.ts";

const DEFAULT_PORT = 5173;

// workerd's own explorer and traces take time from every request, and its lookup of request.cf needs a network.
process.env["X_LOCAL_EXPLORER"] = "false";
process.env["X_LOCAL_OBSERVABILITY"] = "false";
process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";

const port = portFrom(process.env["PORT"], DEFAULT_PORT);

takeLock(DEV_DATA_DIR, port);
const empty = await withLocalD1(
  DEV_DATA_DIR,
  // Demo people have no business in the PostgreSQL of another application.
  async (database) =>
    process.env["SEED"] !== "0" &&
    postgresUrlFrom(process.env) === undefined &&
    (await needsSeed(DEV_DATA_DIR, database)),
);
const provider = await startDevProvider(port);
const server = await createServer({ server: { host: "127.0.0.1", port, strictPort: true } });
await server.listen();
if (empty) {
  await seed(port);
  finishSeed(DEV_DATA_DIR);
}
console.log(`Understory is at http://localhost:${port}`);
await stopSignal();
await server.close();
await provider?.stop();
releaseLock(DEV_DATA_DIR);
process.exit();
