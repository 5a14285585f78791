import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lockedForMs, withFailure, withoutLock } from "../../parties/kernel/lockout.ts";
import { type Lockout, NO_FAILURES } from "../../parties/kernel/lockout.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2040, 0, 1);

/** So many failures, a step apart, the first at `from`. */
function failing(state: Lockout, times: number, from: number, stepMs = 0): Lockout {
  let after = state;
  for (let n = 0; n < times; n++) after = withFailure(after, from + n * stepMs);
  return after;
}

/** Ten failures at once, as soon as the lock before is over, so often. Answers how long each lock was. */
function locksInARow(count: number, restMs = 0): number[] {
  let state = NO_FAILURES;
  let now = START;
  return Array.from({ length: count }, () => {
    state = failing(state, 10, now);
    const ms = lockedForMs(state, now);
    now += ms + restMs;
    return ms;
  });
}

describe("a lock", () => {
  test("comes with the tenth failure, not with the ninth", () => {
    expect(lockedForMs(failing(NO_FAILURES, 9, START), START)).toBe(0);
    expect(lockedForMs(failing(NO_FAILURES, 10, START), START)).toBe(30 * SECOND);
  });

  test("holds to the millisecond", () => {
    const state = failing(NO_FAILURES, 10, START);
    expect(lockedForMs(state, START + 30 * SECOND - 1)).toBe(1);
    expect(lockedForMs(state, START + 30 * SECOND)).toBe(0);
    expect(lockedForMs(state, START + 30 * SECOND + 1)).toBe(0);
  });

  test("counts the failures of fifteen minutes, to the millisecond", () => {
    const nine = failing(failing(NO_FAILURES, 1, START), 8, START + MINUTE);
    expect(lockedForMs(withFailure(nine, START + 15 * MINUTE - 1), START + 15 * MINUTE - 1)).toBe(30 * SECOND);
    expect(lockedForMs(withFailure(nine, START + 15 * MINUTE), START + 15 * MINUTE)).toBe(0);
  });

  test("never comes of failures that are slow enough", () => {
    expect(failing(NO_FAILURES, 1_000, START, (15 * MINUTE) / 9).lockedUntil).toBe(0);
  });

  test("is twice as long each time, up to an hour", () => {
    const seconds = locksInARow(10).map((ms) => ms / SECOND);
    expect(seconds).toEqual([30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]);
  });

  test("cannot be drawn out: failures while it holds are not counted, not even towards the next", () => {
    const state = failing(NO_FAILURES, 10, START);
    expect(failing(state, 1_000, START + 1, 29)).toEqual(state);
    const after = failing(state, 9, START + 30 * SECOND);
    expect(lockedForMs(after, START + 30 * SECOND)).toBe(0);
  });

  test("is forgiven a day after it ended without trouble, and not a millisecond sooner", () => {
    expect(locksInARow(3, DAY).map((ms) => ms / SECOND)).toEqual([30, 30, 30]);
    expect(locksInARow(3, DAY - 1).map((ms) => ms / SECOND)).toEqual([30, 60, 120]);
  });

  test("is not forgiven while failures go on, though too few for another", () => {
    let state = failing(NO_FAILURES, 10, START);
    for (let hour = 1; hour <= 48; hour++) state = withFailure(state, START + hour * HOUR);
    const now = START + 49 * HOUR;
    expect(lockedForMs(failing(state, 10, now), now)).toBe(60 * SECOND);
  });

  test("is opened by `withoutLock`, which does not forget that it was", () => {
    const state = withoutLock(failing(NO_FAILURES, 10, START));
    expect(lockedForMs(state, START)).toBe(0);
    expect(lockedForMs(failing(state, 10, START + MINUTE), START + MINUTE)).toBe(60 * SECOND);
  });
});

describe("whatever the failures", () => {
  /** Milliseconds from each failure to the next. */
  const gaps = fc.array(fc.oneof(fc.nat(10), fc.nat(MINUTE), fc.nat(HOUR), fc.nat(2 * DAY), fc.constant(15 * MINUTE)), {
    maxLength: 200,
  });

  test("nobody is locked for longer than an hour, or with fewer than ten failures within fifteen minutes", () => {
    fc.assert(
      fc.property(gaps, (between) => {
        let [state, now, counted]: [Lockout, number, number[]] = [NO_FAILURES, START, []];
        for (const gap of between) {
          now += gap;
          const wasLocked = lockedForMs(state, now) > 0;
          const before = state;
          state = withFailure(state, now);
          if (wasLocked) {
            expect(state).toBe(before);
            continue;
          }
          counted.push(now);
          const wait = lockedForMs(state, now);
          expect(wait).toBeLessThanOrEqual(HOUR);
          const recent = counted.filter((at) => now - at < 15 * MINUTE).length;
          expect(wait > 0).toBe(recent >= 10);
          if (wait > 0) counted = [];
          expect(wait === 0 || wait >= 30 * SECOND).toBe(true);
        }
      }),
    );
  });

  test("what is remembered is small, can be stored as JSON, and is never changed in place", () => {
    fc.assert(
      fc.property(gaps, (between) => {
        let [state, now] = [NO_FAILURES, START];
        for (const gap of between) {
          now += gap;
          const before = JSON.stringify(state);
          const after = withFailure(state, now);
          expect(JSON.stringify(state)).toBe(before);
          state = JSON.parse(JSON.stringify(after)) as Lockout;
          expect(state).toEqual(after);
          expect(state.failures.length).toBeLessThan(10);
        }
        expect(NO_FAILURES).toEqual({ failures: [], locks: 0, lockedUntil: 0, troubledAt: 0 });
      }),
    );
  });
});
