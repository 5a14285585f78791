import type { Runtime } from "./runtime.ts";
import { type Scheduler, TryAgain } from "./scheduler.ts";
import { withTimeout } from "./with-timeout.ts";
import { describeError, log } from "./log.ts";

/** One row that waits for delivery. */
export interface OutboxRow {
  id: number;
  body: unknown;
}

/**
 * What became of a batch, from its start. Couriers stop at the first row that did not arrive: what a row is repeated
 * for must still be true of those behind it.
 */
export interface Delivery {
  /** The last row that is done with: up to here all have arrived, but for the poison. 0 when none is. */
  upTo: number;
  /** The last of those, when it can never be delivered. */
  poison?: RowFault;
  /** The row after those, when its receiver failed on it. */
  failed?: RowFault;
}

export interface RowFault {
  id: number;
  reason: string;
}

/**
 * Carries rows of one lane to their receiver. Rows come in order and the same batch comes again, unchanged, until a
 * delivery was confirmed; the receiver must apply each row once.
 * @throws anything when it is not known what became of the batch, or when the receiver is away.
 */
export type Courier = (lane: string, rows: readonly OutboxRow[]) => Promise<Delivery>;

/** Rows in one batch. */
const MAX_BATCH_ROWS = 200;
/** Bytes of bodies in one batch, far below what D1 and RPC take. */
const MAX_BATCH_BYTES = 512 * 1024;
/** A receiver that has not answered in this time is taken to be away; if it did apply the batch, it will say so at the next try. */
const DELIVERY_TIMEOUT_MS = 10_000;
/** A row that its receiver fails on this often is taken for poison, so that it does not block those behind it. */
const ATTEMPTS_BEFORE_DEAD = 8;

export interface DeadLetter {
  id: number;
  lane: string;
  body: unknown;
  reason: string | null;
}

export interface SendOptions {
  /** The longest this effect may wait for company, in milliseconds. 0 leaves at once. */
  withinMs?: number;
  /** A later row of the same slot takes the place of one that has not left yet: only the last value counts. */
  slot?: string;
}

/**
 * Effects outside the party, written in the same transaction as the change that causes them and delivered later, in
 * order, once. Exactly once is made of two halves: this side repeats a batch unchanged until it is confirmed (its end
 * is stored in `k_flights` before it leaves), the receiver refuses what it has already applied.
 */
export class Outbox {
  readonly #storage: DurableObjectStorage;
  readonly #scheduler: Scheduler;
  readonly #runtime: () => Runtime;
  readonly #courier: Courier;
  readonly #address: string;

  constructor(
    storage: DurableObjectStorage,
    scheduler: Scheduler,
    address: string,
    runtime: () => Runtime,
    courier: Courier,
  ) {
    this.#storage = storage;
    this.#scheduler = scheduler;
    this.#address = address;
    this.#runtime = runtime;
    this.#courier = courier;
  }

