import { and, eq, isNull, lt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { auditLog } from "../../schema/d1.ts";
import type { AuditKind } from "../../schema/http/audit.ts";
import type { Statement } from "./couriers.ts";
import type { SendOptions } from "./outbox.ts";
import { newId } from "./runtime.ts";

/** How long a line may wait for company on its way to D1: sign-ins come singly, and people look at once. */
const LINE_WITHIN_MS = 500;
const PRUNE_WITHIN_MS = 60_000;
/** How long lines are kept: long enough to look into what happened, and no longer, for they hold addresses. */
const KEPT_MS = 180 * 24 * 60 * 60_000;

/** One line of the audit log, before it has an id. */
export interface AuditLine {
  /** Null where no account is known: such lines are for operators. */
  userId: string | null;
  kind: AuditKind;
  /** Milliseconds since 1970. */
  at: number;
  sessionId: string | null;
  deviceName: string | null;
  ipAddress: string | null;
  provider: string | null;
  /** Who did it, where it was not the person. */
  actorId?: string | null;
  detail?: string | null;
}

/**
 * The D1 statements that write a line and remove what is too old of the same account, each with how it is to be sent.
 * The line's id makes a repeat harmless.
 */
export function auditStatements(
  database: D1Database,
  { at, ...line }: AuditLine,
): { statement: Statement; options: SendOptions }[] {
  const db = drizzle(database);
  const whose = line.userId === null ? isNull(auditLog.userId) : eq(auditLog.userId, line.userId);
  const write = db
    .insert(auditLog)
    .values({ id: newId("audit"), ...line, createdAt: at })
    .onConflictDoNothing();
  const prune = db.delete(auditLog).where(and(whose, lt(auditLog.createdAt, at - KEPT_MS)));
  return [
    { statement: write.toSQL(), options: { withinMs: LINE_WITHIN_MS } },
    { statement: prune.toSQL(), options: { withinMs: PRUNE_WITHIN_MS, slot: "audit prune" } },
  ];
}
