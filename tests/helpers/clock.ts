import { onTestFinished } from "vitest";
import { replaceRuntime, systemRuntime } from "../../parties/kernel/runtime.ts";

/**
 * Where a test's time begins: far ahead of the machine's, so that no alarm rings by itself and `ringAlarms` alone
 * decides when jobs run.
 */
export const TEST_EPOCH = Date.UTC(2040, 0, 2, 12);

/** Time that stands still until it is told to move, and chance that repeats. */
export interface TestClock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  advance(ms: number): void;
  set(at: number): void;
  /** Makes `runtime.random()` answer this from now on; without it, a fixed pseudo-random series. */
  chance(value: number): void;
}

/** Puts a test clock in force for every party, until the running test ends. */
export function useClock(start = TEST_EPOCH): TestClock {
  let now = start;
  let fixed: number | undefined;
  const series = mulberry32(0x5eed);
  onTestFinished(
    replaceRuntime({ now: () => now, random: () => fixed ?? series(), token: () => systemRuntime.token() }),
  );
  return {
    now: () => now,
    advance: (ms) => void (now += ms),
    set: (at) => void (now = at),
    chance: (value) => void (fixed = value),
  };
}

/** A small seeded generator (Tommy Ettinger's Mulberry32). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
