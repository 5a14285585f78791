import type { Limits } from "../../schema/http/tenants.ts";
import type { LimitKey, Rate } from "../../schema/parties/tenant.ts";

/**
 * Fixed windows that begin with an actor's first act: exact, and explained to people in one sentence ("120 a minute").
 * A refused act counts nothing and writes nothing.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Steps of signing in on a site's own host. */
const LOGINS_PER_15_MIN = 60;

/** How often one actor may do something in a window of so many milliseconds. */
export interface Quota {
  quota: number;
  windowMs: number;
}

export function quotaOf(key: LimitKey, limits: Limits): Quota {
  switch (key) {
    case "requests":
    case "api":
      return { quota: limits.requestsPerMinute, windowMs: MINUTE_MS };
    case "comment":
      return { quota: limits.commentsPerMinute, windowMs: MINUTE_MS };
    case "upload":
      return { quota: limits.uploadsPerHour, windowMs: HOUR_MS };
    case "login":
      return { quota: LOGINS_PER_15_MIN, windowMs: 15 * MINUTE_MS };
  }
}

interface Window {
  count: number;
  startedAt: number;
  endsAt: number;
}
/** `hasMoved`: the clock has gone back, and the window with it. */
type CurrentWindow = Window & { hasMoved: boolean };

/** Counts one act against all of `asked`, or against none when one refuses. Answers for the one that has least left. */
export function takeTurn(
  sql: SqlStorage,
  actor: string,
  asked: readonly ({ key: LimitKey } & Quota)[],
  now: number,
): Rate {
  const windows = asked.map((one) => ({ ...one, ...currentWindow(sql, one, actor, now) }));
  const allowed = windows.every(({ count, quota }) => count < quota);
  const counted = windows.map((one) => ({ ...one, left: one.quota - one.count - (allowed ? 1 : 0) }));
  for (const one of counted) {
    if (allowed) write(sql, actor, { ...one, count: one.count + 1 });
    else if (one.hasMoved) write(sql, actor, one);
  }
  const [tightest] = counted.sort((a, b) => a.left - b.left);
  if (tightest === undefined) throw new RangeError("nothing to count against");
  const { quota, windowMs, endsAt, left } = tightest;
  return { allowed, quota, windowMs, remaining: Math.max(0, left), resetAt: endsAt };
}

/**
 * The window that `now` is in: the stored one, or a new one. When the clock has gone back behind its beginning, what was
 * counted stays counted, for one whole window from now.
 */
function currentWindow(sql: SqlStorage, asked: { key: LimitKey } & Quota, actor: string, now: number): CurrentWindow {
  const fresh = { count: 0, startedAt: now, endsAt: now + asked.windowMs, hasMoved: false };
  const [row] = sql
    .exec<{ count: number; started_at: number; ends_at: number }>(
      "SELECT count, started_at, ends_at FROM rates WHERE key = ? AND actor = ?",
      asked.key,
      actor,
    )
    .toArray();
  if (row === undefined || now >= row.ends_at) return fresh;
  if (now < row.started_at) return { ...fresh, count: row.count, hasMoved: true };
  return { count: row.count, startedAt: row.started_at, endsAt: row.ends_at, hasMoved: false };
}

function write(sql: SqlStorage, actor: string, { key, count, startedAt, endsAt }: { key: LimitKey } & Window): void {
  sql.exec(
    `INSERT INTO rates (key, actor, count, started_at, ends_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (key, actor) DO UPDATE SET count = excluded.count, started_at = excluded.started_at, ends_at = excluded.ends_at`,
    key,
    actor,
    count,
    startedAt,
    endsAt,
  );
}

/** Forgets windows that have ended. Answers whether any are left. */
export function pruneRates(sql: SqlStorage, now: number): boolean {
  sql.exec("DELETE FROM rates WHERE ends_at <= ?", now);
  return sql.exec("SELECT 1 FROM rates LIMIT 1").toArray().length > 0;
}
