import { z } from "zod";
import { describeError } from "./log.ts";
import { namespaceOf, type PartyEnv } from "./naming.ts";
import type { Courier, Delivery, OutboxRow } from "./outbox.ts";

/** A D1 statement with its bound values, as drizzle's `toSQL()` answers it. */
export interface Statement {
  sql: string;
  params: unknown[];
}

const statementSchema = z.object({
  sql: z.string(),
  params: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
const callSchema = z.object({ method: z.string(), input: z.unknown() });

/** Lanes: one receiver each. */
export const D1_LANE = "d1";
export const partyLane = (party: string, name: string): string => `party ${party} ${name}`;
export const queueLane = (binding: string): string => `queue ${binding}`;

/** The courier of a party: picks the way by the lane's first word. */
export function courierOf(env: PartyEnv, source: string): Courier {
  return async (lane, rows) => {
    const [kind, ...rest] = lane.split(" ");
    switch (kind) {
      case "d1":
        return await deliverToD1(env.DB, source, rows);
      case "party":
        return await deliverToParty(env, source, rest[0] ?? "", rest[1] ?? "", rows);
      case "queue":
        return await deliverToQueue(env, source, rest[0] ?? "", rows);
      default:
        throw new Error(`There is no way to the lane "${lane}"`);
    }
  };
}

/**
 * Writes a batch and its mark in one transaction. The mark makes a batch whose start is already there fail as a whole
 * (see `outboxMarks` in schema/d1.ts), so a batch whose answer was lost is not applied twice.
 */
async function deliverToD1(db: D1Database, source: string, rows: readonly OutboxRow[]): Promise<Delivery> {
  try {
    await writeBatch(db, source, rows);
    return { upTo: lastOf(rows) };
  } catch (error) {
    if (isAlreadyThere(error)) return await deliverRest(db, source, rows);
    if (!isStatementAtFault(error) && !isSchemaBehind(error)) throw error;
    return await deliverSingly(db, source, rows);
  }
}

/** What is behind the mark: part of a batch is there when some of its rows once went singly. */
async function deliverRest(db: D1Database, source: string, rows: readonly OutboxRow[]): Promise<Delivery> {
  const mark = await db.prepare("SELECT batch FROM outbox_marks WHERE source = ?").bind(source).first<number>("batch");
  const rest = rows.filter((row) => row.id > (mark ?? 0));
  return rest.length === 0 ? { upTo: lastOf(rows) } : await deliverToD1(db, source, rest);
}

/** One row at a time, up to the one that is at fault. */
async function deliverSingly(db: D1Database, source: string, rows: readonly OutboxRow[]): Promise<Delivery> {
  let upTo = 0;
  for (const row of rows) {
    try {
      await writeBatch(db, source, [row]);
    } catch (error) {
      const fault = { id: row.id, reason: describeError(error).error };
      if (isSchemaBehind(error)) return { upTo, failed: fault };
      if (isStatementAtFault(error)) return { upTo: row.id, poison: fault };
      if (!isAlreadyThere(error)) throw error;
    }
    upTo = row.id;
  }
  return { upTo };
}

function lastOf(rows: readonly OutboxRow[]): number {
  return rows.at(-1)?.id ?? 0;
}

async function writeBatch(db: D1Database, source: string, rows: readonly OutboxRow[]): Promise<void> {
  const statements = rows.map((row) => {
    const { sql, params } = statementSchema.parse(row.body);
    return db.prepare(sql).bind(...params);
  });
  const mark = db
    .prepare(
      `INSERT INTO outbox_marks (source, batch, fresh) VALUES (?1, ?3, 1)
       ON CONFLICT (source) DO UPDATE SET fresh = ?2 > outbox_marks.batch, batch = excluded.batch`,
    )
    .bind(source, rows[0]?.id ?? 0, lastOf(rows));
  await db.batch([mark, ...statements]);
}

function isAlreadyThere(error: unknown): boolean {
  return describeError(error).error.includes("outbox_mark_is_fresh");
}

/** SQLite's own refusals stay refusals; everything else (network, overload, restart) passes. */
function isStatementAtFault(error: unknown): boolean {
  return (
    error instanceof z.ZodError ||
    /SQLITE_(?:CONSTRAINT|ERROR|MISMATCH|RANGE|TOOBIG)|constraint failed|syntax error|too many SQL variables|statement too long|number of parameter bindings|D1_TYPE_ERROR/i.test(
      describeError(error).error,
    )
  );
}

/** The database has not been migrated yet, or the statement names what will never be: time tells which. */
function isSchemaBehind(error: unknown): boolean {
  return /no such (?:table|column)|has no column/i.test(describeError(error).error);
}

async function deliverToParty(
  env: PartyEnv,
  source: string,
  party: string,
  name: string,
  rows: readonly OutboxRow[],
): Promise<Delivery> {
  const namespace = namespaceOf(env, party);
  const replies = await namespace.get(namespace.idFromName(name)).deliver(
    source,
    rows.map((row) => {
      const { method, input } = callSchema.parse(row.body);
      return { id: row.id, method, input: JSON.stringify(input ?? {}) };
    }),
  );
  const done = replies.filter((reply) => reply.outcome === "applied" || reply.outcome === "poison").at(-1);
  const last = replies.at(-1);
  const fault = { id: last?.id ?? 0, reason: last?.reason ?? "no reason given" };
  // Busy from the start: nothing to write down.
  if (done === undefined && last?.outcome !== "failed") throw new Error(fault.reason);
  return {
    upTo: done?.id ?? 0,
    ...(last?.outcome === "poison" && { poison: fault }),
    ...(last?.outcome === "failed" && { failed: fault }),
  };
}

/** A message carries `key`, which stays the same over every repeat: the consumer deduplicates by it. */
async function deliverToQueue(
  env: PartyEnv,
  source: string,
  binding: string,
  rows: readonly OutboxRow[],
): Promise<Delivery> {
  const queue = env[binding] as Queue | undefined;
  if (queue === undefined) throw new Error(`There is no queue binding named ${binding}`);
  // Queues take at most 100 messages a batch.
  for (let start = 0; start < rows.length; start += 100) {
    await queue.sendBatch(
      rows.slice(start, start + 100).map((row) => ({ body: { key: `${source}#${row.id}`, payload: row.body } })),
    );
  }
  return { upTo: lastOf(rows) };
}
