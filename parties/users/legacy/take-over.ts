import { and, eq, ne, sql } from "drizzle-orm";
import type { IdentityKey } from "../../../schema/users.ts";
import { prepareOnce } from "../../kernel/index.ts";
import { readData, writeData } from "../data.ts";
import { addIdentity, changeIdentity, findIdentity, identitiesOf, isBuried, removeTombstone } from "../identities.ts";
import type { UserRow } from "../records.ts";
import type { How, Store } from "../store.ts";
import { users } from "../tables.ts";
import { identityOf, LEGACY_PROVIDER, mirrorOf, userIdOf } from "./identity.ts";
import { type Field, findingsIn, keptOf, type LegacyRow } from "./kept.ts";
import { newsFrom } from "./merge.ts";
import { isLeaving } from "./changes.ts";
import { forgetFindings, report } from "./reports.ts";

/** How the two sides stand to each other. */
export interface Terms {
  /** Whose value stays where both have changed one. */
  winner: "postgres" | "party";
  /** The sign-in provider whose subjects the rows' ids are. */
  provider: string;
}

/** What a row has of values that are not kept as they are. */
export type Originals = ReadonlyMap<Field | "id", string | null>;

const FROM_POSTGRES: How = { isFromPostgres: true };

/**
 * Brings the record of a row's person up to date with the row, and makes it where there is none. Any number of times
 * with one effect: what it says is compared with what it said last.
 * @returns whose record it is, or undefined for a row that is left out
 */
export function takeOver(store: Store, row: LegacyRow, originals: Originals, terms: Terms): UserRow | undefined {
  const { db, records, now } = store;
  const mirror = mirrorOf(row.id);
  const key = identityOf(row.id, terms.provider);
  if (mirror === undefined || key === undefined) {
    const finding = { field: "id", problem: "id_unfit", detail: "no sign-in has such an id; not copied" } as const;
    report(db, row.id, finding, now, originals.get("id") ?? null);
    return undefined;
  }
  const known = findIdentity(db, mirror);
  // Deleted here, and the row is what has to go: it is about to, or the truth is here.
  if (known === undefined && isBuried(db, mirror) && (terms.winner === "party" || isLeaving(db, row.id)))
    return undefined;
  const kept = keptOf(row);
  const before = known === undefined ? accountOf(store, row, { mirror, key }, kept) : records.find(known.userId);
  const news = newsFrom(kept, known?.told ?? null, before, terms.winner);
  const after = isEmpty(news) ? before : records.update(before.id, news, { how: FROM_POSTGRES });
  changeIdentity(db, mirror, { told: { ...kept, emailVerified: false } });
  forgetFindings(db, row.id);
  for (const finding of findingsIn(row)) report(db, row.id, finding, now, originals.get(finding.field) ?? null);
  reportDuplicates(store, row.id, after);
  return after;
}

/** Ends the account of a row that has gone. */
export function takeDeletion({ db, records, now }: Store, legacyId: string): void {
  const mirror = mirrorOf(legacyId);
  const known = mirror && findIdentity(db, mirror);
  if (known === undefined) return;
  records.destroy(known.userId, FROM_POSTGRES);
  report(db, legacyId, { field: "id", problem: "deleted", detail: `so was ${known.userId}` }, now);
}

/** The account that a row becomes, with its identities. */
function accountOf(
  store: Store,
  { id }: LegacyRow,
  { mirror, key }: { mirror: IdentityKey; key: IdentityKey },
  kept: ReturnType<typeof keptOf>,
): UserRow {
  const { db, records, now } = store;
  const signedIn = findIdentity(db, key);
  if (signedIn !== undefined && !hasRow(store, signedIn.userId)) {
    addIdentity(db, mirror, signedIn.userId, now);
    report(db, id, { field: "id", problem: "linked", detail: `signed in before, as ${signedIn.userId}` }, now);
    return records.find(signedIn.userId);
  }
  // What somebody wrote whose account has ended must not become this one's.
  const isAnother = isBuried(db, mirror);
  if (isAnother) removeTombstone(db, mirror);
  const derived = userIdOf(id);
  // Who came in while PostgreSQL alone was there was taken over from D1.
  const user =
    (isAnother ? undefined : records.findOrNull(derived)) ??
    records.create({ ...kept, ...(!isAnother && { id: derived }) }, FROM_POSTGRES);
  if (readData(db, user.id, "signup_source") === undefined) writeData(db, user.id, "signup_source", "postgres", now);
  addIdentity(db, mirror, user.id, now);
  if (signedIn === undefined) addIdentity(db, key, user.id, now);
  else {
    const detail = `${key.provider} ${key.subject} leads to ${signedIn.userId}, which is another row's`;
    report(db, id, { field: "id", problem: "identity_taken", detail }, now);
  }
  return user;
}

function isEmpty(changes: object): boolean {
  return Object.keys(changes).length === 0;
}

function hasRow({ db }: Store, userId: string): boolean {
  return identitiesOf(db, userId).some(({ provider }) => provider === LEGACY_PROVIDER);
}

const othersOf = prepareOnce((db) =>
  db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.email, sql.placeholder("email")), ne(users.id, sql.placeholder("id"))))
    .limit(1)
    .prepare(),
);

/** An address is nobody's key: who shares one is told of, and all of them keep it. */
function reportDuplicates({ db, now }: Store, legacyId: string, { id, email }: UserRow): void {
  if (email === null) return;
  const other = othersOf(db).get({ id, email });
  if (other === undefined) return;
  const finding = (whose: string) =>
    ({ field: "email", problem: "duplicate_email", detail: `${whose} has it too; both keep it` }) as const;
  report(db, legacyId, finding(other.id), now, email);
  const theirs = identitiesOf(db, other.id).find(({ provider }) => provider === LEGACY_PROVIDER);
  if (theirs !== undefined) report(db, theirs.subject, finding(id), now, email);
}
