import { eq } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { z } from "zod";
import { copyStates, rateSchema, runMigrationSchema } from "../../../schema/http/migrations.ts";
import { facts } from "../tables.ts";

/** Where the move stands, kept in the transaction of each step. Times are milliseconds since 1970. */

const time = z.number().int().nullable();
const count = z.number().int().nonnegative();

const copySchema = z.object({
  state: z.enum(copyStates),
  /** The last row that is done with; null before the first. */
  cursor: z.string().nullable(),
  copied: count,
  /** Rows that there were when it began. */
  total: count,
  rowsPerSecond: rateSchema,
  startedAt: time,
  finishedAt: time,
});
export type Copy = z.infer<typeof copySchema>;

const verificationSchema = z.object({
  /** Rows there, people here, and once more what was found to differ, for it may have been on its way. */
  stage: z.enum(["there", "here", "again", "done"]),
  cursor: z.string().nullable(),
  /** Of the fingerprints: another one each time, so that they tell nothing elsewhere. */
  key: z.string(),
  there: count,
  here: count,
  leftOut: count,
  startedAt: z.number().int(),
  finishedAt: time,
});
export type Verification = z.infer<typeof verificationSchema>;

const NEW_COPY: Copy = {
  state: "new",
  cursor: null,
  copied: 0,
  total: 0,
  ...runMigrationSchema.parse({}),
  startedAt: null,
  finishedAt: null,
};

export function readCopy(db: DrizzleSqliteDODatabase): Copy {
  return read(db, "legacy_copy", copySchema) ?? NEW_COPY;
}

export function changeCopy(db: DrizzleSqliteDODatabase, changes: Partial<Copy>): void {
  write(db, "legacy_copy", { ...readCopy(db), ...changes });
}

export function readVerification(db: DrizzleSqliteDODatabase): Verification | undefined {
  return read(db, "legacy_verification", verificationSchema);
}

export function writeVerification(db: DrizzleSqliteDODatabase, verification: Verification): void {
  write(db, "legacy_verification", verification);
}

export function readLastError(db: DrizzleSqliteDODatabase): string | null {
  return read(db, "legacy_error", z.string()) ?? null;
}

export function writeLastError(db: DrizzleSqliteDODatabase, error: string | null): void {
  if (error !== readLastError(db)) write(db, "legacy_error", error);
}

function read<T extends z.ZodType>(db: DrizzleSqliteDODatabase, name: string, schema: T): z.output<T> | undefined {
  const row = db.select().from(facts).where(eq(facts.name, name)).get();
  return row === undefined ? undefined : (schema.nullable().parse(JSON.parse(row.value)) ?? undefined);
}

function write(db: DrizzleSqliteDODatabase, name: string, content: unknown): void {
  const value = JSON.stringify(content);
  db.insert(facts).values({ name, value }).onConflictDoUpdate({ target: facts.name, set: { value } }).run();
}
