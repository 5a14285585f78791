import { PartyError, parse } from "../../schema/errors.ts";
import { describeError, log } from "./log.ts";
import { nextDeadline, type Recurrence, recurrenceSchema } from "./recurrence.ts";
import type { Runtime } from "./runtime.ts";
import type { Jobs } from "./spec.ts";
import { withTimeout } from "./with-timeout.ts";

/** While jobs run, the alarm already stands this far ahead: whatever kills the run, the jobs come round again. */
const WATCHDOG_MS = 30_000;
/** An alarm that is later than this is taken for lost. Under load it may be late without that. */
const LOST_AFTER_MS = 10_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 5 * 60_000;
/** A job is parked after this many failures in a row, a bit over half an hour after the first. */
export const ATTEMPTS_BEFORE_PARKING = 15;
/** A job that takes longer has failed: one that never ends would hold up all others. */
const JOB_TIMEOUT_MS = 60_000;
/** How many due jobs run side by side. */
const JOBS_AT_ONCE = 50;
/** A job that makes itself due again at once must not keep one alarm running for ever: so often it runs in one. */
const MAX_ROUNDS = 20;

export interface JobInfo {
  id: string;
  name: string;
  dueAt: number;
  attempts: number;
  parked: boolean;
  lastError: string | null;
}

interface JobRow extends Record<string, SqlStorageValue> {
  id: string;
  name: string;
  input: string | null;
  recurrence: string | null;
  due_at: number;
  attempts: number;
  parked: number;
  last_error: string | null;
  version: number;
}

/** When a job is due: an absolute time or a delay, both in milliseconds. */
export type Due = { at: number } | { inMs: number };

export interface JobOptions {
  /** Tells jobs of one name apart. Defaults to the name. */
  id?: string;
  input?: unknown;
}

/** A job that must never be parked, whatever its failures, throws this: the receiver is away and will be back. */
export class TryAgain extends Error {
  override readonly name = "TryAgain";
}

/**
 * Many named, durable jobs over the one alarm that the platform gives an object. At least once: a job's row goes
 * only after its handler has ended well.
 */
export class Scheduler {
  readonly #storage: DurableObjectStorage;
  readonly #runtime: () => Runtime;
  readonly #jobs: () => Jobs;
  readonly #address: string;
  #run: Promise<void> | undefined;
  /** Jobs that are running, and whether each was registered again meanwhile. */
  readonly #active = new Map<string, { again: boolean }>();
  /** The same jobs, as promises that never reject. */
  readonly #running = new Set<Promise<void>>();
  /** How often each job has run in the run that is under way. */
  readonly #rounds = new Map<string, number>();
  /** When the alarm will ring, as far as this instance knows. */
  #armedFor: number | undefined;
  /** Whether the earliest deadline may be another one than the alarm stands for. */
  #hasMoved = true;

  constructor(storage: DurableObjectStorage, address: string, runtime: () => Runtime, jobs: () => Jobs) {
    this.#storage = storage;
    this.#address = address;
    this.#runtime = runtime;
    this.#jobs = jobs;
  }

