import { z } from "zod";

/** An IANA time zone, such as "Europe/Berlin". */
export const timeZoneSchema = z.string().max(64).refine(isTimeZone, "not a time zone");

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** A moment as clocks on the spot show it. */
export interface LocalTime {
  /** "2026-03-29" */
  day: string;
  /** 0 to 23. A day on which clocks change has an hour less, or one twice. */
  hour: number;
}

/** Making one costs far more than using it. */
const clocks = new Map<string, Intl.DateTimeFormat>();

export function localTime(at: number, timeZone: string): LocalTime {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    // The Swedish way of writing a date is ISO 8601.
    clock = new Intl.DateTimeFormat("sv-SE", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      hourCycle: "h23",
    });
    clocks.set(timeZone, clock);
  }
  const [day = "", hour = ""] = clock.format(at).split(" ");
  return { day, hour: Number(hour) };
}
