/** Words for dates and numbers. The server writes UTC, so that both sides write the same. */
const LOCALE = "en";
const longDate = new Intl.DateTimeFormat(LOCALE, { dateStyle: "long", timeZone: "UTC" });
const mediumDate = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeZone: "UTC" });
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });
const numbers = new Intl.NumberFormat(LOCALE);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "21 November 2026" in the locale's order; `iso` is ISO 8601. */
export const formatDate = (iso: string): string => longDate.format(new Date(iso));

/** "Nov 21, 2026". */
export const formatShortDate = (iso: string): string => mediumDate.format(new Date(iso));

/** "5 minutes ago" up to a week, then the short date. Both times are absolute; `now` in milliseconds. */
export function formatAgo(iso: string, now: number): string {
  const age = now - Date.parse(iso);
  if (age < MINUTE_MS) return "just now";
  if (age < HOUR_MS) return relative.format(-Math.floor(age / MINUTE_MS), "minute");
  if (age < DAY_MS) return relative.format(-Math.floor(age / HOUR_MS), "hour");
  if (age < 7 * DAY_MS) return relative.format(-Math.floor(age / DAY_MS), "day");
  return formatShortDate(iso);
}

export const formatNumber = (value: number): string => numbers.format(value);

/** `count(1, "comment")` is "1 comment", `count(2, "comment")` "2 comments". */
export const count = (value: number, noun: string): string => `${formatNumber(value)} ${noun}${value === 1 ? "" : "s"}`;
