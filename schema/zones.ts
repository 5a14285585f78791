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

/** Clocks everywhere are apart by whole quarters of an hour: within one, the day and the hour stay. */
const QUARTER_MS = 15 * 60_000;

/** What shows a zone's time: making one costs far more than using it, and using it more than remembering what it showed. */
const clocks = new Map<string, { format: Intl.DateTimeFormat; quarter: number; shown: LocalTime }>();

export function localTime(at: number, timeZone: string): LocalTime {
  const quarter = Math.floor(at / QUARTER_MS);
  const known = clocks.get(timeZone);
  if (known?.quarter === quarter) return known.shown;
  const format = known?.format ?? clockOf(timeZone);
  const [day = "", hour = ""] = format.format(at).split(" ");
  const shown = { day, hour: Number(hour) };
  clocks.set(timeZone, { format, quarter, shown });
  return shown;
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  // The Swedish way of writing a date is ISO 8601.
  return new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    hourCycle: "h23",
  });
}
