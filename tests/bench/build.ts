import { join } from "node:path";
import { build } from "vite";

/** Bundles the benchmark's worker. Answers the path of the one module it makes. */
export async function buildWorker(outDir: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: "warn",
    ssr: { target: "webworker", noExternal: true, resolve: { conditions: ["workerd", "worker", "module"] } },
    build: {
      ssr: "tests/bench/worker.ts",
      outDir,
      emptyOutDir: true,
      target: "es2024",
      minify: false,
      rolldownOptions: {
        external: [/^cloudflare:/, /^node:/],
        output: { entryFileNames: "worker.js", codeSplitting: false },
      },
    },
  });
  return join(outDir, "worker.js");
}
