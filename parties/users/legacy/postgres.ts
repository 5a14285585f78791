import type { Sql } from "postgres";
import { z } from "zod";
import { PartyError } from "../../../schema/errors.ts";
import { LEGACY_BINDING } from "../../../schema/legacy.ts";
import { MAX_PICTURE_LENGTH } from "../../../schema/people.ts";
import { defined } from "../records.ts";
import type { Field, Kept, LegacyRow } from "./kept.ts";
import { install } from "./install.ts";

/** PostgreSQL's users table and what `install` puts beside it, in the words of the move. */

/** Seconds until a server that does not answer is taken to be away. */
const CONNECT_TIMEOUT_S = 5;
/** Characters of a name or an address that are read: what is longer is cut, or not kept at all. */
export const READ_LENGTH = 1_001;
export const READ_PICTURE_LENGTH = MAX_PICTURE_LENGTH + 1;
/** Bytes of a value that fit into one of our rows, of which the platform allows 2 MB. */
export const MAX_ORIGINAL_BYTES = 1_900_000;
/** A character takes at most four bytes. */
const CUT_ORIGINAL_LENGTH = Math.floor(MAX_ORIGINAL_BYTES / 4);

/** What Hyperdrive, and its stand-in on a developer's machine, gives. */
const bindingSchema = z.object({ connectionString: z.string() });

/** Whether PostgreSQL is there at all. */
export function hasPostgres(env: object): boolean {
  return LEGACY_BINDING in env && bindingSchema.safeParse(env[LEGACY_BINDING]).success;
}

/**
 * Runs `work` on one connection of its own. The driver is loaded only here.
 * @throws PartyError `unavailable` when there is no PostgreSQL; whatever PostgreSQL throws
 */
export async function withPostgres<T>(env: object, work: (postgres: LegacyDatabase) => Promise<T>): Promise<T> {
  const binding = bindingSchema.safeParse(LEGACY_BINDING in env ? env[LEGACY_BINDING] : undefined);
  if (!binding.success)
    throw new PartyError("unavailable", { message: `There is no PostgreSQL: ${LEGACY_BINDING} is not bound` });
  const { default: connect } = await import("postgres");
  const sql = connect(binding.data.connectionString, {
    max: 1,
    connect_timeout: CONNECT_TIMEOUT_S,
    // There are no types of our own to ask for.
    fetch_types: false,
    onnotice: () => {},
  });
  try {
    return await work(new LegacyDatabase(sql));
  } finally {
    await sql.end({ timeout: CONNECT_TIMEOUT_S });
  }
}

/** One who changed, as the outbox has it. */
export interface Note {
  seq: string;
  legacyId: string;
}

export class LegacyDatabase {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async install(): Promise<void> {
    await install(this.#sql);
  }

  async count(): Promise<number> {
    const [row] = await this.#sql<{ count: number }[]>`SELECT count(*)::int AS count FROM users`;
    return row?.count ?? 0;
  }

  /** A page of rows in the order of their ids, as PostgreSQL orders them, behind `after`. */
  async pageAfter(after: string | null, limit: number): Promise<LegacyRow[]> {
    const sql = this.#sql;
    const behind = after === null ? sql`` : sql`WHERE id > ${after}`;
    return await sql<LegacyRow[]>`SELECT ${this.#columns()} FROM users ${behind} ORDER BY id LIMIT ${limit}`;
  }

