import fc from "fast-check";
import { expect, test } from "vitest";
import { localTime } from "../../schema/zones.ts";

const ZONES = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham", "America/St_Johns"];
const YEARS = { min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) };

test("local time is what the zone's clock shows, whatever was asked for before", () => {
  const moment = fc.tuple(fc.integer(YEARS), fc.integer({ min: 0, max: 3_600_000 }));
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), moment, (timeZone, [at, later]) => {
      for (const moment of [at, at + later, at]) {
        const parts = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(moment);
        const hour = new Intl.DateTimeFormat("en", { timeZone, hour: "2-digit", hourCycle: "h23" }).format(moment);
        expect(localTime(moment, timeZone)).toEqual({ day: parts, hour: Number(hour) });
      }
    }),
    { numRuns: 300 },
  );
});
