import { z } from "zod";
import { PartyError } from "../../../schema/errors.ts";
import { type ReportedUser, runMigrationSchema, type UsersMigration } from "../../../schema/http/migrations.ts";
import type { UsersMode } from "../../../schema/legacy.ts";
import { command, describeError, job, log, procedure, withTimeout } from "../../kernel/index.ts";
import { findIdentity } from "../identities.ts";
import type { Change } from "../records.ts";
import type { How, Store } from "../store.ts";
import { carryBack } from "./carry-back.ts";
import { countChanges, noteChange } from "./changes.ts";
import { mirrorOf } from "./identity.ts";
import type { LegacyRow } from "./kept.ts";
import { groupsOf, originalsOf } from "./originals.ts";
import { hasPostgres, type LegacyDatabase, withPostgres } from "./postgres.ts";
import { countReports, reportsAfter } from "./reports.ts";
import { defaultProviderIn, modeIn } from "./settings.ts";
import { changeCopy, readCopy, readLastError, readVerification, writeLastError } from "./state.ts";
import { type Originals, takeDeletion, takeOver, type Terms } from "./take-over.ts";
import { beginVerification, countDifferences, differencesAfter, verifyStep } from "./verify.ts";

/** Rows that are read at once, of the outbox as of the table. Who signs in meanwhile waits until they are taken over. */
const PAGE = 100;
/** A run of the job ends after this long, and the next begins a little later: in between others' jobs have their turn. */
const RUN_MS = 2_000;
const REST_MS = 20;
/** How late the party may hear of what others write into PostgreSQL while that decides. */
const LISTEN_EVERY_MS = 2_000;
/** When PostgreSQL is away, it is tried again after this long. */
const RETRY_MS = 2_000;
/** A step that takes longer waits for a PostgreSQL that does not answer. */
const STEP_TIMEOUT_MS = 30_000;
/** Rows may wait for D1; with more than this many, copying waits for D1. */
const MAX_UNSENT = 2_000;
/** How long copying waits before it looks whether D1 has caught up. */
const D1_WAIT_MS = 100;
/** Examples of differences in the status. */
const EXAMPLES = 50;

const JOB = "moveUsers";

/** The users party, as the move sees it. */
export interface MovingParty {
  env: object;
  store(): Store;
  transact<T>(work: () => T): T;
  /** How many rows of the party's outbox wait. */
  unsent(): number;
  once(job: string, due: { inMs: number }): void;
}

/**
 * The move of the users from PostgreSQL, as the users party's part of it: a durable job that hears what has changed
 * there, tells what has changed here, and copies what is there already, one after the other and never two at once. So
 * a row that goes while it is copied is not brought back by its copy.
 */
export class Move {
  readonly #party: MovingParty;
  /** What runs now, to be waited for. */
  #turn: Promise<unknown> = Promise.resolve();
  /** When the next page may be copied, by the rate limit. */
  #nextPageAt = 0;

  constructor(party: MovingParty) {
    this.#party = party;
  }

