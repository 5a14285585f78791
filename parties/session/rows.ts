import { desc, eq, lte, or, sql } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import type { Device } from "../../schema/parties/session.ts";
import type { Presence } from "../../schema/presence.ts";
import { prepareOnce } from "../kernel/index.ts";
import { deviceName } from "./device.ts";
import { sessions } from "./tables.ts";

export const IDLE_LIMIT_MS = 7 * 24 * 60 * 60_000;
/** Past this, the least recently used session ends. */
export const MAX_SESSIONS = 10;

export type SessionRow = typeof sessions.$inferSelect;

const byId = prepareOnce((db) =>
  db
    .select()
    .from(sessions)
    .where(eq(sessions.id, sql.placeholder("id")))
    .prepare(),
);

/** A session that has not ended, or undefined. */
export function findLive(db: DrizzleSqliteDODatabase, sessionId: string, now: number): SessionRow | undefined {
  const row = byId(db).get({ id: sessionId });
  return row !== undefined && isLive(row, now) ? row : undefined;
}

/** All live sessions, the most recently used first; of those used at the same time the newest. */
export function liveSessions(db: DrizzleSqliteDODatabase, now: number): SessionRow[] {
  return db
    .select()
    .from(sessions)
    .orderBy(desc(sessions.lastActive), desc(sql`rowid`))
    .all()
    .filter((row) => isLive(row, now));
}

/** The sessions that time has ended and that are still stored. */
export function expiredSessions(db: DrizzleSqliteDODatabase, now: number): SessionRow[] {
  return db
    .select()
    .from(sessions)
    .where(or(lte(sessions.expiresAt, now), lte(sessions.lastActive, now - IDLE_LIMIT_MS)))
    .all();
}

/** When the first of the stored sessions ends by itself, or undefined when there is none. */
export function nextEnd(db: DrizzleSqliteDODatabase): number | undefined {
  const ends = db.select().from(sessions).all().map(endOf);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** What its owner may see of a session. */
export function toDevice(row: SessionRow, presence: Presence): Device {
  return {
    id: row.id,
    deviceId: row.deviceId,
    deviceName: nameOf(row),
    ipAddress: row.ipAddress,
    createdAt: new Date(row.createdAt).toISOString(),
    lastActive: new Date(row.lastActive).toISOString(),
    expiresAt: new Date(endOf(row)).toISOString(),
    presence,
  };
}

export function nameOf({ deviceName: name, userAgent }: Pick<SessionRow, "deviceName" | "userAgent">): string {
  return name ?? deviceName(userAgent);
}

function endOf(row: SessionRow): number {
  return Math.min(row.expiresAt, row.lastActive + IDLE_LIMIT_MS);
}

function isLive(row: SessionRow, now: number): boolean {
  return now < endOf(row);
}
