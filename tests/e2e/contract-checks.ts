import { expect } from "vitest";
import type { z } from "zod";
import { errorShape } from "./contract-shapes.ts";
import type { Reply } from "./wire.ts";

/** The body of an answer with this status, in exactly this shape. */
export function expectBody<T extends z.ZodType>(reply: Reply, status: number, shape: T): z.output<T> {
  expect(reply).toMatchObject({ status });
  expect(reply.headers["content-type"]).toContain("application/json");
  return shape.parse(reply.json);
}

/** The error in a body; its status and code go together. */
export function expectError(reply: Reply, status: number, code: string) {
  const { error } = expectBody(reply, status, errorShape);
  expect(error.code).toBe(code);
  expect(error.traceId).toBe(reply.headers["x-trace-id"]);
  return error;
}

/** A cookie that an answer sets, as a browser sends it back. */
export function cookieOf({ headers }: Reply, name = "understory"): string {
  return setCookieOf(headers["set-cookie"], name).split(";")[0] ?? "";
}

/** The whole line that sets a cookie, which comes once. */
export function setCookieOf(lines: readonly string[] | undefined, name: string): string {
  const found = (lines ?? []).filter((line) => line.startsWith(`${name}=`));
  expect(found).toHaveLength(1);
  return found[0] ?? "";
}

export function expectNothing(reply: Reply): void {
  expect([reply.status, reply.text]).toEqual([204, ""]);
}
