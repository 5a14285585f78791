import { globSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_readConfig, unstable_splitSqlQuery } from "wrangler";
import { z } from "zod";

const WRANGLER_CONFIG = "wrangler.toml";

/** What this file needs of wrangler.toml. Its one D1 database is the community's. */
const configSchema = z.object({
  d1_databases: z.tuple([z.object({ binding: z.string(), database_id: z.string(), migrations_dir: z.string() })]),
});

/** Wrangler's own bookkeeping, so that `wrangler d1 migrations` and this runner agree on what has been applied. */
const CREATE_BOOKKEEPING = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

export type LocalDatabase = Awaited<ReturnType<Miniflare["getD1Database"]>>;

/** Where the embedded databases of a data directory live; the layout is the one of Vite's and wrangler's dev servers. */
export function persistenceRoot(dataDir: string): string {
  return resolve(dataDir, "v3");
}

/**
 * Opens the D1 database of a data directory that no server is using, and closes it afterwards.
 * Migrations have been applied when `use` is called.
 */
export async function withLocalD1<Result>(
  dataDir: string,
  use: (database: LocalDatabase) => Promise<Result>,
): Promise<Result> {
  const config = configSchema.parse(unstable_readConfig({ config: WRANGLER_CONFIG }));
  const { binding, database_id, migrations_dir } = config.d1_databases[0];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "local-d1",
      modules: true,
      script: "export default {}",
      d1Databases: { [binding]: database_id },
      resourcePersistencePath: persistenceRoot(dataDir),
      cf: false,
      telemetry: { enabled: false },
    }),
  );
  try {
    const database = await miniflare.getD1Database(binding);
    await applyMigrations(database, resolve(migrations_dir));
    return await use(database);
  } finally {
    await miniflare.dispose();
  }
}

/** Applies what is missing. A file and its mark are one transaction, so a kill leaves either both or neither. */
async function applyMigrations(database: LocalDatabase, directory: string): Promise<void> {
  await database.prepare(CREATE_BOOKKEEPING).run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map((row) => row.name));
  const names = globSync(join(directory, "*.sql")).map((path) => basename(path));
  for (const name of names.toSorted()) {
    if (applied.has(name)) continue;
    const statements = unstable_splitSqlQuery(readFileSync(join(directory, name), "utf8"));
    await database.batch([
      ...statements.map((statement) => database.prepare(statement)),
      database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
}
