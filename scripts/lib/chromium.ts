import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromium from "@sparticuz/chromium";
import { z } from "zod";

const PACKAGE = new URL("../../node_modules/@sparticuz/chromium/package.json", import.meta.url);

/**
 * The browser to test with: what `CHROMIUM_PATH` names, or the one of the npm package, unpacked on first use.
 * The package reuses whatever lies in the temporary directory, so each version gets a directory of its own.
 */
export async function chromiumPath(): Promise<string> {
  const own = process.env["CHROMIUM_PATH"];
  if (own !== undefined && own !== "") return own;
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(PACKAGE, "utf8")));
  const directory = join(tmpdir(), `understory-chromium-${version}`);
  if (!existsSync(directory)) await unpackInto(directory);
  return join(directory, "chromium");
}

/** Unpacked aside and renamed, so that a run beside this one never starts half a browser. */
async function unpackInto(directory: string): Promise<void> {
  const draft = `${directory}.${process.pid}`;
  const before = process.env["TMPDIR"];
  mkdirSync(draft, { recursive: true });
  process.env["TMPDIR"] = draft;
  try {
    await chromium.executablePath();
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
  try {
    renameSync(draft, directory);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(directory)) throw error; // Otherwise another run was faster.
  }
}
