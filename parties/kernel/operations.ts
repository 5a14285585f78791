/** How many answers are kept. At 5 frames a second from every one of 10 people this is minutes; from people it is days. */
const MAX_OPERATIONS = 10_000;
/** All answers together, in UTF-16 units: large ones push the oldest out sooner. */
const MAX_OPERATIONS_LENGTH = 4 * 1024 * 1024;
const PRUNE_STEP = 100;

/** What makes an operation the same as an earlier one: who asked, what for, and the id they gave it. */
export interface Operation {
  actor: string;
  /** The frame's type, or what a method does. An id that was given to another kind of operation is no repeat. */
  kind: string;
  id: string;
}

/** Remembers the answer to each operation, so that repeating its id repeats the answer and not the effect. */
export class Operations {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Runs `effect` once for each operation. Must be called inside a transaction, so that the effect and the memory of it
   * stand or fall together.
   */
  once<T>({ actor, kind, id }: Operation, effect: () => T): T {
    const key = `${kind} ${id}`;
    const known = this.#sql
      .exec<{ result: string | null }>("SELECT result FROM k_operations WHERE actor = ? AND id = ?", actor, key)
      .toArray()[0];
    if (known !== undefined) return (known.result === null ? undefined : JSON.parse(known.result)) as T;
    const result = effect();
    const { n } = this.#sql
      .exec<{ n: number }>(
        "INSERT INTO k_operations (actor, id, result) VALUES (?, ?, ?) RETURNING n",
        actor,
        key,
        result === undefined ? null : JSON.stringify(result),
      )
      .one();
    if (n % PRUNE_STEP === 0) this.#prune(n);
    return result;
  }

  #prune(newest: number): void {
    this.#sql.exec("DELETE FROM k_operations WHERE n <= ?", newest - MAX_OPERATIONS);
    this.#sql.exec(
      `DELETE FROM k_operations WHERE n <= (
         SELECT max(n) FROM (SELECT n, sum(length(result)) OVER (ORDER BY n DESC) AS kept FROM k_operations) WHERE kept > ?
       )`,
      MAX_OPERATIONS_LENGTH,
    );
  }
}
