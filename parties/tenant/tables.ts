import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { sql } from "drizzle-orm";
import type { EventType } from "../../schema/analytics.ts";
import type { EditorPreferences } from "../../schema/http/admin/config.ts";
import type { DraftMetadata } from "../../schema/http/admin/drafts.ts";
import type { ImageType } from "../../schema/http/admin/images.ts";
import type { SectionKind } from "../../schema/http/admin/sections.ts";
import type { Waypoint } from "../../schema/http/admin/trails.ts";
import type { PostStatus } from "../../schema/http/posts.ts";
import type { Features, OwnLimits, Theme, Tier } from "../../schema/http/tenants.ts";
import type { LimitKey } from "../../schema/parties/tenant.ts";
import type { SiteRole } from "../../schema/site-roles.ts";

/** Tables of one site. Times are integer milliseconds since 1970, UTC. */

/** One row: what D1 `tenants` says of this site, or will say. */
export const site = sqliteTable("site", {
  id: integer().primaryKey(),
  subdomain: text().notNull(),
  displayName: text("display_name").notNull(),
  ownerId: text("owner_id").notNull(),
  tier: text().$type<Tier>().notNull(),
  theme: text({ mode: "json" }).$type<Theme>().notNull(),
  features: text({ mode: "json" }).$type<Features>().notNull(),
  limits: text({ mode: "json" }).$type<OwnLimits>(),
  timeZone: text("time_zone").notNull(),
  editorPreferences: text("editor_preferences", { mode: "json" }).$type<EditorPreferences>().notNull(),
  version: integer().notNull(),
  createdAt: integer("created_at").notNull(),
  /** When D1 was last asked. */
  checkedAt: integer("checked_at").notNull(),
});

/** How often somebody has done something since their window began. */
export const rates = sqliteTable(
  "rates",
  {
    key: text().$type<LimitKey>().notNull(),
    actor: text().notNull(),
    count: integer().notNull(),
    startedAt: integer("started_at").notNull(),
    endsAt: integer("ends_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.key, table.actor] })],
);

/**
 * What has happened and may not have been sent yet. A row stays a few minutes more, for who is here now. Ids only grow,
 * also over rows that are gone; SQLite's own way to that would write a second page for each event.
 */
export const events = sqliteTable("events", {
  id: integer().primaryKey(),
  type: text().$type<EventType>().notNull(),
  path: text(),
  visitor: text(),
  at: integer().notNull(),
});

/** One row: how far `events` has been sent. */
export const sent = sqliteTable("sent", { id: integer().primaryKey(), upTo: integer("up_to").notNull() });

/** What makes visitors of one day nobody in particular; gone after two days. */
export const salts = sqliteTable("salts", { day: text().primaryKey(), salt: text().notNull() });

export const members = sqliteTable("members", {
  userId: text("user_id").primaryKey(),
  role: text().$type<SiteRole>().notNull(),
  joinedAt: integer("joined_at").notNull(),
});

/** Links that make members of those who follow them, each once. */
export const invitations = sqliteTable(
  "invitations",
  {
    id: text().primaryKey(),
    /** SHA-256 of the link's secret. */
    secretHash: text("secret_hash").notNull(),
    role: text().$type<SiteRole>().notNull(),
    note: text().notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    /** Who has become a member by it. */
    acceptedBy: text("accepted_by"),
  },
  (table) => [uniqueIndex("invitations_secret").on(table.secretHash)],
);

export const sections = sqliteTable("sections", {
  id: text().primaryKey(),
  kind: text().$type<SectionKind>().notNull(),
  label: text().notNull(),
  icon: text().notNull(),
  href: text().notNull(),
  enabled: integer({ mode: "boolean" }).notNull(),
  sortOrder: integer("sort_order").notNull(),
});

/** What the dashboard counts of each post; a deleted one stays for a while, so that what is told late does not revive it. */
export const postFacts = sqliteTable(
  "post_facts",
  {
    postId: text("post_id").primaryKey(),
    status: text().$type<PostStatus | "deleted">().notNull(),
    words: integer().notNull(),
    tags: text({ mode: "json" }).$type<string[]>().notNull(),
    publishedAt: integer("published_at"),
    updatedAt: integer("updated_at").notNull(),
    revision: integer().notNull(),
  },
  (table) => [index("post_facts_published").on(table.publishedAt)],
);

/** One row: when `post_facts` was last read from D1. */
export const statsState = sqliteTable("stats_state", {
  id: integer().primaryKey(),
  refreshedAt: integer("refreshed_at").notNull(),
});

export const drafts = sqliteTable("drafts", {
  slug: text().primaryKey(),
  metadata: text({ mode: "json" }).$type<DraftMetadata>().notNull(),
  deviceId: text("device_id").notNull(),
  savedAt: integer("saved_at").notNull(),
  revision: integer().notNull(),
  /** Last, for it may be long: what comes before is read without it. */
  content: text().notNull(),
});

/**
 * The last revision of drafts that are gone, for a while: a later one of the same name counts on from it, so that nobody
 * who still has the old one open writes over it.
 */
export const pastDrafts = sqliteTable("past_drafts", {
  slug: text().primaryKey(),
  revision: integer().notNull(),
  endedAt: integer("ended_at").notNull(),
});

export const trails = sqliteTable("trails", {
  slug: text().primaryKey(),
  title: text().notNull(),
  description: text().notNull(),
  waypoints: text({ mode: "json" }).$type<Waypoint[]>().notNull(),
  updatedAt: integer("updated_at").notNull(),
  version: integer().notNull(),
});

export const pages = sqliteTable(
  "pages",
  {
    id: text().primaryKey(),
    slug: text().notNull(),
    title: text().notNull(),
    content: text().notNull(),
    status: text().$type<"draft" | "published">().notNull(),
    menuOrder: integer("menu_order"),
    updatedAt: integer("updated_at").notNull(),
    revision: integer().notNull(),
  },
  (table) => [uniqueIndex("pages_slug").on(table.slug)],
);

/** Images whose file is in R2, or is about to be: `stored` says so. What never gets there is cleared away. */
export const images = sqliteTable(
  "images",
  {
    id: text().primaryKey(),
    name: text().notNull(),
    type: text().$type<ImageType>().notNull(),
    size: integer().notNull(),
    width: integer().notNull(),
    height: integer().notNull(),
    uploaderId: text("uploader_id").notNull(),
    uploadedAt: integer("uploaded_at").notNull(),
    stored: integer({ mode: "boolean" }).notNull(),
  },
  (table) => [
    index("images_newest")
      .on(table.uploadedAt, table.id)
      .where(sql`stored = 1`),
  ],
);
