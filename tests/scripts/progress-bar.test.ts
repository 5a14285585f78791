import { expect, test } from "vitest";
import { progressLine } from "../../migrations/tools/progress-bar.ts";

test("a bar tells how far it is, how fast it goes, and how long it will take", () => {
  const line = progressLine({ done: 15_000, total: 50_000, elapsedMs: 5_000, doneSince: 10_000 });
  expect(line).toBe("[#########---------------------] 30 %  15,000 of 50,000  2,000/s  18 s left");
});

test("a bar is full when there is nothing to do, and never more than full", () => {
  expect(progressLine({ done: 0, total: 0, elapsedMs: 0, doneSince: 0 })).toContain("] 100 %  0 of 0");
  expect(progressLine({ done: 12, total: 10, elapsedMs: 1_000, doneSince: 12 })).toContain("] 100 %  12 of 10  12/s");
});

test("a bar that stands still promises nothing", () => {
  expect(progressLine({ done: 5, total: 10, elapsedMs: 1_000, doneSince: 0 })).not.toContain("left");
});
