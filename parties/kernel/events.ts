/** How many events a log keeps. A socket that missed more gets a snapshot instead. */
export const MAX_LOGGED_EVENTS = 1_000;
/** Text of events, in UTF-16 units, beyond which a snapshot is the cheaper way to catch up. */
const MAX_REPLAYED_LENGTH = 1_000_000;
/** Pruning deletes this many at a time, so that most appends delete nothing. */
const PRUNE_STEP = 100;

export interface LoggedEvent {
  seq: number;
  /** The frame as JSON, `seq` included. */
  json: string;
  /** Who may see it: the name of an audience, or null for everyone. */
  audience: string | null;
}

/** The bounded log of broadcast events, in order of `seq`. */
export class EventLog {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The newest `seq`, 0 when nothing was ever logged. */
  last(): number {
    return this.#sql.exec<{ seq: number | null }>("SELECT max(seq) AS seq FROM k_events").one().seq ?? 0;
  }

  append(event: object, audience: string | null): LoggedEvent {
    const body = JSON.stringify(event);
    const { seq } = this.#sql
      .exec<{ seq: number }>("INSERT INTO k_events (body, audience) VALUES (?, ?) RETURNING seq", body, audience)
      .one();
    if (seq % PRUNE_STEP === 0) this.#sql.exec("DELETE FROM k_events WHERE seq <= ?", seq - MAX_LOGGED_EVENTS);
    return toLogged(seq, body, audience);
  }

  /**
   * What came after `seq`, in order; `undefined` when the log no longer reaches back, or never got that far, or when it
   * is too much to say again.
   */
  since(seq: number): LoggedEvent[] | undefined {
    const last = this.last();
    if (seq > last) return undefined;
    if (seq === last) return [];
    const first = this.#sql.exec<{ seq: number }>("SELECT min(seq) AS seq FROM k_events").one().seq;
    if (seq < first - 1) return undefined;
    const rows = this.#sql.exec<{ seq: number; body: string; audience: string | null }>(
      "SELECT seq, body, audience FROM k_events WHERE seq > ? ORDER BY seq",
      seq,
    );
    const events: LoggedEvent[] = [];
    let length = 0;
    for (const row of rows) {
      length += row.body.length;
      if (length > MAX_REPLAYED_LENGTH) return undefined;
      events.push(toLogged(row.seq, row.body, row.audience));
    }
    return events;
  }

  /**
   * Makes everyone who comes back get a snapshot. A number is skipped, so that no `seq` anyone has seen borders on
   * those to come; the row that holds the place is for no audience.
   */
  forget(): void {
    const next = this.last() + 2;
    this.#sql.exec("DELETE FROM k_events");
    this.#sql.exec("INSERT INTO k_events (seq, body, audience) VALUES (?, '{}', '')", next);
  }

  /** Puts `value` in the place of what events hold as their `field`, wherever that has the same `id`. */
  amend(field: string, value: { id: string }): void {
    const path = `$.${field}`;
    this.#sql.exec(
      "UPDATE k_events SET body = json_set(body, ?, json(?)) WHERE json_extract(body, ?) = ?",
      path,
      JSON.stringify(value),
      `${path}.id`,
      value.id,
    );
  }

  /** First and last `seq` kept, for inspection. */
  range(): { first: number; last: number } {
    const row = this.#sql
      .exec<{ first: number | null; last: number | null }>("SELECT min(seq) AS first, max(seq) AS last FROM k_events")
      .one();
    return { first: row.first ?? 0, last: row.last ?? 0 };
  }
}

function toLogged(seq: number, body: string, audience: string | null): LoggedEvent {
  return { seq, json: `${body.slice(0, -1)},"seq":${seq}}`, audience };
}
