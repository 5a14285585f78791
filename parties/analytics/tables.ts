import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { EventType } from "../../schema/analytics.ts";

/** Tables of one local day of one site. */

export const hours = sqliteTable(
  "hours",
  { hour: integer().notNull(), type: text().$type<EventType>().notNull(), count: integer().notNull() },
  (table) => [primaryKey({ columns: [table.hour, table.type] })],
);

export const pages = sqliteTable("pages", { path: text().primaryKey(), views: integer().notNull() }, (table) => [
  index("pages_views").on(table.views),
]);

/** Batches that have been counted. */
export const batches = sqliteTable("batches", { id: text().primaryKey(), events: integer().notNull() });
