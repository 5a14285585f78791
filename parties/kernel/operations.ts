/** How many answers are kept. At 5 frames a second from every one of 10 people this is minutes; from people it is days. */
const MAX_OPERATIONS = 10_000;
const PRUNE_STEP = 100;

/** Remembers the answer to each operation, so that repeating its id repeats the answer and not the effect. */
export class Operations {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Runs `effect` once for each (actor, id). Must be called inside a transaction, so that the effect and the memory
   * of it stand or fall together.
   */
  once<T>(actor: string, id: string, effect: () => T): T {
    const known = this.#sql
      .exec<{ result: string | null }>("SELECT result FROM k_operations WHERE actor = ? AND id = ?", actor, id)
      .toArray()[0];
    if (known !== undefined) return (known.result === null ? undefined : JSON.parse(known.result)) as T;
    const result = effect();
    const { n } = this.#sql
      .exec<{ n: number }>(
        "INSERT INTO k_operations (actor, id, result) VALUES (?, ?, ?) RETURNING n",
        actor,
        id,
        result === undefined ? null : JSON.stringify(result),
      )
      .one();
    if (n % PRUNE_STEP === 0) this.#sql.exec("DELETE FROM k_operations WHERE n <= ?", n - MAX_OPERATIONS);
    return result;
  }
}
