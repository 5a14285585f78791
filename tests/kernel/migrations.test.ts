import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { is } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { migrate, type Migration, MigrationError, migrationsFrom } from "../../parties/kernel/migrations.ts";
import { analyticsSpec } from "../../parties/analytics/spec.ts";
import * as analyticsTables from "../../parties/analytics/tables.ts";
import { attemptsSpec } from "../../parties/attempts/spec.ts";
import * as attemptsTables from "../../parties/attempts/tables.ts";
import { usersSpec } from "../../parties/users/spec.ts";
import * as usersTables from "../../parties/users/tables.ts";
import { postSpec } from "../../parties/post/spec.ts";
import * as postTables from "../../parties/post/tables.ts";
import { sessionSpec } from "../../parties/session/spec.ts";
import * as sessionTables from "../../parties/session/tables.ts";
import { tenantSpec } from "../../parties/tenant/spec.ts";
import * as tenantTables from "../../parties/tenant/tables.ts";
import { newId } from "../../parties/kernel/index.ts";
import { deviceIdSchema } from "../../schema/ids.ts";
import { counterMigrations } from "../helpers/counter-party.ts";
import { newCounter } from "../helpers/counters.ts";
import { catchLogs } from "../helpers/logs.ts";
import { hibernate } from "../helpers/objects.ts";

const kernelMigrations = migrationsFrom(
  import.meta.glob<string>("../../migrations/parties/kernel/*.sql", { query: "?raw", import: "default", eager: true }),
);

/** Runs `work` on a storage that holds nothing yet. */
async function onEmptyStorage<R>(work: (storage: DurableObjectStorage) => R): Promise<R> {
  return await runInDurableObject(env.TestCounter.getByName(crypto.randomUUID()), async (_, { storage }) => {
    await storage.deleteAll();
    return work(storage);
  });
}

const names = (storage: DurableObjectStorage): string[] =>
  storage.sql
    .exec<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' ORDER BY name",
    )
    .toArray()
    .map(({ name }) => name);

/** What the tables are made of, in a form that does not depend on how they came to be. */
function shape(storage: DurableObjectStorage): Record<string, unknown> {
  return Object.fromEntries(
    names(storage).map((name) => [
      name,
      {
        columns: storage.sql
          .exec(`SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info('${name}') ORDER BY name`)
          .toArray(),
        indexes: storage.sql
          .exec(`SELECT name, "unique", origin FROM pragma_index_list('${name}') ORDER BY name`)
          .toArray(),
      },
    ]),
  );
}

/** A row for every table there is, made up from its columns: of the one text that all have, rows refer to each other. */
function fill(storage: DurableObjectStorage): number {
  return storage.transactionSync(() => fillAll(storage));
}

function fillAll(storage: DurableObjectStorage): number {
  let filled = 0;
  // Until the end of the transaction, a row may come before the one that it refers to.
  storage.sql.exec("PRAGMA defer_foreign_keys = ON");
  for (const table of names(storage).filter((name) => name !== "k_migrations")) {
    const columns = storage.sql
      .exec<{ name: string; type: string }>(`SELECT name, type FROM pragma_table_info('${table}')`)
      .toArray();
    const values = columns.map(({ type }) => (type.toUpperCase() === "INTEGER" ? 1_000 + filled : "text"));
    storage.sql.exec(`INSERT INTO "${table}" VALUES (${columns.map(() => "?").join(", ")})`, ...values);
    filled += 1;
  }
  return filled;
}

