/** `npm run check`: everything that can be proven without running the product. Ends with 1 when anything is amiss. */
import { existsSync, globSync } from "node:fs";
import { run } from "./lib/run.ts";

interface Step {
  name: string;
  command: string;
  args: readonly string[];
}

const PROJECTS = globSync(["tsconfig.*.json", "tests/*/tsconfig.json"], { exclude: ["tsconfig.base.json"] });
const DOCS_SCRIPT = "scripts/docs.ts";

const steps: Step[] = [
  { name: "format", command: "oxfmt", args: ["--check", "."] },
  { name: "lint", command: "oxlint", args: ["--type-aware", "--deny-warnings", "--report-unused-disable-directives"] },
  ...PROJECTS.map((project) => ({ name: `types: ${project}`, command: "tsc", args: ["-p", project] })),
  { name: "unused code", command: "knip", args: [] },
];
if (existsSync(DOCS_SCRIPT)) steps.push({ name: "docs", command: "node", args: [DOCS_SCRIPT, "--check"] });

/** How many steps run at a time; the linter alone keeps two cores busy. */
const WORKERS = 2;

const waiting = [...steps];
let failures = 0;
const lane = async () => {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const { code, output, seconds } = await run(step.command, step.args);
    console.log(`${code === 0 ? "ok  " : "FAIL"} ${step.name} (${seconds.toFixed(1)} s)`);
    if (code === 0) continue;
    failures++;
    console.log(output.trimEnd());
  }
};
await Promise.all(Array.from({ length: WORKERS }, lane));
console.log(failures === 0 ? "All checks passed." : `${failures} of ${steps.length} checks failed.`);
process.exitCode = failures === 0 ? 0 : 1;
