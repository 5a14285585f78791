import type { IdentityKey } from "../../../schema/users.ts";
import { addIdentity, changeIdentity, findIdentity, identitiesOf, removeTombstone } from "../identities.ts";
import type { UserRow } from "../records.ts";
import type { Store } from "../store.ts";
import type { Told } from "../tables.ts";
import { nextChanges, settle, type WaitingChange } from "./changes.ts";
import { LEGACY_PROVIDER, legacyIdOf, mirrorOf } from "./identity.ts";
import { FIELDS, type Kept, keptOf, type LegacyRow } from "./kept.ts";
import { newsFor } from "./merge.ts";
import { originalsOf } from "./originals.ts";
import type { LegacyDatabase } from "./postgres.ts";
import { takeOver, type Terms } from "./take-over.ts";

/** Changes that are carried back with one look at the rows that they are of. */
const BATCH = 100;

export interface CarryBack {
  store(): Store;
  transact(work: () => void): void;
  terms: Terms;
}

/**
 * Tells PostgreSQL what has changed here, in order. A row that changes meanwhile is left for the next time; where
 * PostgreSQL decides, so is what it has changed itself, until that was carried over.
 * @returns how many changes are done with, and where to go on
 */
export async function carryBack(
  postgres: LegacyDatabase,
  party: CarryBack,
  after: number,
): Promise<{ done: number; next: number | null }> {
  const waiting = nextChanges(party.store().db, after, BATCH);
  const targets = waiting.map((change) => ({ change, legacyId: rowIdOf(party, change) }));
  const found = await postgres.rowsOf(targets.flatMap(({ legacyId }) => legacyId ?? []));
  const rows = new Map(found.map((row) => [row.id, row]));
  let done = 0;
  for (const { change, legacyId } of targets) {
    const isDone = legacyId === undefined || (await carryOne(postgres, party, change, legacyId, rows.get(legacyId)));
    // Somebody else may have come back under the id that has just gone.
    if (legacyId !== undefined && change.legacyId !== null) rows.delete(legacyId);
    if (!isDone) continue;
    party.transact(() => settle(party.store().db, change));
    done += 1;
  }
  return { done, next: waiting.length === BATCH ? (waiting.at(-1)?.seq ?? null) : null };
}

/** The id of somebody's row, whether or not it is there. Who has no way in has none: there is nothing to call them by. */
function rowIdOf({ store, terms }: CarryBack, { userId, legacyId }: WaitingChange): string | undefined {
  if (legacyId !== null) return legacyId;
  const known = identitiesOf(store().db, userId);
  const mirror = known.find(({ provider }) => provider === LEGACY_PROVIDER);
  const [first] = known;
  return mirror?.subject ?? (first && legacyIdOf(first, terms.provider));
}

async function carryOne(
  postgres: LegacyDatabase,
  party: CarryBack,
  change: WaitingChange,
  legacyId: string,
  row: LegacyRow | undefined,
): Promise<boolean> {
  if (change.legacyId !== null) {
    await postgres.carryDelete(legacyId);
    return true;
  }
  const { db, records } = party.store();
  const user = records.findOrNull(change.userId);
  const mirror = mirrorOf(legacyId);
  // Gone since the change was read: the change says so by now. Or nothing that a row could be called.
  if (user === undefined || mirror === undefined) return user !== undefined;
  const known = findIdentity(db, mirror);
  // Another account is the row's.
  if (known !== undefined && known.userId !== user.id) return true;
  const base = known?.told ?? null;
  if (row === undefined) {
    // Gone there, which its outbox is about to say.
    if (base !== null && party.terms.winner === "postgres") return true;
    if (!(await postgres.carryInsert(legacyId, keptIn(user)))) return false;
    party.transact(() => noteRow(party.store(), mirror, user.id, keptIn(user)));
    return true;
  }
  if (base === null) {
    // Not copied yet: it is taken over first, and told the rest next time.
    const originals = await originalsOf(postgres, row, party.terms.provider);
    let owner: UserRow | undefined;
    party.transact(() => {
      removeTombstone(db, mirror);
      owner = takeOver(party.store(), row, originals, party.terms);
    });
    return owner === undefined;
  }
  const theirs = keptOf(row);
  const news = newsFor(theirs, base, keptIn(user), party.terms.winner);
  const isWritten = Object.keys(news).length === 0 || (await postgres.carryUpdate(row, news));
  if (!isWritten) return false;
  // What both sides agree on now is where the next change of either starts from.
  const agreed = FIELDS.filter((field) => field in news || theirs[field] === user[field]);
  const told = { ...base, ...Object.fromEntries(agreed.map((field) => [field, user[field]])) };
  party.transact(() => changeIdentity(party.store().db, mirror, { told }));
  return true;
}

/** Notes that somebody has a row now, and what it says. */
function noteRow({ db, now }: Store, mirror: IdentityKey, userId: string, kept: Kept): void {
  const told: Told = { ...kept, emailVerified: false };
  if (findIdentity(db, mirror) === undefined) {
    removeTombstone(db, mirror);
    addIdentity(db, mirror, userId, now);
  }
  changeIdentity(db, mirror, { told });
}

function keptIn({ name, email, picture }: UserRow): Kept {
  return { name, email, picture };
}
