import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenBucket } from "../../parties/kernel/token-bucket.ts";

const limit = fc.record({
  capacity: fc.integer({ min: 1, max: 100 }),
  perSecond: fc.double({ min: 0.1, max: 100, noNaN: true }),
});
/** Time that passes between takes; negative when the clock is set back. */
const steps = fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 200 });

describe("a token bucket", () => {
  test("never grants more than its capacity and what flowed in since", () => {
    fc.assert(
      fc.property(limit, steps, (given, waits) => {
        const bucket = new TokenBucket(given, 0);
        let [now, latest, granted] = [0, 0, 0];
        for (const wait of waits) {
          now += wait;
          latest = Math.max(latest, now);
          if (bucket.take(now) === 0) granted += 1;
          expect(granted).toBeLessThanOrEqual(given.capacity + (latest / 1_000) * given.perSecond + 1e-6);
        }
      }),
    );
  });

  test("grants a token after exactly the wait that it asked for, and not a millisecond before", () => {
    fc.assert(
      fc.property(limit, (given) => {
        const bucket = new TokenBucket(given, 0);
        for (let taken = 0; taken < given.capacity; taken++) expect(bucket.take(0)).toBe(0);
        const waitMs = bucket.take(0);
        expect(waitMs).toBeGreaterThanOrEqual(1);
        const early = new TokenBucket(given, 0);
        for (let taken = 0; taken < given.capacity; taken++) early.take(0);
        if (waitMs > 1) expect(early.take(waitMs - 2)).toBeGreaterThan(0);
        expect(bucket.take(waitMs + 1)).toBe(0);
      }),
    );
  });

  test("is full again after a long rest, but not fuller", () => {
    const bucket = new TokenBucket({ capacity: 3, perSecond: 1 }, 0);
    const grants = Array.from({ length: 5 }, () => bucket.take(1_000_000)).filter((waitMs) => waitMs === 0);
    expect(grants).toHaveLength(3);
  });

  test("grants nothing when the clock goes back, and nothing twice when it returns", () => {
    const bucket = new TokenBucket({ capacity: 1, perSecond: 1 }, 10_000);
    expect(bucket.take(10_000)).toBe(0);
    expect(bucket.take(0)).toBe(1_000);
    expect(bucket.take(5_000)).toBe(1_000);
    expect(bucket.take(10_000)).toBe(1_000);
    expect(bucket.take(11_000)).toBe(0);
  });
});
