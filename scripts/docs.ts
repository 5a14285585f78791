/**
 * `npm run docs`: writes what is generated (docs/protocol.md, docs/openapi.json) and puts the files that pages show
 * into them anew. With `--check` it writes nothing and ends with 1 when something of it is stale, or a link is dead.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { format } from "oxfmt";
import { deadLinks, showsFiles, withShownFiles, writtenPages } from "./docs/pages.ts";
import { protocolDocument } from "./docs/protocol.ts";
import { loadSources } from "./docs/sources.ts";

/** As in .oxfmtrc.json: what is generated must pass the format check, too. */
const PRINT_WIDTH = 120;

const PROTOCOL = "docs/protocol.md";
const OPENAPI = "docs/openapi.json";

const sources = await loadSources();
const { app, DOCUMENT } = sources;
const wanted = new Map([
  [PROTOCOL, protocolDocument(sources)],
  [OPENAPI, JSON.stringify(app.getOpenAPI31Document(DOCUMENT), null, 2)],
  ...writtenPages()
    .filter(showsFiles)
    .map((page) => [page, withShownFiles(page)] as const),
]);

const isCheck = process.argv.includes("--check");
let faults = 0;
for (const [path, text] of wanted) {
  const { code } = await format(path, text, { printWidth: PRINT_WIDTH });
  if (readIfPresent(path) === code) continue;
  if (isCheck) {
    console.log(`${path} is stale: run \`npm run docs\``);
    faults++;
  } else {
    writeFileSync(path, code);
    console.log(`wrote ${path}`);
  }
}
for (const page of writtenPages()) {
  for (const target of deadLinks(page)) {
    console.log(`${page} links to ${target}, which is not there`);
    faults++;
  }
}
process.exitCode = faults === 0 ? 0 : 1;

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
