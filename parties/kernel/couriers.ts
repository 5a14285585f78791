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
 * Writes a batch and its mark in one transaction. The mark makes a batch that is already there fail as a whole (see
 * `outboxMarks` in schema/d1.ts), so a batch whose answer was lost is not applied twice.
 */
async function deliverToD1(db: D1Database, source: string, rows: readonly OutboxRow[]): Promise<Delivery> {
  try {
    await writeBatch(db, source, rows);
    return { poison: [] };
  } catch (error) {
    if (isAlreadyThere(error)) return { poison: [] };
    if (!isStatementAtFault(error)) throw error;
    if (rows.length > 1) return await isolate(db, source, rows);
    return { poison: rows.map((row) => ({ id: row.id, reason: describeError(error).error })) };
  }
}

/** One row at a time: the good ones go through, the bad ones are found. */
async function isolate(db: D1Database, source: string, rows: readonly OutboxRow[]): Promise<Delivery> {
  const poison: Delivery["poison"] = [];
  for (const row of rows) poison.push(...(await deliverToD1(db, source, [row])).poison);
  return { poison };
}

async function writeBatch(db: D1Database, source: string, rows: readonly OutboxRow[]): Promise<void> {
  const statements = rows.map((row) => {
    const { sql, params } = statementSchema.parse(row.body);
    return db.prepare(sql).bind(...params);
  });
  const mark = db
    .prepare(
      `INSERT INTO outbox_marks (source, batch, fresh) VALUES (?1, ?2, 1)
       ON CONFLICT (source) DO UPDATE SET fresh = excluded.batch > outbox_marks.batch, batch = excluded.batch`,
    )
    .bind(source, rows.at(-1)?.id ?? 0);
  await db.batch([mark, ...statements]);
}

function isAlreadyThere(error: unknown): boolean {
  return describeError(error).error.includes("outbox_mark_is_fresh");
}

/** SQLite's own refusals stay refusals; everything else (network, overload, restart) passes. */
function isStatementAtFault(error: unknown): boolean {
  return (
    error instanceof z.ZodError ||
    /SQLITE_(?:CONSTRAINT|ERROR|MISMATCH|RANGE|TOOBIG)|constraint failed|no such (?:table|column)|syntax error|too many SQL variables|statement too long/i.test(
      describeError(error).error,
    )
  );
}

async function deliverToParty(env: PartyEnv, source: string, party: string, name: string, rows: readonly OutboxRow[]): Promise<Delivery> {
  const namespace = namespaceOf(env, party);
  const replies = await namespace.get(namespace.idFromName(name)).deliver(
    source,
    rows.map((row) => {
      const { method, input } = callSchema.parse(row.body);
      return { id: row.id, method, input: JSON.stringify(input ?? {}) };
    }),
  );
  const stopped = replies.find((reply) => reply.outcome === "failed");
  return {
    poison: replies.filter((reply) => reply.outcome === "poison").map(({ id, reason }) => ({ id, reason: reason ?? "refused" })),
    ...(stopped !== undefined && { stopped: { id: stopped.id, reason: stopped.reason ?? "failed" } }),
  };
}

/** A message carries `key`, which stays the same over every repeat: the consumer deduplicates by it. */
async function deliverToQueue(env: PartyEnv, source: string, binding: string, rows: readonly OutboxRow[]): Promise<Delivery> {
  const queue = env[binding] as Queue | undefined;
  if (queue === undefined) throw new Error(`There is no queue binding named ${binding}`);
  // Queues take at most 100 messages a batch.
  for (let start = 0; start < rows.length; start += 100) {
    await queue.sendBatch(rows.slice(start, start + 100).map((row) => ({ body: { key: `${source}#${row.id}`, payload: row.body } })));
  }
  return { poison: [] };
}
