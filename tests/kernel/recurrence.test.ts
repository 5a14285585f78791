import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextDeadline } from "../../parties/kernel/recurrence.ts";

/** The next so many deadlines of a cron pattern, in UTC. */
function deadlines(pattern: string, zone: string, from: string, count: number): string[] {
  let at = Date.parse(from);
  return Array.from({ length: count }, () =>
    new Date((at = nextDeadline({ kind: "cron", pattern, zone }, at))).toISOString(),
  );
}

describe("an interval", () => {
  test("counts from its anchor, whatever the time it is asked at", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 ** 9 }),
        fc.integer({ min: 0, max: 4 * 10 ** 12 }),
        fc.integer({ min: -(10 ** 12), max: 10 ** 12 }),
        (everyMs, anchor, later) => {
          const next = nextDeadline({ kind: "every", everyMs, anchor }, anchor + later);
          expect(Math.abs((next - anchor) % everyMs)).toBe(0);
          expect(next).toBeGreaterThan(anchor + later);
          expect(next).toBeLessThanOrEqual(anchor + later + everyMs);
        },
      ),
    );
  });
});

describe("a cron pattern in a named zone", () => {
  test("keeps its local time when summer begins in Europe/Berlin", () => {
    expect(deadlines("0 7 * * *", "Europe/Berlin", "2027-03-27T00:00:00Z", 3)).toEqual([
      "2027-03-27T06:00:00.000Z",
      "2027-03-28T05:00:00.000Z",
      "2027-03-29T05:00:00.000Z",
    ]);
  });

  test("keeps its local time when summer ends in Europe/Berlin", () => {
    expect(deadlines("0 7 * * *", "Europe/Berlin", "2027-10-30T00:00:00Z", 3)).toEqual([
      "2027-10-30T05:00:00.000Z",
      "2027-10-31T06:00:00.000Z",
      "2027-11-01T06:00:00.000Z",
    ]);
  });

  test("runs once on the day whose local time does not exist", () => {
    // 02:30 does not exist on these days: the clock goes from 02:00 to 03:00, which is the next time that does.
    const berlin = deadlines("30 2 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z", 2);
    expect(berlin).toEqual(["2027-03-28T01:00:00.000Z", "2027-03-29T00:30:00.000Z"]);
    const newYork = deadlines("30 2 * * *", "America/New_York", "2027-03-13T12:00:00Z", 2);
    expect(newYork).toEqual(["2027-03-14T07:00:00.000Z", "2027-03-15T06:30:00.000Z"]);
  });

  test("runs once on the day whose local time comes twice", () => {
    // 02:30 in Berlin and 01:30 in New York come twice on these days.
    const berlin = deadlines("30 2 * * *", "Europe/Berlin", "2027-10-30T12:00:00Z", 2);
    expect(berlin).toEqual(["2027-10-31T00:30:00.000Z", "2027-11-01T01:30:00.000Z"]);
    const newYork = deadlines("30 1 * * *", "America/New_York", "2027-11-06T12:00:00Z", 2);
    expect(newYork).toEqual(["2027-11-07T05:30:00.000Z", "2027-11-08T06:30:00.000Z"]);
  });

  test.each(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])(
    "at midnight in %s comes once for each day of a year",
    (zone) => {
      const days = deadlines("0 0 * * *", zone, "2027-01-01T12:00:00Z", 365);
      const local = days.map((at) => new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(new Date(at)));
      expect(new Set(local).size).toBe(365);
    },
  );

  test("that never comes is refused", () => {
    expect(() => nextDeadline({ kind: "cron", pattern: "0 0 30 2 *", zone: "UTC" }, Date.UTC(2027, 0, 1))).toThrow(
      RangeError,
    );
  });
});
