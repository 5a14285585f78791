import { and, count, eq, lt, ne } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import type { SessionRow } from "./rows.ts";
import { derive, hashOf, matches, newSecret } from "./secrets.ts";
import { retiredSecrets, sessions } from "./tables.ts";

const ACCESS_LIMIT_MS = 15 * 60_000;
/** How long a replaced secret still leads to its successor: an answer may be lost, and tabs refresh at once. */
export const GRACE_MS = 30_000;
/**
 * Replaced secrets that a session remembers, to know a thief by: as many as half an access token's life goes into 30
 * days, so honest use doesn't reach it. None is ever forgotten while its session lives, or a thief could refresh until
 * the owner's secret was.
 */
const MAX_RETIRED = 6_000;
/** Refreshes of one session within the time of grace. */
const MAX_SALTED = 60;

/** What a session's secret is worth: `reused` was replaced too long ago for a retry, so somebody has a copy. */
export type Standing = "current" | "replaced" | "reused" | "unknown";

/** What the holder of a session gets. Only hashes of it are stored. */
export interface Secrets {
  secret: string;
  accessSecret: string;
  /** When the access token ends. */
  accessExpiresAt: number;
}

/** How a shown secret stands to its session. */
export function standingOf(db: DrizzleSqliteDODatabase, row: SessionRow, secret: string, now: number): Standing {
  if (matches(secret, row.secretHash)) return "current";
  const retired = findRetired(db, row.id, secret);
  if (retired === undefined) return "unknown";
  return now - retired.retiredAt <= GRACE_MS ? "replaced" : "reused";
}

/**
 * Why a session may not be refreshed now: `often` within the time of grace, which a walk to the newest secret must stay
 * short for, or `spent`, more often than its whole life asks for.
 */
export function refusalOf(db: DrizzleSqliteDODatabase, { id }: SessionRow): "often" | "spent" | undefined {
  const retired = (salted: boolean) =>
    db
      .select({ n: count() })
      .from(retiredSecrets)
      .where(and(eq(retiredSecrets.sessionId, id), salted ? ne(retiredSecrets.salt, "") : undefined))
      .get()?.n ?? 0;
  if (retired(true) >= MAX_SALTED) return "often";
  return retired(false) >= MAX_RETIRED ? "spent" : undefined;
}

/** Empties the salts that no retry can ask for any more: with one, an old secret and this database would tell the next. */
export function forgetSalts(db: DrizzleSqliteDODatabase, { id }: SessionRow, now: number): void {
  db.update(retiredSecrets)
    .set({ salt: "" })
    .where(
      and(eq(retiredSecrets.sessionId, id), ne(retiredSecrets.salt, ""), lt(retiredSecrets.retiredAt, now - GRACE_MS)),
    )
    .run();
}

/**
 * Replaces a session's current secret and its access token. The successors are derived from the secret itself and a
 * stored salt, so that a retry can be told them again although no secret is stored. The access token before stays good
 * for the time of grace.
 */
export function rotate(db: DrizzleSqliteDODatabase, row: SessionRow, secret: string, now: number): Secrets {
  const salt = newSecret();
  const next = successorOf(secret, salt);
  const accessExpiresAt = accessEnd(row.expiresAt, now);
  db.insert(retiredSecrets).values({ hash: row.secretHash, sessionId: row.id, salt, retiredAt: now }).run();
  db.update(sessions)
    .set({
      secretHash: hashOf(next.secret),
      accessHash: hashOf(next.accessSecret),
      accessExpiresAt,
      previousAccessHash: row.accessHash,
      previousAccessExpiresAt: Math.min(row.accessExpiresAt, now + GRACE_MS),
    })
    .where(eq(sessions.id, row.id))
    .run();
  return { ...next, accessExpiresAt };
}

/** What followed a replaced secret, however often it has been replaced since: the one successor that is live. */
export function successorNow(db: DrizzleSqliteDODatabase, row: SessionRow, replaced: string): Secrets | undefined {
  let shown = replaced;
  for (let step = 0; step < MAX_SALTED; step++) {
    const retired = findRetired(db, row.id, shown);
    if (retired === undefined) return undefined;
    const next = successorOf(shown, retired.salt);
    if (matches(next.secret, row.secretHash)) return { ...next, accessExpiresAt: row.accessExpiresAt };
    shown = next.secret;
  }
  return undefined;
}

/** The same for an access token: the session's own is good, and the one before while it has its grace. */
export function accessStanding(row: SessionRow, secret: string, now: number): "current" | "unknown" {
  if (matches(secret, row.accessHash)) return now < row.accessExpiresAt ? "current" : "unknown";
  const { previousAccessHash: hash, previousAccessExpiresAt: end } = row;
  return hash !== null && end !== null && matches(secret, hash) && now < end ? "current" : "unknown";
}

/** When an access token that is made now ends: not after its session, whose absolute end is `expiresAt`. */
export function accessEnd(expiresAt: number, now: number): number {
  return Math.min(now + ACCESS_LIMIT_MS, expiresAt);
}

/** Whether half of the access token's life is gone, and another would live longer. */
export function needsRefresh({ accessExpiresAt, expiresAt }: SessionRow, now: number): boolean {
  return accessExpiresAt - now <= ACCESS_LIMIT_MS / 2 && accessExpiresAt < expiresAt;
}

function successorOf(secret: string, salt: string): Pick<Secrets, "secret" | "accessSecret"> {
  return { secret: derive(secret, salt, "session"), accessSecret: derive(secret, salt, "access") };
}

function findRetired(db: DrizzleSqliteDODatabase, sessionId: string, secret: string) {
  return db
    .select()
    .from(retiredSecrets)
    .where(and(eq(retiredSecrets.hash, hashOf(secret)), eq(retiredSecrets.sessionId, sessionId)))
    .get();
}
