import { createHmac, randomBytes } from "node:crypto";
import { and, asc, count, eq, gt } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import type { Difference } from "../../../schema/http/migrations.ts";
import { findIdentity } from "../identities.ts";
import type { Store } from "../store.ts";
import { identities, legacyDifferences } from "../tables.ts";
import { identityOf, LEGACY_PROVIDER, mirrorOf } from "./identity.ts";
import { type Kept, keptOf, type LegacyRow } from "./kept.ts";
import type { LegacyDatabase } from "./postgres.ts";
import { readVerification, type Verification, writeVerification } from "./state.ts";

/** Rows that are compared in one step. */
const PAGE = 500;
/** Bytes of a fingerprint's key, and characters that are shown of it. */
const KEY_BYTES = 32;
const SHOWN_LENGTH = 16;

type Found = typeof legacyDifferences.$inferInsert;

/** Begins to compare both sides, and forgets what was found before. */
export function beginVerification({ db, now }: Store): void {
  db.delete(legacyDifferences).run();
  writeVerification(db, {
    stage: "there",
    cursor: null,
    key: randomBytes(KEY_BYTES).toString("hex"),
    there: 0,
    here: 0,
    leftOut: 0,
    startedAt: now,
    finishedAt: null,
  });
}

export interface Verifying {
  store(): Store;
  transact(work: () => void): void;
  provider: string;
}

/**
 * Compares a page, after what was on its way has arrived.
 * @returns whether there is more to do
 */
export async function verifyStep(postgres: LegacyDatabase, party: Verifying): Promise<boolean> {
  const { db } = party.store();
  const verification = readVerification(db);
  if (verification === undefined || verification.stage === "done") return false;
  const step = await STEPS[verification.stage](postgres, party, verification);
  party.transact(() => {
    const { stage, startedAt } = readVerification(party.store().db) ?? verification;
    // Begun anew meanwhile.
    if (stage !== verification.stage || startedAt !== verification.startedAt) return;
    for (const legacyId of step.settled ?? [])
      db.delete(legacyDifferences).where(eq(legacyDifferences.legacyId, legacyId)).run();
    for (const found of step.found)
      db.insert(legacyDifferences)
        .values(found)
        .onConflictDoUpdate({ target: legacyDifferences.legacyId, set: found })
        .run();
    writeVerification(db, { ...verification, ...step.progress });
  });
  return true;
}

interface Step {
  found: Found[];
  /** Rows that no longer differ. */
  settled?: string[];
  progress: Partial<Verification>;
}
type Stage = (postgres: LegacyDatabase, party: Verifying, verification: Verification) => Promise<Step>;

const STEPS: Record<Exclude<Verification["stage"], "done">, Stage> = {
  there: async (postgres, { store, provider }, verification) => {
    const rows = await postgres.pageAfter(verification.cursor, PAGE);
    const fit = rows.filter(({ id }) => identityOf(id, provider) !== undefined);
    const counts = {
      there: verification.there + rows.length,
      leftOut: verification.leftOut + rows.length - fit.length,
    };
    const found = fit.flatMap((row) => differenceOf(store(), row.id, row, verification.key) ?? []);
    const last = rows.at(-1);
    if (last === undefined) return { found, progress: { ...counts, stage: "here", cursor: null } };
    return { found, progress: { ...counts, cursor: last.id } };
  },
  here: async (postgres, { store }, verification) => {
    const ids = mirroredAfter(store().db, verification.cursor ?? "");
    const there = new Set((await postgres.rowsOf(ids)).map(({ id }) => id));
    const gone = ids.filter((id) => !there.has(id));
    const found = gone.flatMap((id) => differenceOf(store(), id, undefined, verification.key) ?? []);
    const last = ids.at(-1);
    if (last === undefined) return { found, progress: { stage: "again", cursor: null } };
    return { found, progress: { here: verification.here + ids.length, cursor: last } };
  },
  again: async (postgres, { store }, verification) => {
    const ids = differencesAfter(store().db, verification.cursor ?? "", PAGE).map(({ legacyId }) => legacyId);
    const rows = new Map((await postgres.rowsOf(ids)).map((row) => [row.id, row]));
    const found = ids.flatMap((id) => differenceOf(store(), id, rows.get(id), verification.key) ?? []);
    const differ = new Set(found.map(({ legacyId }) => legacyId));
    const settled = ids.filter((id) => !differ.has(id));
    const last = ids.at(-1);
    if (last === undefined) return { found, progress: { stage: "done", cursor: null, finishedAt: store().now } };
    return { found, settled, progress: { cursor: last } };
  },
};

/** A page of the differences that were found. */
export function differencesAfter(db: DrizzleSqliteDODatabase, after: string, limit: number): Difference[] {
  return db
    .select()
    .from(legacyDifferences)
    .where(gt(legacyDifferences.legacyId, after))
    .orderBy(asc(legacyDifferences.legacyId))
    .limit(limit)
    .all();
}

export function countDifferences(db: DrizzleSqliteDODatabase): number {
  return db.select({ count: count() }).from(legacyDifferences).get()?.count ?? 0;
}

function mirroredAfter(db: DrizzleSqliteDODatabase, after: string): string[] {
  return db
    .select({ subject: identities.subject })
    .from(identities)
    .where(and(eq(identities.provider, LEGACY_PROVIDER), gt(identities.subject, after)))
    .orderBy(asc(identities.subject))
    .limit(PAGE)
    .all()
    .map(({ subject }) => subject);
}

/** How a row and its person differ, or undefined where they say the same. */
function differenceOf(
  { db, records }: Store,
  legacyId: string,
  row: LegacyRow | undefined,
  key: string,
): Found | undefined {
  const mirror = mirrorOf(legacyId);
  const known = mirror && findIdentity(db, mirror);
  const here = known === undefined ? null : fingerprint(key, legacyId, records.find(known.userId));
  const there = row === undefined ? null : fingerprint(key, legacyId, keptOf(row));
  if (here === there) return undefined;
  const kind = here === null ? "missing_here" : there === null ? "missing_there" : "different";
  return { legacyId, kind, here, there };
}

/** HMAC-SHA256 (RFC 2104) of what is compared, so that values can be told apart and not be read. */
function fingerprint(key: string, legacyId: string, { name, email, picture }: Kept): string {
  const text = JSON.stringify([legacyId, name, email, picture]);
  return createHmac("sha256", key).update(text).digest("hex").slice(0, SHOWN_LENGTH);
}
