/**
 * `npm run migrate -- <tool> <verb>`: data migrations from other systems. A tool is one module of this folder that
 * exports its verbs; it joins `TOOLS` in the change that brings the party which takes the data over.
 */

import { Refusal } from "./operator.ts";
import { usersFromPostgres } from "./users-from-postgres.ts";

/** What every tool can do. Each answers the process's exit code. */
export interface Tool {
  summary: string;
  status(): Promise<number>;
  run(): Promise<number>;
  verify(): Promise<number>;
  rollback(): Promise<number>;
  export(): Promise<number>;
}

const VERBS = ["status", "run", "verify", "rollback", "export"] as const;

const TOOLS: ReadonlyMap<string, Tool> = new Map([["users-from-postgres", usersFromPostgres]]);

const USAGE_ERROR = 2;
const REFUSED = 3;

process.exitCode = await main(process.argv.slice(2));

async function main([name, verb]: readonly string[]): Promise<number> {
  if (name === undefined) {
    console.log(usage());
    return 0;
  }
  const tool = TOOLS.get(name);
  const known = VERBS.find((candidate) => candidate === verb);
  if (tool === undefined || known === undefined) {
    console.error(
      tool === undefined ? `There is no tool "${name}".` : `"${verb ?? ""}" is not something that ${name} can do.`,
    );
    console.error(usage());
    return USAGE_ERROR;
  }
  try {
    return await tool[known]();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(error.message);
    return REFUSED;
  }
}

function usage(): string {
  const tools = [...TOOLS].map(([name, { summary }]) => `  ${name}: ${summary}`);
  return [
    `Usage: npm run migrate -- <tool> <${VERBS.join("|")}>`,
    "Tools:",
    ...(tools.length === 0 ? ["  none in this version: nothing is to be migrated from elsewhere"] : tools),
  ].join("\n");
}
