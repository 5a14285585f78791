import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Profile } from "../../schema/http/identity.ts";

/** What is known of the person: one row, a copy that whoever signs them in brings along. */
export const profile = sqliteTable("profile", {
  id: integer().primaryKey(),
  value: text({ mode: "json" }).$type<Profile>().notNull(),
});

/** One signed-in device each. Secrets are stored as hashes only. */
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
  },
  (table) => [index("sessions_expires").on(table.expiresAt)],
);

/** Where a session has opened sockets, so that its end can close them. */
export const doors = sqliteTable(
  "doors",
  {
    sessionId: text("session_id").notNull(),
    party: text().notNull(),
    name: text().notNull(),
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
