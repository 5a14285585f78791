import { and, count, eq, sql } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { z } from "zod";
import { PartyError, parse } from "../../schema/errors.ts";
import { userIdSchema } from "../../schema/ids.ts";
import { emailSchema, nameSchema, pictureSchema } from "../../schema/people.ts";
import { roleSchema } from "../../schema/principal.ts";
import { userStatusSchema } from "../../schema/users.ts";
import { newId, prepareOnce } from "../kernel/index.ts";
import { type Conditions, conditionsSchema, matching, pageOf, type QueryInput, querySchema } from "./query.ts";
import { users } from "./tables.ts";

export type UserRow = typeof users.$inferSelect;

const time = z.number().int().nonnegative();
const attributes = {
  name: nameSchema,
  picture: pictureSchema.nullable(),
  email: emailSchema.nullable(),
  emailVerified: z.boolean(),
  role: roleSchema,
  status: userStatusSchema,
};

const newUserSchema = z.strictObject({
  id: userIdSchema.optional(),
  ...attributes,
  picture: attributes.picture.default(null),
  email: attributes.email.default(null),
  emailVerified: attributes.emailVerified.default(false),
  role: attributes.role.default("user"),
  status: attributes.status.default("active"),
  createdAt: time.optional(),
  signedInAt: time.nullable().optional(),
  version: z.number().int().positive().optional(),
});
export type NewUser = z.input<typeof newUserSchema>;

const changesSchema = z
  .strictObject({
    ...attributes,
    suspendedBy: z.string().nullable(),
    signedInAt: time.nullable(),
    deleteAt: time.nullable(),
  })
  .partial();
export type Changes = z.input<typeof changesSchema>;

/** One step of a transaction. */
export const stepSchema = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("create"), attributes: z.custom<NewUser>() }),
  z.strictObject({ do: z.literal("update"), id: userIdSchema, changes: z.custom<Changes>(), version: time.optional() }),
  z.strictObject({ do: z.literal("upsert"), attributes: z.custom<NewUser & { id: string }>() }),
  z.strictObject({ do: z.literal("destroy"), id: userIdSchema }),
]);
type Step = z.output<typeof stepSchema>;

/** What has happened to a row: without `before` it is new, without `after` it is gone. */
export interface Change<How> {
  before: UserRow | undefined;
  after: UserRow | undefined;
  /** What the caller told of why and by whom. */
  how: How | undefined;
}

interface Surroundings<How> {
  now(): number;
  transact<T>(work: () => T): T;
  /** Called within the transaction of each change. */
  changed(change: Change<How>): void;
}

const byId = prepareOnce((db) =>
  db
    .select()
    .from(users)
    .where(eq(users.id, sql.placeholder("id")))
    .prepare(),
);

const wordWrite = (db: DrizzleSqliteDODatabase, fields: readonly string[]) =>
  db
    .update(users)
    .set(Object.fromEntries(fields.map((field) => [field, sql.placeholder(field)])))
    .where(eq(users.id, sql.placeholder("id")))
    .prepare();

/** Writes some fields of a row, worded once for each set of them: an index over others costs nothing. */
const writeFields = prepareOnce((db) => {
  const worded = new Map<string, ReturnType<typeof wordWrite>>();
  return (fields: readonly string[], row: UserRow): void => {
    const key = fields.join();
    const query = worded.get(key) ?? wordWrite(db, fields);
    worded.set(key, query);
    query.run(row);
  };
});

/**
 * The users table as an active record (Fowler, "Patterns of Enterprise Application Architecture", 2002): each method is
 * one transaction, and whatever changes a row goes through here, so that nobody who must hear of it is left out.
 *
 * Attributes are validated: what is wrong with them is `unprocessable`, by field. A value that must be unique and is
 * taken is `conflict`, naming the field.
 */
export class UserRecords<How> {
  readonly #db: DrizzleSqliteDODatabase;
  readonly #around: Surroundings<How>;

  constructor(db: DrizzleSqliteDODatabase, around: Surroundings<How>) {
    this.#db = db;
    this.#around = around;
  }

