/**
 * Refuses what was applied before. A sender's rows come in order, so the last id tells all; it is written in the
 * transaction of the effect.
 */
export class Inbox {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  hasSeen(source: string, id: number): boolean {
    const row = this.#sql.exec<{ last: number }>("SELECT last FROM k_inbox WHERE source = ?", source).toArray()[0];
    return row !== undefined && id <= row.last;
  }

  remember(source: string, id: number): void {
    this.#sql.exec(
      "INSERT INTO k_inbox (source, last) VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET last = excluded.last",
      source,
      id,
    );
  }
}