  /** The rows of these ids, as far as they are there. */
  async rowsOf(legacyIds: readonly string[]): Promise<LegacyRow[]> {
    if (legacyIds.length === 0) return [];
    return await this.#sql<LegacyRow[]>`
      SELECT ${this.#columns()} FROM users WHERE id IN ${this.#sql([...legacyIds])}`;
  }

  /** The row whose account has this id, if its id was derived. @see userIdOf */
  async rowOfUser(userId: string): Promise<LegacyRow | undefined> {
    await this.install();
    const [row] = await this.#sql<LegacyRow[]>`
      SELECT ${this.#columns()} FROM users WHERE understory_user_id(id) = ${userId}`;
    return row;
  }

  /** A value in full; one that no row of ours can hold is cut. */
  async original(legacyId: string, field: Field): Promise<string | null> {
    const sql = this.#sql;
    const [row] = await sql<{ value: string | null }[]>`
      SELECT CASE WHEN octet_length(${sql(field)}) <= ${MAX_ORIGINAL_BYTES} THEN ${sql(field)}
        ELSE left(${sql(field)}, ${CUT_ORIGINAL_LENGTH}) END AS value
      FROM users WHERE id = ${legacyId}`;
    return row?.value ?? null;
  }

  // --- The outbox

  async waiting(): Promise<number> {
    const [row] = await this.#sql<{ count: number }[]>`
      SELECT count(*)::int AS count FROM understory_outbox`;
    return row?.count ?? 0;
  }

  /** The next of those who changed. */
  async notes(limit: number): Promise<Note[]> {
    return await this.#sql<Note[]>`
      SELECT seq::text, user_id AS "legacyId" FROM understory_outbox ORDER BY understory_outbox.seq LIMIT ${limit}`;
  }

  /** Takes exactly these out. Never all up to one: numbers are given out before their transactions commit. */
  async forget(notes: readonly Note[]): Promise<void> {
    await this.#sql`DELETE FROM understory_outbox WHERE seq IN ${this.#sql(notes.map(({ seq }) => seq))}`;
  }

  async forgetAll(): Promise<void> {
    await this.#sql`DELETE FROM understory_outbox`;
  }

  // --- Writing as the application did: the trigger notes it

  /** Makes the row of somebody who signs in, or brings it up to date; what the provider does not say stays. */
  async upsert(legacyId: string, { name, email, picture }: Kept): Promise<LegacyRow> {
    return await this.#one(this.#sql<LegacyRow[]>`
      INSERT INTO users (id, email, name, picture) VALUES (${legacyId}, ${email}, ${name}, ${picture})
      ON CONFLICT (id) DO UPDATE SET
        email = coalesce(excluded.email, users.email),
        name = excluded.name,
        picture = coalesce(excluded.picture, users.picture)
      RETURNING ${this.#columns()}`);
  }

  /** Makes the row, or fills what it has not; what it has stays. */
  async fill(legacyId: string, { name, email, picture }: Kept): Promise<LegacyRow> {
    return await this.#one(this.#sql<LegacyRow[]>`
      INSERT INTO users (id, email, name, picture) VALUES (${legacyId}, ${email}, ${name}, ${picture})
      ON CONFLICT (id) DO UPDATE SET
        email = coalesce(users.email, excluded.email),
        name = coalesce(users.name, excluded.name),
        picture = coalesce(users.picture, excluded.picture)
      RETURNING ${this.#columns()}`);
  }

  /** Changes a row. Answers it as it is then, or undefined when there is none. */
  async change(legacyId: string, changes: { [K in keyof Kept]?: Kept[K] | undefined }): Promise<LegacyRow | undefined> {
    const sql = this.#sql;
    const [row] = await sql<LegacyRow[]>`
      UPDATE users SET ${sql(defined(changes))} WHERE id = ${legacyId} RETURNING ${this.#columns()}`;
    return row;
  }

  // --- Writing what was carried back: the trigger keeps still, which lasts for the statement

  /** @returns false when the row is there after all */
  async carryInsert(legacyId: string, { name, email, picture }: Kept): Promise<boolean> {
    const sql = this.#sql;
    const written = await sql`${this.#quietly()}
      INSERT INTO users (id, email, name, picture)
      SELECT ${legacyId}, ${email}::text, ${name}::text, ${picture}::text FROM quiet
      ON CONFLICT (id) DO NOTHING`;
    return written.count === 1;
  }

  /** @returns false when the row is not the one any more that was read */
  async carryUpdate({ id, xmin }: LegacyRow, changes: Partial<Kept>): Promise<boolean> {
    const sql = this.#sql;
    const written = await sql`${this.#quietly()}
      UPDATE users SET ${sql(changes)} FROM quiet WHERE id = ${id} AND users.xmin::text = ${xmin}`;
    return written.count === 1;
  }

  async carryDelete(legacyId: string): Promise<void> {
    await this.#sql`${this.#quietly()} DELETE FROM users USING quiet WHERE id = ${legacyId}`;
  }

  #quietly() {
    return this.#sql`
      WITH quiet AS MATERIALIZED (SELECT set_config('understory.carrying', 'on', true))`;
  }

  #columns() {
    return this.#sql`
      users.id,
      left(users.name, ${READ_LENGTH}) AS name,
      left(users.email, ${READ_LENGTH}) AS email,
      left(users.picture, ${READ_PICTURE_LENGTH}) AS picture,
      coalesce(octet_length(users.name), 0) + coalesce(octet_length(users.email), 0)
        + coalesce(octet_length(users.picture), 0) AS bytes,
      users.xmin::text AS xmin`;
  }

  async #one(query: PromiseLike<readonly LegacyRow[]>): Promise<LegacyRow> {
    const [row] = await query;
    if (row === undefined) throw new Error("PostgreSQL answered no row where it must");
    return row;
  }
}
