import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Features } from "../../schema/http/tenants.ts";
import type { SiteRole } from "../../schema/site-roles.ts";
import type { PostFacts } from "../../schema/parties/post.ts";
import type { ReactionType } from "../../schema/reactions.ts";

/** What this party knows of its post: one row, a copy of D1's that grows with the revision. */
export const facts = sqliteTable("facts", {
  id: integer().primaryKey(),
  post: text({ mode: "json" }).$type<PostFacts>().notNull(),
  ownerId: text("owner_id").notNull(),
  features: text({ mode: "json" }).$type<Partial<Features>>().notNull(),
  members: text({ mode: "json" }).$type<Record<string, SiteRole>>().notNull().default({}),
  /** Of the site's configuration that the above is from. */
  siteVersion: integer("site_version").notNull().default(0),
  removed: integer({ mode: "boolean" }).notNull().default(false),
});

/** Everyone who wrote here, as they were called when they last did something. */
export const people = sqliteTable("people", {
  id: text().primaryKey(),
  name: text().notNull(),
  picture: text(),
  /** When they wrote their latest comments, of which deleting one does not take back. Milliseconds, oldest first. */
  wroteAt: text("wrote_at", { mode: "json" }).$type<number[]>().notNull().default([]),
});

/** How many there are, as counted from the rows whenever they change: reading it costs the same however many there are. */
export const totals = sqliteTable("totals", {
  /** A reaction's type, or "comments" for those that are not deleted. */
  name: text().primaryKey(),
  count: integer().notNull(),
});

export const reactions = sqliteTable(
  "reactions",
  {
    userId: text("user_id").notNull(),
    reactionType: text("reaction_type").$type<ReactionType>().notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.reactionType] }),
    index("reactions_type").on(table.reactionType),
  ],
);

export const comments = sqliteTable(
  "comments",
  {
    /** Order of arrival, which lists page by. */
    n: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull().unique(),
    authorId: text("author_id").notNull(),
    content: text().notNull(),
    /** `content` rendered by the dialect of `htmlVersion`. */
    html: text().notNull(),
    htmlVersion: integer("html_version").notNull(),
    /** Handles that the text names, for notifications. */
    mentions: text({ mode: "json" }).$type<string[]>().notNull(),
    parentId: text("parent_id"),
    depth: integer().notNull(),
    createdAt: integer("created_at").notNull(),
    editedAt: integer("edited_at"),
    deletedAt: integer("deleted_at"),
    version: integer().notNull().default(1),
  },
  (table) => [
    index("comments_parent").on(table.parentId),
    // What counting reads: the rows themselves carry texts.
    index("comments_live")
      .on(table.n)
      .where(sql`deleted_at IS NULL`),
  ],
);
