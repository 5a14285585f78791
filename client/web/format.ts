import type { Preferences } from "../../schema/user-data.ts";

/** Words for dates and numbers, as one reader wants them. */
export interface Formats {
  /** "21 November 2026" in the language's order; `iso` is ISO 8601. */
  formatDate: (iso: string) => string;
  /** "Nov 21, 2026". */
  formatShortDate: (iso: string) => string;
  /** "Nov 21, 2026, 4:05 PM". */
  formatMoment: (iso: string) => string;
  /** "5 minutes ago" up to a week, then the short date. Both times are absolute; `now` in milliseconds. */
  formatAgo: (iso: string, now: number) => string;
  /** "in 6 days"; "now" for what is past. Both times are absolute; `now` in milliseconds. */
  formatUntil: (iso: string, now: number) => string;
  formatNumber: (value: number) => string;
  /** "1.4 MB", of 1,024 kB each. */
  formatBytes: (bytes: number) => string;
  /** `count(1, "comment")` is "1 comment", `count(2, "comment")` "2 comments". */
  count: (value: number, noun: string) => string;
}

export type FormatPreferences = Pick<Preferences, "language" | "timezone">;

/** For strangers. The same on the server and in every browser, so that both write the same. */
export const PLAIN_FORMATS: FormatPreferences = { language: "en", timezone: "UTC" };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const BYTE_UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** Making formatters costs more than using them. A worker serves people with other preferences in turn. */
const MAX_KNOWN = 50;
const known = new Map<string, Formats>();

/** The words for one reader's language and time zone. */
export function formatsFor({ language, timezone }: FormatPreferences = PLAIN_FORMATS): Formats {
  const key = `${language} ${timezone}`;
  let formats = known.get(key);
  if (formats === undefined) {
    if (known.size >= MAX_KNOWN) known.clear();
    formats = makeFormats([language, PLAIN_FORMATS.language], timeZoneHere(timezone));
    known.set(key, formats);
  }
  return formats;
}

function makeFormats(languages: string[], timeZone: string): Formats {
  const longDate = new Intl.DateTimeFormat(languages, { dateStyle: "long", timeZone });
  const mediumDate = new Intl.DateTimeFormat(languages, { dateStyle: "medium", timeZone });
  const moment = new Intl.DateTimeFormat(languages, { dateStyle: "medium", timeStyle: "short", timeZone });
  const relative = new Intl.RelativeTimeFormat(languages, { numeric: "auto" });
  const numbers = new Intl.NumberFormat(languages);

  const isEnglish = relative.resolvedOptions().locale.startsWith("en");
  const now = isEnglish ? "just now" : relative.format(0, "second");
  const formatShortDate = (iso: string): string => mediumDate.format(new Date(iso));
  const formatNumber = (value: number): string => numbers.format(value);
  return {
    formatDate: (iso) => longDate.format(new Date(iso)),
    formatShortDate,
    formatMoment: (iso) => moment.format(new Date(iso)),
    formatAgo: (iso, at) => {
      const age = at - Date.parse(iso);
      if (age < MINUTE_MS) return now;
      if (age < HOUR_MS) return relative.format(-Math.floor(age / MINUTE_MS), "minute");
      if (age < DAY_MS) return relative.format(-Math.floor(age / HOUR_MS), "hour");
      if (age < 7 * DAY_MS) return relative.format(-Math.floor(age / DAY_MS), "day");
      return formatShortDate(iso);
    },
    formatUntil: (iso, at) => {
      const rest = Math.max(0, Date.parse(iso) - at);
      if (rest < HOUR_MS) return relative.format(Math.ceil(rest / MINUTE_MS), "minute");
      if (rest < DAY_MS) return relative.format(Math.ceil(rest / HOUR_MS), "hour");
      return relative.format(Math.round(rest / DAY_MS), "day");
    },
    formatNumber,
    formatBytes: (bytes) => {
      const step = Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
      const unit = BYTE_UNITS[step] ?? "byte";
      return new Intl.NumberFormat(languages, {
        style: "unit",
        unit,
        unitDisplay: unit === "byte" ? "long" : "short",
        maximumFractionDigits: 1,
      }).format(bytes / 1_024 ** step);
    },
    count: (value, noun) => `${formatNumber(value)} ${noun}${value === 1 ? "" : "s"}`,
  };
}

/** The zone, or UTC where this machine does not know it: zones are added every year. */
function timeZoneHere(timezone: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: timezone }).resolvedOptions().timeZone;
  } catch {
    return PLAIN_FORMATS.timezone;
  }
}
