import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { sql } from "drizzle-orm";
import type { AuditKind } from "./http/audit.ts";
import type { PostStatus, ReportReason } from "./http/posts.ts";
import type { EditorPreferences } from "./http/admin/config.ts";
import type { DraftMetadata } from "./http/admin/drafts.ts";
import type { ImageType } from "./http/admin/images.ts";
import type { SectionKind } from "./http/admin/sections.ts";
import type { Waypoint } from "./http/admin/trails.ts";
import type { Features, OwnLimits, Theme, Tier } from "./http/tenants.ts";
import type { Role } from "./principal.ts";
import type { ReactionType } from "./reactions.ts";
import type { SiteRole } from "./site-roles.ts";
import type { UserStatus } from "./users.ts";

/** The tables of the one D1 database. Times are integer milliseconds since 1970, UTC. */

/**
 * The users party's records, projected; a row of a deleted person stays, without anything of theirs, for what they
 * wrote to refer to. `version` grows, so that a late row never overwrites a newer one.
 */
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
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    /** When its owner wants the account deleted. */
    deleteAt: integer("delete_at"),
    deletedAt: integer("deleted_at"),
    /** Name and address as searching reads them, see `foldForSearch`. */
    search: text().notNull().default(""),
    version: integer().notNull().default(1),
  },
  (table) => [
    index("users_newest")
      .on(table.createdAt, table.id)
      .where(sql`deleted_at IS NULL`),
  ],
);

/** Ways in to accounts, as they were kept before there was a users party, which takes them over when it first starts. */
export const identities = sqliteTable(
  "identities",
  {
    provider: text().notNull(),
    subject: text().notNull(),
    userId: text("user_id").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.provider, table.subject] }), index("identities_user").on(table.userId)],
);

/** What happened to accounts. Written by parties' outboxes; rows without an account are for operators. */
export const auditLog = sqliteTable(
  "audit_log",
  {
    id: text().primaryKey(),
    userId: text("user_id"),
    kind: text().$type<AuditKind>().notNull(),
    sessionId: text("session_id"),
    deviceName: text("device_name"),
    ipAddress: text("ip_address"),
    provider: text(),
    /** Who did it, where it was not the person. */
    actorId: text("actor_id"),
    /** What exactly, for what has more than one way: "user to admin". */
    detail: text(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("audit_log_user").on(table.userId, table.createdAt, table.id)],
);

/** Sign-ins at a provider that have come back once: none may come back twice. Rows live as long as a state does. */
export const usedStates = sqliteTable(
  "used_states",
  { hash: text().primaryKey(), expiresAt: integer("expires_at").notNull() },
  (table) => [index("used_states_expires").on(table.expiresAt)],
);

/** Sites. Made here, from then on written by each site's own party; `version` grows with each change. */
export const tenants = sqliteTable(
  "tenants",
  {
    subdomain: text().primaryKey(),
    displayName: text("display_name").notNull(),
    ownerId: text("owner_id").notNull(),
    tier: text().$type<Tier>().notNull().default("seedling"),
    theme: text({ mode: "json" }).$type<Theme>().notNull(),
    features: text({ mode: "json" }).$type<Features>().notNull(),
    /** What the service's operators have set for this site alone. */
    limits: text({ mode: "json" }).$type<OwnLimits>(),
    timeZone: text("time_zone").notNull().default("UTC"),
    editorPreferences: text("editor_preferences", { mode: "json" })
      .$type<Partial<EditorPreferences>>()
      .notNull()
      .default(sql`'{}'`),
    version: integer().notNull().default(1),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("tenants_owner").on(table.ownerId)],
);

export const posts = sqliteTable(
  "posts",
  {
    id: text().primaryKey(),
    tenant: text().notNull(),
    slug: text().notNull(),
    title: text().notNull(),
    content: text().notNull(),
    tags: text({ mode: "json" }).$type<string[]>().notNull(),
    status: text().$type<PostStatus>().notNull(),
    authorId: text("author_id").notNull(),
    publishedAt: integer("published_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    revision: integer().notNull().default(1),
    /** Set when deleted: the id stays taken, the slug does not. */
    deletedAt: integer("deleted_at"),
    /** Counted when it is written; null for what was written before words were counted. */
    words: integer(),
  },
  (table) => [
    uniqueIndex("posts_slug")
      .on(table.tenant, table.slug)
      .where(sql`deleted_at IS NULL`),
    index("posts_published").on(table.tenant, table.status, table.publishedAt, table.id),
    index("posts_updated").on(table.tenant, table.updatedAt, table.id),
    // What is new on all sites together.
    index("posts_recent")
      .on(table.publishedAt, table.id)
      .where(sql`status = 'published' AND deleted_at IS NULL`),
  ],
);

/** The tags of published posts, for tag pages. */
export const postTags = sqliteTable(
  "post_tags",
  {
    tenant: text().notNull(),
    tag: text().notNull(),
    publishedAt: integer("published_at").notNull(),
    postId: text("post_id").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.tag, table.publishedAt, table.postId] }),
    index("post_tags_post").on(table.postId),
  ],
);

