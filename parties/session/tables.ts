import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Settings } from "../../schema/parties/session.ts";
import type { Presence } from "../../schema/presence.ts";
import type { Account } from "../../schema/users.ts";

/** An account as it is kept here. A deleted one stays, so that nothing that is late opens it again. */
export type KeptAccount = Account & { isDeleted?: true };

/** What is known of the person: one row, a copy of what the users party has. */
export const profile = sqliteTable("profile", {
  id: integer().primaryKey(),
  value: text({ mode: "json" }).$type<KeptAccount>().notNull(),
});

/** One signed-in device each. Secrets are stored as hashes only, the provider's token sealed. */
export const sessions = sqliteTable(
  "sessions",
  {
    id: text().primaryKey(),
    secretHash: text("secret_hash").notNull(),
    accessHash: text("access_hash").notNull(),
    accessExpiresAt: integer("access_expires_at").notNull(),
    createdAt: integer("created_at").notNull(),
    lastActive: integer("last_active").notNull(),
    /** The absolute end. The idle end is counted from `lastActive`. */
    expiresAt: integer("expires_at").notNull(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    /** The browser or program, which may sign in again. */
    deviceId: text("device_id").notNull().default(""),
    /** What it calls itself; browsers are named by their user agent. */
    deviceName: text("device_name"),
    /** What it shows of itself while it is connected. */
    presence: text().$type<Presence>().notNull().default("online"),
    provider: text(),
    /** The provider's refresh token, sealed for this user, session and field. */
    refreshToken: text("refresh_token"),
    /** The access token that was just replaced: requests under way still carry it. */
    previousAccessHash: text("previous_access_hash"),
    previousAccessExpiresAt: integer("previous_access_expires_at"),
  },
  (table) => [index("sessions_expires").on(table.expiresAt)],
);

/**
 * Session secrets that were replaced. `salt` makes a retry find the same successor, see rotation.ts; it is emptied when
 * the time for retries is over.
 */
export const retiredSecrets = sqliteTable(
  "retired_secrets",
  {
    hash: text().primaryKey(),
    sessionId: text("session_id").notNull(),
    salt: text().notNull(),
    retiredAt: integer("retired_at").notNull(),
  },
  (table) => [
    index("retired_secrets_session").on(table.sessionId),
    // Those that a retry may still be told the successor of.
    index("retired_secrets_salted")
      .on(table.sessionId, table.retiredAt)
      .where(sql`salt <> ''`),
  ],
);

/** Where a session has opened sockets, so that its end can close them. */
export const doors = sqliteTable(
  "doors",
  {
    sessionId: text("session_id").notNull(),
    party: text().notNull(),
    name: text().notNull(),
    notedAt: integer("noted_at").notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.party, table.name] })],
);

/** Tickets that have not been used. */
export const tickets = sqliteTable("tickets", {
  hash: text().primaryKey(),
  sessionId: text("session_id").notNull(),
  party: text().notNull(),
  name: text().notNull(),
  expiresAt: integer("expires_at").notNull(),
});

/** Games that the person takes part in. Row ids keep the order of joining. */
export const activeGames = sqliteTable("active_games", { gameId: text("game_id").primaryKey() });

/** What the person has set, for all devices. */
export const settings = sqliteTable("settings", {
  name: text().primaryKey(),
  value: text({ mode: "json" }).$type<Settings[string]>().notNull(),
});

export { lockout } from "../kernel/lockout-store.ts";