  /** @throws PartyError `conflict` for an id that is taken, `unprocessable` */
  create(attributes: NewUser, how?: How): UserRow {
    const { id = newId("user"), createdAt, version = 1, ...given } = parse(newUserSchema, attributes);
    return this.#around.transact(() => {
      if (this.findOrNull(id) !== undefined) throw taken("id", "There is already a user of this id");
      const now = this.#around.now();
      const after = this.#db
        .insert(users)
        .values({ id, ...given, createdAt: createdAt ?? now, updatedAt: now, version })
        .returning()
        .get();
      this.#around.changed({ before: undefined, after, how });
      return after;
    });
  }

  /** @throws PartyError `not_found` */
  find(id: string): UserRow {
    const row = this.findOrNull(id);
    if (row === undefined) throw new PartyError("not_found", { message: "There is no such user" });
    return row;
  }

  findOrNull(id: string): UserRow | undefined {
    return byId(this.#db).get({ id });
  }

  /** The first, by id, that meets the conditions. @throws PartyError `bad_request` for conditions that cannot be */
  findBy(where: Conditions): UserRow | undefined {
    return this.where({ where, limit: 1 }).users[0];
  }

  /** A page of those that meet the conditions; `next` is where to go on, or null at the end. */
  where(input: QueryInput): { users: UserRow[]; next: [string | number, string] | null } {
    const query = parse(querySchema, input, "bad_request");
    const { order, from } = pageOf(query);
    const rows = this.#db
      .select()
      .from(users)
      .where(and(matching(query.where), from))
      .orderBy(...order)
      .limit(query.limit + 1)
      .all();
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    return {
      users: page,
      next: rows.length > query.limit && last !== undefined ? [last[query.order.by], last.id] : null,
    };
  }

  /** The first in an order. */
  first(input: Omit<QueryInput, "limit"> = {}): UserRow | undefined {
    return this.where({ ...input, limit: 1 }).users[0];
  }

  /** A page of everybody. */
  all(input: Omit<QueryInput, "where"> = {}): ReturnType<UserRecords<How>["where"]> {
    return this.where(input);
  }

  count(where: Conditions = {}): number {
    const matched = matching(parse(conditionsSchema, where, "bad_request"));
    return this.#db.select({ count: count() }).from(users).where(matched).get()?.count ?? 0;
  }

  exists(where: Conditions): boolean {
    return this.findBy(where) !== undefined;
  }

  /**
   * Changes a row. What stays as it is costs nothing, and grows no version.
   * @param version what the change was made on: `conflict` when there is a newer one
   * @throws PartyError `not_found`, `conflict`, `unprocessable`
   */
  update(
    id: string,
    changes: Changes,
    { version, how }: { version?: number | undefined; how?: How | undefined } = {},
  ): UserRow {
    const given = defined(parse(changesSchema, changes));
    return this.#around.transact(() => {
      const before = this.find(id);
      if (version !== undefined && version !== before.version)
        throw new PartyError("conflict", {
          message: "Somebody else has changed this user",
          issues: [{ path: ["version"], message: `is ${before.version}` }],
        });
      const isSame = Object.entries(given).every(([field, value]) => before[field as keyof UserRow] === value);
      return isSame ? before : this.#write(before, { ...given, updatedAt: this.#around.now() }, how);
    });
  }

  /** Grows the version without a change of the record: something that devices are told beside it has changed. */
  touch(id: string, how?: How): UserRow {
    return this.#around.transact(() => this.#write(this.find(id), {}, how));
  }

  /** Creates the user of this id, or changes what is different. @throws PartyError `unprocessable` */
  upsert(attributes: NewUser & { id: string }, how?: How): UserRow {
    const { id, createdAt: _created, version: _version, ...changes } = parse(newUserSchema, attributes);
    return this.#around.transact(() =>
      id !== undefined && this.findOrNull(id) !== undefined
        ? this.update(id, onlyGiven(changes, attributes), { how })
        : this.create(attributes, how),
    );
  }

  /** Removes a user with everything that is kept of them here. @throws PartyError `not_found` */
  destroy(id: string, how?: How): void {
    this.#around.transact(() => {
      const before = this.find(id);
      // First, while what belongs to the row can still be read.
      this.#around.changed({ before, after: undefined, how });
      this.#db.delete(users).where(eq(users.id, id)).run();
    });
  }

  /** All steps, or none. Answers what each has made; null for what is destroyed. */
  transaction(steps: readonly Step[], how?: How): (UserRow | null)[] {
    return this.#around.transact(() => steps.map((step, index) => atStep(index, () => this.#take(step, how))));
  }

  #take(step: Step, how: How | undefined): UserRow | null {
    switch (step.do) {
      case "create":
        return this.create(step.attributes, how);
      case "update":
        return this.update(step.id, step.changes, { version: step.version, how });
      case "upsert":
        return this.upsert(step.attributes, how);
      case "destroy":
        this.destroy(step.id, how);
        return null;
    }
  }

  #write(before: UserRow, changes: Partial<UserRow>, how: How | undefined): UserRow {
    const after = { ...before, ...changes, version: before.version + 1 };
    writeFields(this.#db)([...Object.keys(changes), "version"], after);
    this.#around.changed({ before, after, how });
    return after;
  }
}

/** A value that must be unique and is not. */
export function taken(field: string, message: string): PartyError {
  return new PartyError("conflict", { message, issues: [{ path: [field], message: "is taken" }] });
}

/** Without the fields that are left out. */
export function defined<T extends object>(changes: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/** Without what only a default has put there. */
function onlyGiven<T extends object>(parsed: T, given: object): T {
  return Object.fromEntries(Object.entries(parsed).filter(([field]) => field in given)) as T;
}

/** Says of a failure at which step of a transaction it happened. */
function atStep<T>(index: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PartyError)) throw error;
    const issues = (error.issues ?? []).map(({ path, message }) => ({ path: [index, ...path], message }));
    throw new PartyError(error.code, { message: error.message, issues, cause: error });
  }
}
