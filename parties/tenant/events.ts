import { type AnalyticsEvent, type EventType, MAX_EVENT_PATH } from "../../schema/analytics.ts";
import type { Live } from "../../schema/parties/tenant.ts";
import { localTime } from "../../schema/zones.ts";

/** The buffer of what happens on a site, between the page that was looked at and the day that counts it. */

/** How long an event waits for company. */
export const FLUSH_WITHIN_MS = 60_000;
/** How long somebody who looked at a page counts as here. */
const LIVE_MS = 5 * 60_000;
const MAX_BATCH_EVENTS = 500;
/** What the buffer holds at most, some minutes of a busy site with its analytics away; what comes after that is not counted. */
const MAX_BUFFERED = 100_000;

export interface Happened {
  type: EventType;
  path: string | null;
  visitor: string | null;
  at: number;
}

export function addEvent(sql: SqlStorage, { type, path, visitor, at }: Happened): void {
  sql.exec(
    `INSERT INTO events (id, type, path, visitor, at) VALUES
     (1 + max(coalesce((SELECT max(id) FROM events), 0), coalesce((SELECT up_to FROM sent WHERE id = 1), 0)), ?, ?, ?, ?)`,
    type,
    path?.slice(0, MAX_EVENT_PATH) ?? null,
    visitor,
    at,
  );
}

/** Whether the buffer holds all that it may. */
export function isFull(sql: SqlStorage): boolean {
  return sql.exec<{ rows: number }>("SELECT count(*) AS rows FROM events").one().rows >= MAX_BUFFERED;
}

/** Events of one local day, in the order in which they happened. */
export interface Batch {
  day: string;
  batchId: string;
  events: AnalyticsEvent[];
}

/** Takes the next unsent events, by day; empty when all are sent. Part of the transaction that sends them. */
export function takeBatches(sql: SqlStorage, timeZone: string): Batch[] {
  const upTo = sql.exec<{ up_to: number }>("SELECT up_to FROM sent WHERE id = 1").toArray()[0]?.up_to ?? 0;
  const events = sql
    .exec<{ id: number; type: EventType; path: string | null; visitor: string | null; at: number }>(
      "SELECT id, type, path, visitor, at FROM events WHERE id > ? ORDER BY id LIMIT ?",
      upTo,
      MAX_BATCH_EVENTS,
    )
    .toArray();
  const last = events.at(-1);
  if (last === undefined) return [];
  sql.exec("INSERT INTO sent (id, up_to) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET up_to = excluded.up_to", last.id);
  const byDay = new Map<string, AnalyticsEvent[]>();
  for (const event of events) {
    const { day } = localTime(event.at, timeZone);
    byDay.set(day, [...(byDay.get(day) ?? []), event]);
  }
  return [...byDay].map(([day, ofDay]) => ({ day, batchId: `${ofDay[0]?.id}-${ofDay.at(-1)?.id}`, events: ofDay }));
}

/** Forgets events that were sent and are no longer news. Answers whether any are left. */
export function pruneEvents(sql: SqlStorage, now: number): boolean {
  sql.exec(
    "DELETE FROM events WHERE at <= ? AND id <= coalesce((SELECT up_to FROM sent WHERE id = 1), 0)",
    now - LIVE_MS,
  );
  return sql.exec("SELECT 1 FROM events LIMIT 1").toArray().length > 0;
}

/** Who is here, and what they look at. */
export function liveNow(sql: SqlStorage, now: number): Live {
  return sql
    .exec<{ visitors: number; views: number }>(
      "SELECT count(DISTINCT visitor) AS visitors, count(*) AS views FROM events WHERE at > ? AND type = 'page_view'",
      now - LIVE_MS,
    )
    .one();
}
