import { and, asc, count, eq, gt, inArray, sql } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import type { LegacyProblem } from "../../../schema/legacy.ts";
import { prepareOnce } from "../../kernel/index.ts";
import { legacyReports } from "../tables.ts";
import type { Finding } from "./kept.ts";

export type Report = typeof legacyReports.$inferSelect;

/** What is found in a row anew each time that it is read; the others are what has happened to it. */
const FOUND_IN_ROW: readonly LegacyProblem[] = [
  "duplicate_email",
  "email_invalid",
  "null_name",
  "name_cut",
  "name_unfit",
  "picture_too_large",
  "picture_not_https",
];

/** Notes something of a row; noted again, it is there once, as it is now. */
export function report(
  db: DrizzleSqliteDODatabase,
  legacyId: string,
  { field, problem, detail }: Finding,
  now: number,
  original: string | null = null,
): void {
  db.insert(legacyReports)
    .values({ legacyId, field, problem, detail, original, at: now })
    .onConflictDoUpdate({
      target: [legacyReports.legacyId, legacyReports.field, legacyReports.problem],
      set: { detail, original },
    })
    .run();
}

/** Forgets what was found in a row before it is looked at again. */
export function forgetFindings(db: DrizzleSqliteDODatabase, legacyId: string): void {
  findings(db).run({ legacyId });
}

const findings = prepareOnce((db) =>
  db
    .delete(legacyReports)
    .where(
      and(eq(legacyReports.legacyId, sql.placeholder("legacyId")), inArray(legacyReports.problem, [...FOUND_IN_ROW])),
    )
    .prepare(),
);

/** How many reports there are, by problem. */
export function countReports(db: DrizzleSqliteDODatabase): Partial<Record<LegacyProblem, number>> {
  const rows = db
    .select({ problem: legacyReports.problem, count: count() })
    .from(legacyReports)
    .groupBy(legacyReports.problem)
    .all();
  return Object.fromEntries(rows.map(({ problem, count: reports }) => [problem, reports]));
}

/** The reports of the next rows that have any, in the order of their ids. */
export function reportsAfter(db: DrizzleSqliteDODatabase, after: string | null, rows: number): Report[] {
  const next = db
    .selectDistinct({ legacyId: legacyReports.legacyId })
    .from(legacyReports)
    .where(after === null ? undefined : gt(legacyReports.legacyId, after))
    .orderBy(asc(legacyReports.legacyId))
    .limit(rows);
  return db
    .select()
    .from(legacyReports)
    .where(inArray(legacyReports.legacyId, sql`(${next})`))
    .orderBy(asc(legacyReports.legacyId), asc(legacyReports.field))
    .all();
}