  /**
   * Registers a job that runs once. Registering the same id again keeps the earlier deadline and the newer input; a
   * job that is being retried keeps its backoff.
   */
  once(name: string, due: Due, options: JobOptions = {}): void {
    const id = options.id ?? name;
    const dueAt = "at" in due ? due.at : this.#runtime().now() + due.inMs;
    // The deadline of a run that is under way has been met: it says nothing about the next one.
    const active = this.#active.get(id);
    const met = active !== undefined && !active.again;
    if (active !== undefined) active.again = true;
    this.#move(
      // While it runs, the version tells that it was registered again; else what changes nothing writes nothing.
      `INSERT INTO k_jobs (id, name, input, due_at) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (id) DO UPDATE SET
         due_at = CASE WHEN ?5 THEN excluded.due_at WHEN attempts = 0 THEN min(due_at, excluded.due_at) ELSE due_at END,
         input = excluded.input, version = version + 1
       WHERE ?6 OR input IS NOT excluded.input OR (attempts = 0 AND excluded.due_at < due_at)`,
      id,
      name,
      toJson(options.input),
      dueAt,
      met ? 1 : 0,
      active === undefined ? 0 : 1,
    );
  }

  /** Registers a job that runs every so many milliseconds from now on. Registering it again keeps its deadlines. */
  every(name: string, interval: { ms: number }, options: JobOptions = {}): void {
    const known = this.#recurrenceOf(options.id ?? name);
    if (known?.kind === "every" && known.everyMs === interval.ms)
      return this.#refresh(options.id ?? name, options.input);
    this.#recur(name, { kind: "every", everyMs: interval.ms, anchor: this.#runtime().now() }, options);
  }

  /** Registers a job that runs at the times of a five-field cron pattern in an IANA zone. Again: as for `every`. */
  cron(name: string, at: { pattern: string; zone: string }, options: JobOptions = {}): void {
    const known = this.#recurrenceOf(options.id ?? name);
    if (known?.kind === "cron" && known.pattern === at.pattern && known.zone === at.zone) {
      return this.#refresh(options.id ?? name, options.input);
    }
    this.#recur(name, { kind: "cron", ...at }, options);
  }

  cancel(id: string): void {
    this.#move("DELETE FROM k_jobs WHERE id = ?", id);
  }

  list(): JobInfo[] {
    return this.#storage.sql
      .exec<JobRow>("SELECT * FROM k_jobs ORDER BY due_at, id")
      .toArray()
      .map((row) => ({
        id: row.id,
        name: row.name,
        dueAt: row.due_at,
        attempts: row.attempts,
        parked: row.parked === 1,
        lastError: row.last_error,
      }));
  }

  /**
   * Makes a parked or waiting job due now, with its failures forgotten.
   * @throws PartyError `not_found`
   */
  retry(id: string): void {
    const isThere = this.#move(
      "UPDATE k_jobs SET parked = 0, attempts = 0, due_at = ?, version = version + 1 WHERE id = ?",
      this.#runtime().now(),
      id,
    );
    if (!isThere) throw new PartyError("not_found", { message: `There is no job ${id}` });
  }

  /** Sets the alarm to the earliest deadline. Called after every transaction; writes only when that deadline moved. */
  arm(): void {
    if (this.#run !== undefined) {
      // What has become due joins in: it need not wait for a job that waits for somebody who is away.
      queueMicrotask(() => this.#startDue());
      return;
    }
    // An alarm that should have rung long ago may be lost: the platform drops one whose handler failed seven times.
    const now = this.#runtime().now();
    const isLost = this.#armedFor !== undefined && this.#armedFor < now - LOST_AFTER_MS;
    if (!this.#hasMoved && !isLost) return;
    this.#hasMoved = false;
    const earliest = this.#earliest();
    if (earliest === undefined || (earliest === this.#armedFor && !isLost)) return;
    this.#armedFor = isLost ? now : earliest;
    // Not awaited: the write joins those of this turn, and the output gate holds every answer until all are durable.
    void this.#storage.setAlarm(this.#armedFor);
  }

  /**
   * Sets the alarm again if it was lost: the platform drops one whose handler failed seven times, which happens when
   * the object could not even start.
   */
  async rearm(): Promise<void> {
    if (this.hasWork && (await this.#storage.getAlarm()) === null) this.arm();
  }

  /** Runs every due job. Never throws for a job's failure; each is retried by its own clock. */
  async run(): Promise<void> {
    // A second caller waits for the run that is under way, then makes sure that nothing of its own was missed.
    while (this.#run !== undefined) await this.#run;
    if (this.#due().length === 0) {
      this.#disarmed();
      this.arm();
      return;
    }
    this.#run = this.#runDue();
    try {
      await this.#run;
    } finally {
      this.#run = undefined;
    }
    this.#disarmed();
    if (this.hasWork) this.arm();
    else await this.#storage.deleteAlarm();
  }

  async #runDue(): Promise<void> {
    await this.#storage.setAlarm(this.#runtime().now() + WATCHDOG_MS);
    this.#rounds.clear();
    this.#startDue();
    while (this.#running.size > 0) {
      await Promise.race(this.#running);
      this.#startDue();
    }
  }

  #startDue(): void {
    if (this.#run === undefined) return;
    for (const row of this.#due()) {
      const rounds = this.#rounds.get(row.id) ?? 0;
      if (this.#active.has(row.id) || rounds >= MAX_ROUNDS || this.#active.size >= JOBS_AT_ONCE) continue;
      this.#rounds.set(row.id, rounds + 1);
      const running = this.#runOne(row).finally(() => this.#running.delete(running));
      this.#running.add(running);
    }
  }

  /** Whatever the alarm stood for, it has rung, or has been set for something else. */
  #disarmed(): void {
    this.#armedFor = undefined;
    this.#hasMoved = true;
  }

  /** Writes what may move a deadline. Answers whether anything was written. */
  #move(statement: string, ...values: SqlStorageValue[]): boolean {
    const hasWritten = this.#storage.sql.exec(statement, ...values).rowsWritten > 0;
    this.#hasMoved ||= hasWritten;
    return hasWritten;
  }

  /** Whether any job waits. */
  get hasWork(): boolean {
    return this.#earliest() !== undefined;
  }

  #earliest(): number | undefined {
    return (
      this.#storage.sql.exec<{ due: number | null }>("SELECT min(due_at) AS due FROM k_jobs WHERE parked = 0").one()
        .due ?? undefined
    );
  }

  #due(): JobRow[] {
    return this.#storage.sql
      .exec<JobRow>(
        "SELECT * FROM k_jobs WHERE parked = 0 AND due_at <= ? ORDER BY due_at, id LIMIT ?",
        this.#runtime().now(),
        JOBS_AT_ONCE,
      )
      .toArray();
  }

  #recurrenceOf(id: string): Recurrence | undefined {
    const row = this.#storage.sql
      .exec<{ recurrence: string | null }>("SELECT recurrence FROM k_jobs WHERE id = ?", id)
      .toArray()[0];
    return row?.recurrence == null ? undefined : recurrenceSchema.parse(JSON.parse(row.recurrence));
  }

  /** A known recurring job, registered again: only its input may have changed. */
  #refresh(id: string, input: unknown): void {
    const json = toJson(input);
    this.#storage.sql.exec("UPDATE k_jobs SET input = ? WHERE id = ? AND input IS NOT ?", json, id, json);
  }

  #recur(name: string, recurrence: Recurrence, options: JobOptions): void {
    const active = this.#active.get(options.id ?? name);
    if (active !== undefined) active.again = true;
    this.#move(
      `INSERT INTO k_jobs (id, name, input, recurrence, due_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         name = excluded.name, input = excluded.input, recurrence = excluded.recurrence, due_at = excluded.due_at,
         attempts = 0, parked = 0, version = version + 1`,
      options.id ?? name,
      name,
      toJson(options.input),
      JSON.stringify(recurrence),
      nextDeadline(recurrence, this.#runtime().now()),
    );
  }

  async #runOne(row: JobRow): Promise<void> {
    this.#active.set(row.id, { again: false });
    try {
      const job = this.#jobs()[row.name];
      if (job === undefined) throw new Error(`No job is named ${row.name}`);
      const input: unknown = row.input === null ? undefined : JSON.parse(row.input);
      // The schema has just vouched for what TypeScript cannot see through a table of handlers.
      await withTimeout(
        Promise.resolve(job.run(parse(job.input, input ?? {}, "bad_request") as never)),
        JOB_TIMEOUT_MS,
      );
      this.#succeeded(row);
    } catch (error) {
      this.#failed(row, error);
    } finally {
      this.#active.delete(row.id);
    }
  }

  #succeeded(row: JobRow): void {
    const { sql } = this.#storage;
    if (row.recurrence !== null && this.#active.get(row.id)?.again !== true) {
      const next = nextDeadline(recurrenceSchema.parse(JSON.parse(row.recurrence)), this.#runtime().now());
      sql.exec(
        "UPDATE k_jobs SET due_at = ?, attempts = 0, last_error = NULL WHERE id = ? AND version = ?",
        next,
        row.id,
        row.version,
      );
      return;
    }
    // Once cancelled, its row's version starts anew: `again` tells what the version cannot.
    if (this.#active.get(row.id)?.again !== true)
      sql.exec("DELETE FROM k_jobs WHERE id = ? AND version = ?", row.id, row.version);
    // Registered again while it ran: a new job with a clean record.
    sql.exec("UPDATE k_jobs SET attempts = 0, last_error = NULL WHERE id = ?", row.id);
  }

  #failed(row: JobRow, error: unknown): void {
    const attempts = row.attempts + 1;
    const parked = attempts >= ATTEMPTS_BEFORE_PARKING && !(error instanceof TryAgain);
    const runtime = this.#runtime();
    log(parked ? "error" : "warn", parked ? "job.parked" : "job.failed", {
      party: this.#address,
      job: row.id,
      attempts,
      ...describeError(error),
    });
    this.#storage.sql.exec(
      "UPDATE k_jobs SET attempts = ?, parked = ?, last_error = ?, due_at = ?, version = version + 1 WHERE id = ?",
      attempts,
      parked ? 1 : 0,
      describeError(error).error.slice(0, 500),
      runtime.now() + retryDelayMs(attempts, runtime.random()),
      row.id,
    );
  }
}

/**
 * Exponential backoff with "equal jitter" (Brooker, "Exponential backoff and jitter", AWS 2015): half of the delay is
 * certain, so that delays still grow, and half is chance, so that many parties do not come back at once.
 */
export function retryDelayMs(attempts: number, random: number): number {
  const ceiling = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempts - 1));
  return Math.ceil(ceiling / 2 + (ceiling / 2) * random);
}

function toJson(input: unknown): string | null {
  return input === undefined ? null : JSON.stringify(input);
}
