import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

/** What an upsert sets: every column as the row has it that was to be inserted. Values stand in the statement once. */
export function excluded(table: SQLiteTable): Record<string, SQL> {
  return Object.fromEntries(
    Object.entries(getTableColumns(table)).map(([field, { name }]) => [field, sql.raw(`excluded.${name}`)]),
  );
}
