import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { edgeToParty, fanOut, type Finding, FULL, idleSockets, QUICK, reactions, waking } from "./cases.ts";
import { openLab } from "./lab.ts";
import { people, validation } from "./session-cases.ts";
import { type CostRow, costTable, sites } from "./sites-cases.ts";
import { users } from "./users-cases.ts";

const RESULTS_DIR = "bench-results";
const DOCUMENT = "docs/benchmarks.md";

const isQuick = process.argv.includes("--quick");
const scale = isQuick ? QUICK : FULL;
const lab = await openLab();
const findings: Finding[] = [];
let costs: CostRow[] = [];
try {
  const cases = [edgeToParty, fanOut, waking, reactions, validation, users, sites, people, idleSockets];
  for (const measure of cases) {
    const found = [await measure(lab, scale)].flat();
    findings.push(...found);
    for (const finding of found)
      console.log(`${finding.met ? "met   " : "MISSED"}  ${finding.what}: ${finding.figure} (${finding.target})`);
  }
  costs = await costTable(lab);
} finally {
  await lab.stop();
}

mkdirSync(RESULTS_DIR, { recursive: true });
writeFileSync(
  `${RESULTS_DIR}/results.json`,
  `${JSON.stringify({ machine: machine(), scale, findings, costs }, null, 2)}\n`,
);
writeFileSync(`${RESULTS_DIR}/results.md`, report());
// A quick run is for looking, not for the record.
if (!isQuick) writeFileSync(DOCUMENT, report());
process.exitCode = findings.every((finding) => finding.met) ? 0 : 1;

function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} cores of ${cpu?.model ?? "an unnamed processor"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}

function report(): string {
  const rows = findings.map(({ what, values, figure, target, met }) => {
    const sides = Object.entries(values).map(([side, value]) => `${side}: ${value}`);
    return [what, sides.join("<br>"), figure, target, met ? "yes" : "no"];
  });
  return `# Benchmarks

Written by \`npm run bench\`. Both sides of a row do the same work in the same workerd, in turn, the client on the same
machine; figures are medians of ${scale.rounds} rounds. The yardstick is PartyServer as its documentation shows it
([worker.ts](../tests/bench/worker.ts)).

Machine: ${machine()}.

${table([["what", "sides", "figure", "target", "met"], ...rows])}

## What it costs

Counted, not estimated, until the last row has arrived: calls and deliveries to parties, rows that these write to their
SQLite, and D1 statements (those of the outbox's own mark included). Seed 004's claim for the first row takes one party
call for many views; each view is a call here, since each is limited and counted.

${table([
  ["what", "requests to parties", "rows written", "D1 reads", "D1 writes", "hoped for"],
  ...costs.map(({ what, claimed, requests, rowsWritten, d1Reads, d1Writes }) => [
    what,
    ...[requests, rowsWritten, d1Reads, d1Writes].map((count) => count.toLocaleString("en")),
    claimed,
  ]),
])}
`;
}

/** A Markdown table with columns of even width, as the formatter leaves it. */
function table(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.slice(1).map(line)].join("\n");
}
