import { onTestFinished, vi } from "vitest";

/** Catches what is logged until the running test ends, instead of printing it. Answers the lines, parsed. */
export function catchLogs(): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  for (const method of ["log", "warn", "error"] as const) {
    const spy = vi.spyOn(console, method).mockImplementation((line: unknown) => void lines.push(parseLine(line)));
    onTestFinished(() => spy.mockRestore());
  }
  return lines;
}

function parseLine(line: unknown): Record<string, unknown> {
  try {
    return JSON.parse(String(line)) as Record<string, unknown>;
  } catch {
    return { event: "not.json", line };
  }
}
