import { and, desc, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../parties/kernel/index.ts";
import { auditLog } from "../../schema/d1.ts";
import type { AuditEntry, AuditList } from "../../schema/http/audit.ts";

/** When it happened, and the line's id. */
const keySchema = z.tuple([z.number().int(), z.string()]);

/**
 * A page of one person's own lines of the audit log, newest first, by keyset.
 * @throws PartyError `bad_request` for a cursor of another list.
 */
export async function auditOf(
  database: D1Database,
  { userId, cursor, limit }: { userId: string; cursor: string | undefined; limit: number },
): Promise<AuditList> {
  const list = `audit ${userId}`;
  const from = cursor === undefined ? undefined : decodeCursor(list, cursor, keySchema);
  const rows = await drizzle(database)
    .select()
    .from(auditLog)
    .where(
      and(eq(auditLog.userId, userId), from && sql`(${auditLog.createdAt}, ${auditLog.id}) < (${from[0]}, ${from[1]})`),
    )
    .orderBy(desc(auditLog.createdAt), desc(auditLog.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    entries: page.map(toEntry),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(list, [last.createdAt, last.id]) : null,
  };
}

function toEntry(row: typeof auditLog.$inferSelect): AuditEntry {
  const { createdAt, userId: _, ...entry } = row;
  return { ...entry, at: new Date(createdAt).toISOString() };
}