const countRows = (storage: DurableObjectStorage): number =>
  names(storage)
    .filter((name) => name !== "k_migrations")
    .reduce((sum, name) => sum + storage.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM "${name}"`).one().n, 0);

const PARTIES: [string, readonly Migration[]][] = [
  ["the kernel", kernelMigrations],
  ["the counter", counterMigrations],
  ["the post", postSpec.migrations],
  ["the session", sessionSpec.migrations],
  ["the attempts", attemptsSpec.migrations],
  ["the tenant", tenantSpec.migrations],
  ["the analytics", analyticsSpec.migrations],
  ["the users", usersSpec.migrations],
];

describe("promise 11: migrations only grow", () => {
  test.each(PARTIES)(
    "%s comes from every earlier version, with rows in every table, to the same tables as from nothing",
    async (_, migrations) => {
      const fresh = await onEmptyStorage((storage) => {
        migrate(storage, migrations, 1);
        return shape(storage);
      });
      for (let version = 0; version < migrations.length; version++) {
        await onEmptyStorage((storage) => {
          migrate(storage, migrations.slice(0, version), 1);
          fill(storage);
          const before = countRows(storage);
          migrate(storage, migrations, 2);
          expect(shape(storage)).toEqual(fresh);
          expect(countRows(storage)).toBeGreaterThanOrEqual(before);
        });
      }
    },
  );

  test("a session of the first version goes on: it gets a device of its own and shows itself", async () => {
    await onEmptyStorage((storage) => {
      migrate(storage, sessionSpec.migrations.slice(0, 1), 1);
      const id = newId("session");
      storage.sql.exec("INSERT INTO sessions VALUES (?, 'hash', 'access', 1, 1, 1, 1, NULL, 'Firefox')", id);
      migrate(storage, sessionSpec.migrations, 2);
      const row = storage.sql.exec<{ device_id: string }>("SELECT * FROM sessions").one();
      expect(row).toMatchObject({ id, presence: "online", device_name: null, provider: null, refresh_token: null });
      expect(deviceIdSchema.parse(row.device_id)).toBe(`dev_${id.slice(4)}`);
    });
  });

  test.each(PARTIES)("%s has migrations in order, each with an id of its own", (_, migrations) => {
    const ids = migrations.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted());
    for (const [index, id] of ids.entries())
      expect(id).toMatch(new RegExp(`^${String(index).padStart(4, "0")}_[a-z0-9_]+$`));
  });

  test("a migration runs once, and with nothing to do nothing is written", async () => {
    await onEmptyStorage((storage) => {
      migrate(storage, counterMigrations, 1);
      storage.sql.exec("UPDATE counter SET total = 7");
      migrate(storage, counterMigrations, 2);
      expect(storage.sql.exec("SELECT total FROM counter").one()).toEqual({ total: 7 });
      expect(storage.sql.exec("SELECT DISTINCT applied_at FROM k_migrations").toArray()).toEqual([{ applied_at: 1 }]);
    });
  });

  test("a step that fails leaves nothing of itself, keeps the steps before it, and runs when it is mended", async () => {
    await onEmptyStorage((storage) => {
      const steps = [
        { id: "0000_a", sql: "CREATE TABLE a (n INTEGER); INSERT INTO a VALUES (1);" },
        { id: "0001_b", sql: "CREATE TABLE b (n INTEGER); INSERT INTO nowhere VALUES (1);" },
      ];
      expect(() => migrate(storage, steps, 1)).toThrow(/nowhere/);
      expect(names(storage)).toEqual(["a", "k_migrations"]);
      migrate(storage, [...steps.slice(0, 1), { id: "0001_b", sql: "CREATE TABLE b (n INTEGER);" }], 2);
      expect(names(storage)).toEqual(["a", "b", "k_migrations"]);
    });
  });

  test("a migration that was merged late runs all the same", async () => {
    await onEmptyStorage((storage) => {
      const [first, late, last] = ["first", "late", "last"].map((name, index) => ({
        id: `000${index}_${name}`,
        sql: `CREATE TABLE "${name}" (n INTEGER)`,
      }));
      if (first === undefined || late === undefined || last === undefined) throw new Error("Three");
      migrate(storage, [first, last], 1);
      migrate(storage, [first, late, last], 2);
      expect(names(storage)).toEqual(["first", "k_migrations", "last", "late"]);
    });
  });

  test("an edited old migration is refused by name, and nothing after it runs", async () => {
    await onEmptyStorage((storage) => {
      migrate(storage, counterMigrations, 1);
      const edited = counterMigrations.map((step) =>
        step.id === "0000_counter" ? { ...step, sql: `${step.sql} -- edited` } : step,
      );
      const more = [...edited, { id: "0002_more", sql: "CREATE TABLE more (n INTEGER)" }];
      expect(() => migrate(storage, more, 2)).toThrow(MigrationError);
      expect(() => migrate(storage, more, 2)).toThrow(
        /Migration 0000_counter was edited after it had run.*Restore it and add a new migration/,
      );
      expect(names(storage)).not.toContain("more");
    });
  });

  test("line ends that an editor or git changed are no edit", async () => {
    await onEmptyStorage((storage) => {
      migrate(storage, [{ id: "0000_a", sql: "CREATE TABLE a (\n n INTEGER\n)" }], 1);
      expect(() => migrate(storage, [{ id: "0000_a", sql: "CREATE TABLE a (\r\n n INTEGER\r\n)" }], 2)).not.toThrow();
    });
  });

  test("an older deployment, rolled back to, starts on the newer tables", async () => {
    await onEmptyStorage((storage) => {
      migrate(storage, counterMigrations, 1);
      expect(() => migrate(storage, counterMigrations.slice(0, 1), 2)).not.toThrow();
    });
  });

  test("an object whose old migration was edited refuses calls and sockets with a clear line in the log, and recovers when it is restored", async () => {
    const logs = catchLogs();
    const counter = newCounter();
    await counter.rpc.add({ by: 3 });
    const restore = edit("0000_counter");
    await hibernate(counter.object);
    await expect(counter.rpc.add({ by: 1 })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.not.stringContaining("0000_counter") as unknown,
    });
    await expect(counter.open()).rejects.toMatchObject({ code: "unavailable" });
    for (const event of ["call.lost", "upgrade.lost"]) {
      expect(logs).toContainEqual(
        expect.objectContaining({
          event,
          error: expect.stringContaining("Migration 0000_counter was edited after it had run") as unknown,
        }),
      );
    }
    restore();
    expect(await counter.rpc.add({ by: 1 })).toEqual({ total: 4 });
  });
});

/** Makes a migration of the counter's code differ from what its objects have run. Answers how to restore it. */
function edit(id: string): () => void {
  const index = counterMigrations.findIndex((candidate) => candidate.id === id);
  const step = counterMigrations[index];
  if (step === undefined) throw new Error(`No migration ${id}`);
  const restore = () => void (counterMigrations[index] = step);
  counterMigrations[index] = { ...step, sql: `${step.sql} -- edited` };
  onTestFinished(restore);
  return restore;
}

describe("a party's tables in code", () => {
  test.each([
    ["post", postSpec.migrations, postTables],
    ["session", sessionSpec.migrations, sessionTables],
    ["attempts", attemptsSpec.migrations, attemptsTables],
    ["tenant", tenantSpec.migrations, tenantTables],
    ["analytics", analyticsSpec.migrations, analyticsTables],
    ["users", usersSpec.migrations, usersTables],
  ])("of the %s are what its migrations build", async (_, migrations, module) => {
    const tables = Object.values(module).filter((value) => is(value, SQLiteTable));
    await onEmptyStorage((storage) => {
      migrate(storage, migrations, 1);
      expect(names(storage)).toEqual([...tables.map((table) => getTableConfig(table).name), "k_migrations"].toSorted());
      for (const table of tables) {
        const config = getTableConfig(table);
        const inTable = storage.sql
          .exec(
            `SELECT name, lower(type) AS type, "notnull" AS required, pk > 0 AS key FROM pragma_table_info('${config.name}') ORDER BY name`,
          )
          .toArray();
        const keys = new Set([
          ...config.primaryKeys.flatMap(({ columns }) => columns.map(({ name }) => name)),
          ...config.columns.filter(({ primary }) => primary).map(({ name }) => name),
        ]);
        const columns = config.columns
          .map((column) => ({
            name: column.name,
            type: column.getSQLType(),
            required: column.notNull ? 1 : 0,
            key: keys.has(column.name) ? 1 : 0,
          }))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1));
        const indexes = storage.sql
          .exec<{ name: string }>(
            `SELECT name FROM pragma_index_list('${config.name}') WHERE origin = 'c' ORDER BY name`,
          )
          .toArray();
        const declared = [
          ...config.indexes.map(({ config: { name } }) => name),
          ...config.columns.filter(({ isUnique }) => isUnique).map(({ uniqueName }) => uniqueName ?? ""),
          ...config.uniqueConstraints.map((constraint) => constraint.getName() ?? ""),
        ];
        expect({ table: config.name, columns: inTable, indexes: indexes.map(({ name }) => name) }).toEqual({
          table: config.name,
          columns,
          indexes: declared.toSorted(),
        });
      }
    });
  });
});
