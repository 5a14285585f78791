import { z } from "zod";
import { LEGACY_PROBLEMS, usersModeSchema } from "../legacy.ts";
import { timeSchema } from "./common.ts";

/** Rows that are copied in a second unless the operator says otherwise: PostgreSQL has its own work to do. */
const DEFAULT_ROWS_PER_SECOND = 2_000;
const MAX_ROWS_PER_SECOND = 100_000;

export const rateSchema = z.number().int().min(1).max(MAX_ROWS_PER_SECOND);

/** How to copy. */
export const runMigrationSchema = z.strictObject({ rowsPerSecond: rateSchema.default(DEFAULT_ROWS_PER_SECOND) });

const count = z.number().int().nonnegative();

/** Where copying stands. `paused` goes on from its cursor when it is run again, `done` starts anew. */
export const copyStates = ["new", "running", "paused", "done"] as const;

/** One row, or one account, that the other side does not have or has otherwise. Never a value, only its fingerprint. */
export const differenceSchema = z.object({
  legacyId: z.string(),
  kind: z.enum(["missing_here", "missing_there", "different"]),
  here: z.string().nullable(),
  there: z.string().nullable(),
});
export type Difference = z.infer<typeof differenceSchema>;

export const verificationSchema = z.object({
  state: z.enum(["running", "done"]),
  startedAt: timeSchema,
  finishedAt: timeSchema.nullable(),
  /** Rows in PostgreSQL and people here who have one; and rows that cannot be copied, which are in the reports. */
  there: count,
  here: count,
  leftOut: count,
  differences: count,
  /** The first of them. */
  examples: z.array(differenceSchema),
});

export const usersMigrationSchema = z.object({
  mode: usersModeSchema,
  /** Whether PostgreSQL is bound to the worker. */
  isBound: z.boolean(),
  copy: z.object({
    state: z.enum(copyStates),
    copied: count,
    total: count,
    rowsPerSecond: rateSchema,
    startedAt: timeSchema.nullable(),
    finishedAt: timeSchema.nullable(),
  }),
  /** How many reports there are, by problem. */
  reports: z.partialRecord(z.enum(LEGACY_PROBLEMS), count),
  /** Changes of either side that the other has yet to hear of. Null for PostgreSQL's when it cannot be asked. */
  waiting: z.object({ fromPostgres: count.nullable(), toPostgres: count }),
  /** What went wrong last, until it goes well again. */
  lastError: z.string().nullable(),
  verification: verificationSchema.nullable(),
});
export type UsersMigration = z.infer<typeof usersMigrationSchema>;

/** One line of the export: somebody of whom there is something to report. */
export const reportedUserSchema = z.object({
  legacyId: z.string(),
  user: z
    .object({ id: z.string(), name: z.string(), email: z.string().nullable(), picture: z.string().nullable() })
    .nullable(),
  reports: z.array(
    z.object({
      field: z.string(),
      problem: z.enum(LEGACY_PROBLEMS),
      detail: z.string(),
      original: z.string().nullable(),
    }),
  ),
});
export type ReportedUser = z.infer<typeof reportedUserSchema>;
