import { createHash } from "node:crypto";

/** One step of a party's tables. Once it has run anywhere it is never edited: a later step corrects it. */
export interface Migration {
  /** Sorts by name, such as `0001_comments`. */
  readonly id: string;
  readonly sql: string;
}

/** A party was started with migrations that contradict what its storage has seen. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/**
 * Orders the files of one folder, as `import.meta.glob("…/*.sql", { query: "?raw", import: "default", eager: true })`
 * hands them over: path to text.
 */
export function migrationsFrom(files: Record<string, string>): Migration[] {
  return Object.entries(files)
    .map(([path, sql]) => ({ id: path.slice(path.lastIndexOf("/") + 1).replace(/\.sql$/, ""), sql }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

const checksums = new WeakMap<Migration, string>();

function checksumOf(migration: Migration): string {
  let checksum = checksums.get(migration);
  if (checksum === undefined) {
    checksum = createHash("sha256").update(migration.sql.replaceAll("\r\n", "\n")).digest("hex").slice(0, 16);
    checksums.set(migration, checksum);
  }
  return checksum;
}

/**
 * Runs what has not run yet, each step in a transaction of its own, and writes nothing when there is nothing to do.
 * Synchronous, so that it can finish inside an object's constructor, before anything else can reach the object.
 *
 * A step that storage knows and the code does not is left alone: that is an older deployment, rolled back to.
 * @throws MigrationError when a step that has run reads differently now.
 */
export function migrate(storage: DurableObjectStorage, migrations: readonly Migration[], now: number): void {
  const { sql } = storage;
  sql.exec(
    "CREATE TABLE IF NOT EXISTS k_migrations (id TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)",
  );
  const applied = new Map(
    sql
      .exec<{ id: string; checksum: string }>("SELECT id, checksum FROM k_migrations")
      .toArray()
      .map((row) => [row.id, row.checksum]),
  );
  for (const migration of migrations) {
    const checksum = checksumOf(migration);
    const known = applied.get(migration.id);
    if (known === checksum) continue;
    if (known !== undefined) {
      throw new MigrationError(
        `Migration ${migration.id} was edited after it had run (checksum ${known} then, ${checksum} now). Restore it and add a new migration instead.`,
      );
    }
    storage.transactionSync(() => {
      sql.exec(migration.sql);
      sql.exec("INSERT INTO k_migrations (id, checksum, applied_at) VALUES (?, ?, ?)", migration.id, checksum, now);
    });
  }
}
