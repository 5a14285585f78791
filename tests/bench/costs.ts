/** What Cloudflare bills, counted: requests to parties, rows written in them, and D1 statements. */
export interface Costs {
  requests: number;
  rowsWritten: number;
  d1Reads: number;
  d1Writes: number;
}

const NOTHING: Costs = { requests: 0, rowsWritten: 0, d1Reads: 0, d1Writes: 0 };
let costs = { ...NOTHING };
/** Cursors whose rows are still to be counted: how many a statement has written is known once it has run. */
let cursors: { rowsWritten: number }[] = [];
const MAX_CURSORS = 1_000;

/** Begins to count anew. */
export function resetCosts(): void {
  costs = { ...NOTHING };
  cursors = [];
}

export function costsSoFar(): Costs {
  settle();
  return { ...costs };
}

export function countRequest(): void {
  costs.requests += 1;
}

/** Counts what every party of this process writes from now on. */
export function countRows(storage: DurableObjectStorage): void {
  const prototype = Object.getPrototypeOf(storage.sql) as SqlStorage & { isCounted?: true };
  if (prototype.isCounted) return;
  const real = prototype.exec;
  prototype.isCounted = true;
  prototype.exec = function exec(this: SqlStorage, ...given: Parameters<typeof real>) {
    const cursor = real.apply(this, given);
    if (cursors.length >= MAX_CURSORS) settle();
    cursors.push(cursor);
    return cursor;
  } as typeof real;
}

function settle(): void {
  for (const { rowsWritten } of cursors) costs.rowsWritten += rowsWritten;
  cursors = [];
}

/** The same database, with its statements counted. */
export function counting(db: D1Database): D1Database {
  return new Proxy(db, {
    get(target, key) {
      if (key === "prepare") {
        return (sql: string) => {
          if (/^\s*select\b/i.test(sql)) costs.d1Reads += 1;
          else costs.d1Writes += 1;
          return target.prepare(sql);
        };
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