  /** Called when the party wakes: whoever writes into PostgreSQL meanwhile is to be heard. */
  begin(): void {
    if (this.#isBound && this.#mode === "dual") this.#wake();
  }

  /** Part of the transaction of every change to a user. */
  note(change: Change<How>): void {
    if (this.#isBound && noteChange(this.#party.store().db, change)) this.#wake();
  }

  readonly methods = {
    migrationStatus: procedure(z.object({}), async () => await this.#status()),

    /**
     * Copies all rows, or goes on where it was. @throws PartyError `conflict` while PostgreSQL alone has the users,
     * `unavailable` without it
     */
    runMigration: procedure(runMigrationSchema, async ({ rowsPerSecond }) => {
      this.#require("dual", "party");
      const total = await this.#ask(async (postgres) => {
        await postgres.install();
        // Where the party decides, nobody has listened: what is in the rows is about to be read, and what has gone from
        // them was not gone for us.
        if (this.#mode === "party" && this.#beginsAnew) await postgres.forgetAll();
        return await postgres.count();
      });
      this.#party.transact(() => this.#beginCopy(total, rowsPerSecond));
    }),
    pauseMigration: command(z.object({}), () => {
      if (readCopy(this.#db).state === "running") changeCopy(this.#db, { state: "paused" });
    }),
    /** Compares both sides; the status tells what was found. */
    verifyMigration: procedure(z.object({}), () => {
      this.#require("postgres", "dual", "party");
      this.#party.transact(() => {
        beginVerification(this.#party.store());
        this.#wake();
      });
    }),
    /** Tells PostgreSQL everything that it has not heard yet, then compares. @throws PartyError as `runMigration` */
    rollBackMigration: procedure(z.object({}), async () => {
      this.#require("dual", "party");
      await this.#ask(async (postgres) => await postgres.install());
      this.#party.transact(() => {
        changeCopy(this.#db, readCopy(this.#db).state === "running" ? { state: "paused" } : {});
        beginVerification(this.#party.store());
        this.#wake();
      });
    }),
    /** Those of whom there is something to report, by pages of rows. */
    exportReports: procedure(
      z.object({ after: z.string().nullable(), rows: z.number().int().min(1).max(100) }),
      (page) => this.#reported(page),
    ),
    /** Takes over one row now. For the edge, which has just written it and whose next word is about it. */
    takeOverRow: procedure(z.object({ legacyId: z.string() }), async ({ legacyId }) => {
      await this.#ask(async (postgres) => {
        await this.#inTurn(async () => await this.#takeOver(postgres, await postgres.rowsOf([legacyId])));
      });
    }),
  };

  readonly jobs = {
    [JOB]: job(z.object({}), async () => {
      if (!this.#isBound) return;
      let next: number | undefined;
      try {
        next = await withPostgres(this.#party.env, async (postgres) => await this.#run(postgres));
        writeLastError(this.#db, null);
      } catch (error) {
        // Not the job's failure: PostgreSQL will be back, however long that takes.
        next = RETRY_MS;
        log("warn", "users.move_failed", describeError(error));
        writeLastError(this.#db, describeError(error).error);
      }
      if (next !== undefined) this.#wake(next);
    }),
  };

  // --- The job

  /** Works for a while. Answers after how many milliseconds there is more to do, or undefined for nothing. */
  async #run(postgres: LegacyDatabase): Promise<number | undefined> {
    const end = this.#now + RUN_MS;
    if (this.#mode !== "postgres") await postgres.install();
    while (this.#now < end) {
      const waitMs = await this.#inTurn(async () => await this.#step(postgres));
      if (waitMs === undefined)
        return this.#mode === "dual" ? LISTEN_EVERY_MS : this.#hasChanges ? RETRY_MS : undefined;
      // Not at once in any case: who has asked the party for something comes in between.
      await pause(Math.min(waitMs, Math.max(0, end - this.#now)));
    }
    return Math.max(REST_MS, this.#nextPageAt - this.#now);
  }

  /** One step of everything. Answers how long to wait before the next, or undefined when there is none. */
  async #step(postgres: LegacyDatabase): Promise<number | undefined> {
    const copy = readCopy(this.#db);
    if (this.#mode !== "postgres") {
      const isHeard = this.#mode === "dual" || copy.state === "running";
      if (isHeard && (await this.#hear(postgres)) === PAGE) return 0;
      await this.#tellBack(postgres);
      if (copy.state === "running") return await this.#copyPage(postgres);
    }
    const isVerifying = await verifyStep(postgres, { ...this.#party, provider: this.#terms.provider });
    return isVerifying ? 0 : undefined;
  }

  /** Takes over who has changed in PostgreSQL. */
  async #hear(postgres: LegacyDatabase): Promise<number> {
    const notes = await postgres.notes(PAGE);
    if (notes.length === 0) return 0;
    const ids = [...new Set(notes.map(({ legacyId }) => legacyId))];
    const rows = new Map((await postgres.rowsOf(ids)).map((row) => [row.id, row]));
    const gone = ids.filter((id) => !rows.has(id));
    this.#party.transact(() => {
      for (const id of gone) takeDeletion(this.#party.store(), id);
    });
    await this.#takeOver(postgres, [...rows.values()]);
    await postgres.forget(notes);
    return notes.length;
  }

  async #tellBack(postgres: LegacyDatabase): Promise<void> {
    let after: number | null = 0;
    while (after !== null) {
      const party = { ...this.#party, terms: this.#terms };
      const { next }: { next: number | null } = await carryBack(postgres, party, after);
      after = next;
    }
  }

  async #copyPage(postgres: LegacyDatabase): Promise<number> {
    const copy = readCopy(this.#db);
    if (this.#now < this.#nextPageAt) return this.#nextPageAt - this.#now;
    if (this.#party.unsent() > MAX_UNSENT) return D1_WAIT_MS;
    const rows = await postgres.pageAfter(copy.cursor, PAGE);
    this.#nextPageAt = this.#now + (rows.length * 1_000) / copy.rowsPerSecond;
    let { copied, cursor } = copy;
    const isCurrent = () => readCopy(this.#db).state === "running" && readCopy(this.#db).cursor === cursor;
    await this.#takeOver(postgres, rows, (group) => {
      if (!isCurrent()) return false;
      copied += group.length;
      cursor = group.at(-1)?.id ?? cursor;
      changeCopy(this.#db, { copied, cursor });
      return true;
    });
    if (rows.length === 0 && isCurrent())
      this.#party.transact(() => changeCopy(this.#db, { state: "done", finishedAt: this.#now, total: copied }));
    return 0;
  }

  /** Takes over rows in groups, each in a transaction of its own, for as long as `isWanted` says so within it. */
  async #takeOver(
    postgres: LegacyDatabase,
    rows: readonly LegacyRow[],
    isWanted: (group: readonly LegacyRow[]) => boolean = () => true,
  ): Promise<void> {
    for (const group of groupsOf(rows)) {
      const whole: { row: LegacyRow; originals: Originals }[] = [];
      for (const row of group) whole.push({ row, originals: await originalsOf(postgres, row, this.#terms.provider) });
      const goesOn = this.#party.transact(() => {
        if (!isWanted(group)) return false;
        for (const { row, originals } of whole) takeOver(this.#party.store(), row, originals, this.#terms);
        return true;
      });
      if (!goesOn) return;
      await pause(0);
    }
  }

  /** One at a time: a row that was read must be taken over before anybody reads it again. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#turn = promise;
    await before;
    try {
      return await withTimeout(work(), STEP_TIMEOUT_MS);
    } finally {
      resolve(undefined);
    }
  }

  // --- Answers

  #beginCopy(total: number, rowsPerSecond: number): void {
    const isAnew = this.#beginsAnew;
    changeCopy(this.#db, {
      state: "running",
      total,
      rowsPerSecond,
      finishedAt: null,
      ...(isAnew && { cursor: null, copied: 0, startedAt: this.#now }),
    });
    this.#wake();
  }

  async #status(): Promise<UsersMigration> {
    const { state, copied, total, rowsPerSecond, startedAt, finishedAt } = readCopy(this.#db);
    const verification = readVerification(this.#db);
    const fromPostgres = await this.#waitingThere();
    return {
      mode: this.#mode,
      isBound: this.#isBound,
      copy: { state, copied, total, rowsPerSecond, startedAt: iso(startedAt), finishedAt: iso(finishedAt) },
      reports: countReports(this.#db),
      waiting: { fromPostgres, toPostgres: countChanges(this.#db) },
      lastError: readLastError(this.#db),
      verification:
        verification === undefined
          ? null
          : {
              state: verification.stage === "done" ? "done" : "running",
              startedAt: new Date(verification.startedAt).toISOString(),
              finishedAt: iso(verification.finishedAt),
              there: verification.there,
              here: verification.here,
              leftOut: verification.leftOut,
              differences: countDifferences(this.#db),
              examples: differencesAfter(this.#db, "", EXAMPLES),
            },
    };
  }

  async #waitingThere(): Promise<number | null> {
    if (!this.#isBound) return null;
    try {
      return await this.#ask(async (postgres) => await postgres.waiting());
    } catch {
      return null; // Away, or nothing of ours is there yet.
    }
  }

  #reported({ after, rows }: { after: string | null; rows: number }): ReportedUser[] {
    const { db, records } = this.#party.store();
    const byRow = Map.groupBy(reportsAfter(db, after, rows), ({ legacyId }) => legacyId);
    return [...byRow].map(([legacyId, reports]) => {
      const mirror = mirrorOf(legacyId);
      const known = mirror && findIdentity(db, mirror);
      const user = known === undefined ? undefined : records.find(known.userId);
      return {
        legacyId,
        user: user === undefined ? null : { id: user.id, name: user.name, email: user.email, picture: user.picture },
        reports: reports.map(({ field, problem, detail, original }) => ({ field, problem, detail, original })),
      };
    });
  }

  // --- How it works

  async #ask<T>(question: (postgres: LegacyDatabase) => Promise<T>): Promise<T> {
    try {
      return await withPostgres(this.#party.env, question);
    } catch (error) {
      if (error instanceof PartyError) throw error;
      log("warn", "users.postgres_failed", describeError(error));
      throw new PartyError("unavailable", {
        message: "PostgreSQL does not answer",
        retryAfterMs: RETRY_MS,
        cause: error,
      });
    }
  }

  #require(...modes: UsersMode[]): void {
    if (!this.#isBound)
      throw new PartyError("unavailable", { message: "There is no PostgreSQL: USERS_POSTGRES is not bound" });
    if (!modes.includes(this.#mode))
      throw new PartyError("conflict", {
        message: `USERS_MODE is ${this.#mode}, in which the users party hears nothing: set it to dual first`,
      });
  }

  #wake(inMs = 0): void {
    this.#party.once(JOB, { inMs });
  }

  get #db(): Store["db"] {
    return this.#party.store().db;
  }
  get #now(): number {
    return this.#party.store().now;
  }
  get #beginsAnew(): boolean {
    const { state } = readCopy(this.#db);
    return state === "new" || state === "done";
  }
  get #hasChanges(): boolean {
    return countChanges(this.#db) > 0;
  }
  get #isBound(): boolean {
    return hasPostgres(this.#party.env);
  }
  get #mode(): UsersMode {
    return modeIn(this.#party.env);
  }
  get #terms(): Terms {
    return {
      winner: this.#mode === "party" ? "party" : "postgres",
      provider: defaultProviderIn(this.#party.env),
    };
  }
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
