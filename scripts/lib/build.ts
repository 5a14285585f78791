import { fileURLToPath } from "node:url";
import { run } from "./run.ts";

/** Where the build puts the worker (`understory/`) and the files that browsers fetch (`client/`). */
export const DIST_DIR = "dist";

const VITE = fileURLToPath(new URL("../../node_modules/vite/bin/vite.js", import.meta.url));

/**
 * Builds the worker and the client for production, in a process of its own: a test runner's NODE_ENV must not make
 * a development build of it.
 * @throws with Vite's output when it fails.
 */
export async function build(): Promise<void> {
  const env = { ...process.env, NODE_ENV: "production" };
  const { code, output } = await run(process.execPath, [VITE, "build", "--logLevel", "warn"], { env });
  if (code !== 0) throw new Error(`the build failed\n${output}`);
}
