import { globSync } from "node:fs";
import { cloudflare, type PluginConfig } from "@cloudflare/vite-plugin";
import { defineConfig } from "vite";
import { DEV_DATA_DIR, devSettings } from "./scripts/lib/dev-settings.ts";
import { postgresUrlFrom } from "./scripts/lib/settings.ts";
import { JSX_RUNTIME, PREACT_ALIASES } from "./scripts/lib/jsx.ts";

/** Each file here is one thing that a page may ask for; pages find its hashed name in the manifest. */
const CLIENT_ENTRIES = globSync("client/web/entries/*.{ts,tsx,css}");

/** Under the dev server Vite answers for the sources that pages ask for, and the worker for everything else. */
function developmentOptions(): PluginConfig {
  const postgresUrl = postgresUrlFrom(process.env);
  return {
    persistState: { path: DEV_DATA_DIR },
    config: (config) => ({
      vars: devSettings(),
      assets: { ...config.assets, run_worker_first: false },
      ...(postgresUrl !== undefined && {
        hyperdrive: [{ binding: "USERS_POSTGRES", id: "local", localConnectionString: postgresUrl }],
      }),
    }),
  };
}

export default defineConfig(({ command }) => ({
  plugins: [cloudflare(command === "serve" ? developmentOptions() : {})],
  resolve: { alias: PREACT_ALIASES, dedupe: ["preact"] },
  oxc: { jsx: JSX_RUNTIME },
  build: {
    target: "es2024",
    // All of Lucide's icons are one file, which only those who look through them fetch.
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      // Packages mark client components with "use client"; here everything may run on both sides.
      onLog: (level, log, report) => {
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") report(level, log);
      },
    },
  },
  environments: {
    client: {
      build: {
        manifest: "assets/manifest.json",
        // The strict CSP has no data: URLs for scripts and styles; every asset is a file of ours.
        assetsInlineLimit: 0,
        rolldownOptions: { input: CLIENT_ENTRIES },
      },
      optimizeDeps: {
        entries: CLIENT_ENTRIES,
        include: ["preact", "preact/compat", "preact/compat/client", "preact/hooks", "preact/jsx-runtime"],
      },
    },
  },
}));