  /** Writes a row. Call it inside the transaction of the change. */
  send(lane: string, body: unknown, options: SendOptions = {}): void {
    const dueAt = this.#runtime().now() + (options.withinMs ?? 0);
    const json = JSON.stringify(body);
    const leavesAt = options.slot === undefined ? undefined : this.#replace(lane, options.slot, json, dueAt);
    // What leaves when the row before it would have left has that one's job.
    if (leavesAt !== undefined && leavesAt < dueAt) return;
    if (leavesAt === undefined) {
      this.#storage.sql.exec(
        "INSERT INTO k_outbox (lane, slot, body, due_at) VALUES (?, ?, ?, ?)",
        lane,
        options.slot ?? null,
        json,
        dueAt,
      );
    }
    this.#scheduler.once("outbox", { at: dueAt }, { id: `outbox ${lane}`, input: { lane } });
  }

  /**
   * Gives the row that waits in a slot a new body and the place behind all others. What is in flight may have arrived:
   * it stays. Answers when the row will leave, or undefined when none waits.
   */
  #replace(lane: string, slot: string, body: string, dueAt: number): number | undefined {
    const [row] = this.#storage.sql
      .exec<{ due_at: number }>(
        `UPDATE k_outbox SET body = ?3, due_at = min(due_at, ?4), id = 1 + max(
           (SELECT max(id) FROM k_outbox), (SELECT seq FROM sqlite_sequence WHERE name = 'k_outbox'))
         WHERE lane = ?1 AND slot = ?2 AND dead = 0
           AND id > coalesce((SELECT up_to FROM k_flights WHERE lane = ?1), 0) RETURNING due_at`,
        lane,
        slot,
        body,
        dueAt,
      )
      .toArray();
    return row?.due_at;
  }

  /** Delivers all that waits in one lane, due or not: once a batch leaves, company costs nothing. */
  async deliver(lane: string): Promise<void> {
    for (;;) {
      const rows = this.#batch(lane);
      if (rows.length === 0) break;
      await this.#fly(lane, rows);
    }
  }

  /** Makes all that waits due now, lanes that wait for their receiver to come back included. */
  hurry(): void {
    const lanes = this.#storage.sql
      .exec<{ lane: string }>("SELECT DISTINCT lane FROM k_outbox WHERE dead = 0")
      .toArray();
    for (const { lane } of lanes) {
      const id = `outbox ${lane}`;
      this.#scheduler.once("outbox", { inMs: 0 }, { id, input: { lane } });
      this.#scheduler.retry(id);
    }
  }

  pending(): { lane: string; rows: number; oldestDueAt: number }[] {
    return this.#storage.sql
      .exec<{ lane: string; rows: number; oldestDueAt: number }>(
        "SELECT lane, count(*) AS rows, min(due_at) AS oldestDueAt FROM k_outbox WHERE dead = 0 GROUP BY lane ORDER BY lane",
      )
      .toArray();
  }

  /** Slots of one lane whose last value has yet to arrive. */
  slots(lane: string): Set<string> {
    const rows = this.#storage.sql
      .exec<{ slot: string }>("SELECT slot FROM k_outbox WHERE lane = ? AND slot IS NOT NULL AND dead = 0", lane)
      .toArray();
    return new Set(rows.map(({ slot }) => slot));
  }

  deadLetters(): DeadLetter[] {
    return this.#storage.sql
      .exec<{ id: number; lane: string; body: string; last_error: string | null }>(
        "SELECT id, lane, body, last_error FROM k_outbox WHERE dead = 1 ORDER BY id LIMIT 100",
      )
      .toArray()
      .map((row) => ({ id: row.id, lane: row.lane, body: JSON.parse(row.body) as unknown, reason: row.last_error }));
  }

  #flight(lane: string): number | undefined {
    return this.#storage.sql.exec<{ up_to: number }>("SELECT up_to FROM k_flights WHERE lane = ?", lane).toArray()[0]
      ?.up_to;
  }

  /** The batch in flight, else the next one. Its end is stored before it is answered. */
  #batch(lane: string): OutboxRow[] {
    const { sql } = this.#storage;
    const upTo = this.#flight(lane);
    const found = sql
      .exec<{ id: number; body: string }>(
        "SELECT id, body FROM k_outbox WHERE lane = ? AND dead = 0 AND id <= ? ORDER BY id LIMIT ?",
        lane,
        upTo ?? Number.MAX_SAFE_INTEGER,
        MAX_BATCH_ROWS,
      )
      .toArray();
    const rows: OutboxRow[] = [];
    let bytes = 0;
    for (const row of found) {
      bytes += row.body.length;
      if (upTo === undefined && rows.length > 0 && bytes > MAX_BATCH_BYTES) break;
      rows.push({ id: row.id, body: JSON.parse(row.body) as unknown });
    }
    const last = rows.at(-1);
    if (upTo === undefined) {
      if (last === undefined) return rows;
      sql.exec("INSERT INTO k_flights (lane, up_to) VALUES (?, ?)", lane, last.id);
      // SQLite does not know of ids that `#replace` has given. Its receivers refuse one that comes a second time.
      sql.exec("UPDATE sqlite_sequence SET seq = ?1 WHERE name = 'k_outbox' AND seq < ?1", last.id);
    } else if (last === undefined) {
      // All of that flight has landed or died.
      sql.exec("DELETE FROM k_flights WHERE lane = ?", lane);
      return this.#batch(lane);
    }
    return rows;
  }

  async #fly(lane: string, rows: readonly OutboxRow[]): Promise<void> {
    let delivery: Delivery;
    try {
      delivery = await withTimeout(this.#courier(lane, rows), DELIVERY_TIMEOUT_MS);
    } catch (error) {
      // The rows stay, the flight stays: the same batch goes again. Never parked, for nothing here is wrong.
      throw new TryAgain(describeError(error).error, { cause: error });
    }
    const blocked = this.#storage.transactionSync(() => this.#settle(lane, delivery));
    if (blocked !== undefined) throw new TryAgain(blocked.reason);
  }

  /** Writes down what became of a batch. Answers the row that those behind it still have to wait for. */
  #settle(lane: string, { upTo, poison, failed }: Delivery): RowFault | undefined {
    const { sql } = this.#storage;
    if (poison !== undefined) this.#bury(lane, poison);
    // The end of the flight stays until nothing of it is left, see `#batch`.
    sql.exec("DELETE FROM k_outbox WHERE lane = ? AND dead = 0 AND id <= ?", lane, upTo);
    if (failed === undefined) return undefined;
    const { attempts } = sql
      .exec<{ attempts: number }>(
        "UPDATE k_outbox SET attempts = attempts + 1 WHERE id = ? RETURNING attempts",
        failed.id,
      )
      .one();
    if (attempts < ATTEMPTS_BEFORE_DEAD) return failed;
    this.#bury(lane, failed);
    return undefined;
  }

  #bury(lane: string, { id, reason }: RowFault): void {
    log("error", "outbox.dead_letter", { party: this.#address, lane, row: id, reason });
    this.#storage.sql.exec("UPDATE k_outbox SET dead = 1, last_error = ? WHERE id = ?", reason.slice(0, 500), id);
  }
}
