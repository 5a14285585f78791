import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import type { UserRecords } from "./records.ts";

/** What is known of a change to a user, besides what it is. */
export interface How {
  /** The administrator who did it. */
  actorId?: string;
  /** The caller has noted the name itself. */
  nameIsNoted?: true;
  /** PostgreSQL has said so: it need not be told. */
  isFromPostgres?: true;
}

/** What this party's functions work on: its tables, its users, and the time, in milliseconds since 1970. */
export interface Store {
  db: DrizzleSqliteDODatabase;
  records: UserRecords<How>;
  now: number;
}
