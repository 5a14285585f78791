/** `npm run deploy`: builds, then hands the bundle to wrangler with the arguments given; `-- --dry-run` stays offline. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { build, DIST_DIR } from "./lib/build.ts";

await build();
const args = ["deploy", "--config", `${DIST_DIR}/understory/wrangler.json`, ...process.argv.slice(2)];
const wrangler = spawn("wrangler", args, { stdio: "inherit", shell: false });
await once(wrangler, "exit");
process.exitCode = wrangler.exitCode ?? 1;
