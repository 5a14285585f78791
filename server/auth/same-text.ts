import { timingSafeEqual } from "node:crypto";

const encoder = new TextEncoder();

/** Compares in constant time, so that an answer's delay tells nothing of where two codes differ. */
export function sameText(given: string, expected: string): boolean {
  const [a, b] = [encoder.encode(given), encoder.encode(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
