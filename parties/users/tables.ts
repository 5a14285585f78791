import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { LegacyProblem } from "../../schema/legacy.ts";
import type { Role } from "../../schema/principal.ts";
import type { UserDataKey } from "../../schema/user-data.ts";
import type { UserStatus } from "../../schema/users.ts";

/** Everybody who has an account. Times are milliseconds since 1970, UTC. */
export const users = sqliteTable(
  "users",
  {
    id: text().primaryKey(),
    name: text().notNull(),
    picture: text(),
    email: text(),
    emailVerified: integer("email_verified", { mode: "boolean" }).notNull().default(false),
    role: text().$type<Role>().notNull().default("user"),
    status: text().$type<UserStatus>().notNull().default("active"),
    /** Who suspended it: an administrator's id, or a provider that has banned them. */
    suspendedBy: text("suspended_by"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    /** When they first signed in here: until then no session party knows them. */
    signedInAt: integer("signed_in_at"),
    /** When the account will be deleted, once its owner has asked for that. */
    deleteAt: integer("delete_at"),
    /** Grows with every change of the record or of what devices are told; copies elsewhere compare it. */
    version: integer().notNull().default(1),
  },
  (table) => [
    index("users_created").on(table.createdAt, table.id),
    index("users_name").on(table.name, table.id),
    index("users_email")
      .on(table.email)
      .where(sql`email IS NOT NULL`),
    index("users_unusual")
      .on(table.role, table.status)
      .where(sql`role <> 'user' OR status <> 'active'`),
  ],
);

/** What a provider said last: only what differs from it is news. */
export interface Told {
  name: string;
  picture: string | null;
  email: string | null;
  emailVerified: boolean;
}

/** One way in to an account. The e-mail address is never a key: only (provider, subject) is. */
export const identities = sqliteTable(
  "identities",
  {
    provider: text().notNull(),
    subject: text().notNull(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    createdAt: integer("created_at").notNull(),
    told: text({ mode: "json" }).$type<Told>(),
    /** Of a provider that sends webhooks: the event that `told` is from, as a text that sorts by time. */
    version: text(),
  },
  (table) => [primaryKey({ columns: [table.provider, table.subject] }), index("identities_user").on(table.userId)],
);

/** What is kept beside the record, by key. See schema/user-data.ts. */
export const userData = sqliteTable(
  "user_data",
  {
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    key: text().$type<UserDataKey>().notNull(),
    value: text({ mode: "json" }).$type<unknown>().notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.key] })],
);

/**
 * Every name that somebody was seen with. `name_history` is read off it, so that it is the same in whatever order
 * webhooks tell of the changes.
 */
export const namesSeen = sqliteTable(
  "names_seen",
  {
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** Sorts by when the name came to be. */
    place: text().notNull(),
    at: integer().notNull(),
    firstName: text("first_name").notNull(),
    lastName: text("last_name").notNull(),
    /** The provider whose news it was, or null for what was done here. */
    toldBy: text("told_by"),
    changedBy: text("changed_by"),
  },
  (table) => [primaryKey({ columns: [table.userId, table.place] })],
);

/** Identities of people who are gone, at providers whose news may still be on its way. */
export const tombstones = sqliteTable(
  "tombstones",
  { provider: text().notNull(), subject: text().notNull(), deletedAt: integer("deleted_at").notNull() },
  (table) => [primaryKey({ columns: [table.provider, table.subject] })],
);

/** Webhooks that have been handled, by the sender's id of them. */
export const receipts = sqliteTable(
  "receipts",
  { messageId: text("message_id").primaryKey(), receivedAt: integer("received_at").notNull() },
  (table) => [index("receipts_received").on(table.receivedAt)],
);

/** Webhooks that were well signed and could not be understood. */
export const deadLetters = sqliteTable("dead_letters", {
  id: integer().primaryKey({ autoIncrement: true }),
  messageId: text("message_id").notNull().unique(),
  type: text(),
  reason: text().notNull(),
  body: text().notNull(),
  receivedAt: integer("received_at").notNull(),
  attempts: integer().notNull().default(1),
});

/** Facts about this party itself, by name. */
export const facts = sqliteTable("facts", { name: text().primaryKey(), value: text().notNull() });

// --- The move from PostgreSQL. See legacy/.

/** Users whose change PostgreSQL has yet to be told, in the order of their first such change. */
export const legacyChanges = sqliteTable("legacy_changes", {
  seq: integer().primaryKey({ autoIncrement: true }),
  userId: text("user_id").notNull().unique(),
  /** The row of somebody who is gone; null for who is here. */
  legacyId: text("legacy_id"),
  /** How many changes there are: what is carried back is done with if there were no more meanwhile. */
  changes: integer().notNull().default(1),
});

/** What is worth knowing about rows of PostgreSQL's. */
export const legacyReports = sqliteTable(
  "legacy_reports",
  {
    legacyId: text("legacy_id").notNull(),
    field: text().$type<"id" | "name" | "email" | "picture">().notNull(),
    problem: text().$type<LegacyProblem>().notNull(),
    detail: text().notNull(),
    /** What PostgreSQL has, where less is kept. */
    original: text(),
    at: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.legacyId, table.field, table.problem] }),
    index("legacy_reports_problem").on(table.problem),
  ],
);

/** Where the last verification has found the two sides to differ. */
export const legacyDifferences = sqliteTable("legacy_differences", {
  legacyId: text("legacy_id").primaryKey(),
  kind: text().$type<"missing_here" | "missing_there" | "different">().notNull(),
  /** Keyed fingerprints of both sides' values, of one that is there. */
  here: text(),
  there: text(),
});
