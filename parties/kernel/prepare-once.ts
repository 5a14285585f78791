import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";

/**
 * A query that is worded once for each database and then only run. For those on a hot path: wording a query takes
 * drizzle several times as long as SQLite takes to answer it.
 */
export function prepareOnce<Q>(word: (db: DrizzleSqliteDODatabase) => Q): (db: DrizzleSqliteDODatabase) => Q {
  const known = new WeakMap<DrizzleSqliteDODatabase, Q>();
  return (db) => {
    let query = known.get(db);
    if (query === undefined) known.set(db, (query = word(db)));
    return query;
  };
}
