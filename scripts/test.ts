/**
 * `npm test`: all tests, browsers and faults included. Ends with the line `N passed, N failed`, and with 1 when
 * anything failed or nothing ran. Arguments go to Vitest: `npm test -- tests/kernel`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { z } from "zod";

const RESULTS = "test-results/vitest.json";

const resultsSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

rmSync(RESULTS, { force: true });
const vitest = spawn(
  "vitest",
  ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${RESULTS}`, ...process.argv.slice(2)],
  { stdio: "inherit" },
);
await once(vitest, "exit");

const { passed, failed } = countResults();
// An error outside of any test, or a Vitest that didn't finish, shows in the exit code alone.
const failures = failed === 0 && vitest.exitCode !== 0 ? 1 : failed;
process.exitCode = failures > 0 || passed === 0 ? 1 : 0;
console.log(`${passed} passed, ${failures} failed`);

/** A file that could not even be loaded counts as one failure. */
function countResults(): { passed: number; failed: number } {
  let text: string;
  try {
    text = readFileSync(RESULTS, "utf8");
  } catch {
    return { passed: 0, failed: 1 };
  }
  const results = resultsSchema.parse(JSON.parse(text));
  const broken = results.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  return { passed: results.numPassedTests, failed: results.numFailedTests + broken.length };
}
