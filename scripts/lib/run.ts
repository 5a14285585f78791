import { spawn } from "node:child_process";

export interface Outcome {
  /** The exit code; 1 when a signal ended it. */
  code: number;
  /** Standard output and errors, in the order in which they came. */
  output: string;
  seconds: number;
}

/** Runs a command to its end and keeps what it prints. With `echo` it is shown as it comes, too. */
export function run(
  command: string,
  args: readonly string[],
  { echo = false, env = process.env } = {},
): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const started = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env });
  let output = "";
  for (const [stream, screen] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      output += chunk;
      if (echo) screen.write(chunk);
    });
  }
  child.on("error", reject);
  child.on("close", (code) => resolve({ code: code ?? 1, output, seconds: (performance.now() - started) / 1_000 }));
  return promise;
}
