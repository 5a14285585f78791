import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { JSX_RUNTIME, PREACT_ALIASES } from "./scripts/lib/jsx.ts";
import { TEST_PARTIES } from "./tests/helpers/test-parties.ts";

/** Any 32 bytes: the tests' worker is thrown away with its cookies. */
const TEST_SESSION_SECRET = btoa("understory tests: 32 known bytes");
const TEST_ENCRYPTION_KEYS = `k1:${btoa("understory tests: another 32 byt")}`;

/** Bundled together, so that all of them share one Preact and none loads 2,000 icon files one by one. */
const RENDERING_PACKAGES = [
  "lucide-react",
  "preact",
  "preact/compat",
  "preact/hooks",
  "preact/jsx-runtime",
  "preact-render-to-string",
];

export default defineConfig(async () => ({
  test: {
    // What failing tests have logged is worth reading; what passing ones have is thousands of lines.
    silent: "passed-only" as const,
    projects: [
      {
        plugins: [
          cloudflareTest({
            main: "./tests/helpers/worker.ts",
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              durableObjects: Object.fromEntries(
                Object.entries(TEST_PARTIES).map(([binding, className]) => [binding, { className, useSQLite: true }]),
              ),
              queueProducers: { TestQueue: "understory-test" },
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations("migrations/d1"),
                SESSION_SECRET: TEST_SESSION_SECRET,
                ENCRYPTION_KEYS: TEST_ENCRYPTION_KEYS,
                DEV_LOGIN: "1",
              },
            },
          }),
        ],
        resolve: { alias: PREACT_ALIASES, dedupe: ["preact"] },
        oxc: { jsx: JSX_RUNTIME },
        test: {
          name: "workerd",
          include: ["tests/{kernel,parties,server,schema}/**/*.test.{ts,tsx}"],
          deps: { optimizer: { ssr: { enabled: true, include: RENDERING_PACKAGES } } },
          // One worker process for all files: starting workerd costs more than the tests, and object names are random.
          isolate: false,
          maxWorkers: 1,
          // A socket waits 15 s for a frame before it says what is missing: a test must outlast that on a busy machine.
          testTimeout: 20_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        oxc: { jsx: JSX_RUNTIME },
        test: {
          name: "node",
          include: ["tests/{client,scripts}/**/*.test.{ts,tsx}"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "served",
          include: ["tests/{e2e,faults,migrations}/**/*.test.ts"],
          globalSetup: "./tests/e2e/global-setup.ts",
          // Browsers and killed servers measure time themselves; side by side they would slow each other.
          maxWorkers: 1,
          // What serves the product takes seconds to load, and files share nothing else.
          isolate: false,
          sequence: { groupOrder: 2 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
}));