/** The post party's comments, projected. The party is the truth; a row here may be 30 s late. */
export const comments = sqliteTable(
  "comments",
  {
    id: text().primaryKey(),
    tenant: text().notNull(),
    postId: text("post_id").notNull(),
    authorId: text("author_id").notNull(),
    content: text().notNull(),
    parentId: text("parent_id"),
    depth: integer().notNull(),
    createdAt: integer("created_at").notNull(),
    editedAt: integer("edited_at"),
    deletedAt: integer("deleted_at"),
    /** Grows with each change, so that a late row never overwrites a newer one. */
    version: integer().notNull(),
  },
  (table) => [index("comments_post").on(table.postId, table.createdAt, table.id)],
);

export const reactionCounts = sqliteTable(
  "reaction_counts",
  {
    postId: text("post_id").notNull(),
    reactionType: text("reaction_type").$type<ReactionType>().notNull(),
    count: integer().notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.postId, table.reactionType] })],
);

export const commentReports = sqliteTable(
  "comment_reports",
  {
    id: text().primaryKey(),
    tenant: text().notNull(),
    postId: text("post_id").notNull(),
    commentId: text("comment_id").notNull(),
    reporterId: text("reporter_id").notNull(),
    reason: text().$type<ReportReason>().notNull(),
    note: text(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("comment_reports_once").on(table.commentId, table.reporterId),
    index("comment_reports_recent").on(table.tenant, table.createdAt, table.id),
  ],
);

/*
 * What a site's party keeps, projected. The party is the truth; where `version` or `revision` is, a late row never
 * overwrites a newer one.
 */

export const siteMembers = sqliteTable(
  "site_members",
  {
    tenant: text().notNull(),
    userId: text("user_id").notNull(),
    role: text().$type<SiteRole>().notNull(),
    joinedAt: integer("joined_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.userId] }), index("site_members_user").on(table.userId)],
);

export const siteSections = sqliteTable(
  "site_sections",
  {
    tenant: text().notNull(),
    id: text().notNull(),
    kind: text().$type<SectionKind>().notNull(),
    label: text().notNull(),
    icon: text().notNull(),
    href: text().notNull(),
    enabled: integer({ mode: "boolean" }).notNull(),
    sortOrder: integer("sort_order").notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
);

export const sitePages = sqliteTable(
  "site_pages",
  {
    id: text().primaryKey(),
    tenant: text().notNull(),
    slug: text().notNull(),
    title: text().notNull(),
    content: text().notNull(),
    status: text().$type<"draft" | "published">().notNull(),
    menuOrder: integer("menu_order"),
    updatedAt: integer("updated_at").notNull(),
    revision: integer().notNull(),
  },
  (table) => [index("site_pages_slug").on(table.tenant, table.slug)],
);

export const siteImages = sqliteTable(
  "site_images",
  {
    id: text().primaryKey(),
    tenant: text().notNull(),
    name: text().notNull(),
    type: text().$type<ImageType>().notNull(),
    size: integer().notNull(),
    width: integer().notNull(),
    height: integer().notNull(),
    uploaderId: text("uploader_id").notNull(),
    uploadedAt: integer("uploaded_at").notNull(),
  },
  (table) => [index("site_images_newest").on(table.tenant, table.uploadedAt, table.id)],
);

/** Drafts of clients without Yjs. Up to 5 minutes late. */
export const drafts = sqliteTable(
  "drafts",
  {
    tenant: text().notNull(),
    slug: text().notNull(),
    content: text().notNull(),
    metadata: text({ mode: "json" }).$type<DraftMetadata>().notNull(),
    deviceId: text("device_id").notNull(),
    savedAt: integer("saved_at").notNull(),
    revision: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.slug] })],
);

/** Up to 5 minutes late. */
export const trails = sqliteTable(
  "trails",
  {
    tenant: text().notNull(),
    slug: text().notNull(),
    title: text().notNull(),
    description: text().notNull(),
    waypoints: text({ mode: "json" }).$type<Waypoint[]>().notNull(),
    updatedAt: integer("updated_at").notNull(),
    version: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.slug] })],
);

/**
 * One row for each party that writes here: the last outbox batch it committed. `fresh` is written as "this batch
 * is newer"; the check makes a batch that was already committed fail as a whole.
 */
export const outboxMarks = sqliteTable(
  "outbox_marks",
  {
    source: text().primaryKey(),
    batch: integer().notNull(),
    fresh: integer().notNull(),
  },
  (table) => [check("outbox_mark_is_fresh", sql`${table.fresh} = 1`)],
);
