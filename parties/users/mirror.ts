import type { ClerkEvent } from "./clerk.ts";
import { readData, writeData } from "./data.ts";
import {
  addIdentity,
  changeIdentity,
  findIdentity,
  type IdentityRow,
  isBuried,
  leaveTombstone,
  newsIn,
} from "./identities.ts";
import { noteName } from "./names.ts";
import type { Changes, UserRow } from "./records.ts";
import type { Store } from "./store.ts";

type UserEvent = Extract<ClerkEvent, { kind: "user" }>;
type DeletedEvent = Extract<ClerkEvent, { kind: "deleted" }>;

/** What became of an event. */
export type Mirrored = "applied" | "older" | "buried";

/** Who suspends an account that its provider has banned. */
const SUSPENDED_BY_CLERK = "clerk";

/**
 * Takes in what a provider tells of one of its people. Events come in any order and more than once; each says everything,
 * so the newest decides, and whichever comes first makes the account. Names are noted from older ones too.
 */
export function mirrorUser(store: Store, event: UserEvent): Mirrored {
  const { db, records, now } = store;
  if (isBuried(db, event.key)) return "buried";
  const identity = identityOf(store, event);
  const user = records.find(identity.userId);
  noteSignUp(store, user, event);
  const { firstName, lastName } = event.user;
  const sighting = { userId: user.id, at: event.at, tieBreak: event.version, firstName, lastName };
  noteName(db, { ...sighting, toldBy: event.key.provider, changedBy: null }, now);
  const isNewest = identity.version === null || event.version > identity.version;
  if (isNewest) {
    const { told, banned } = event.user;
    changeIdentity(db, event.key, { told, version: event.version });
    records.update(
      user.id,
      { ...newsIn(told, identity.told), ...standing(user, banned) },
      { how: { nameIsNoted: true } },
    );
  }
  writeData(db, user.id, "last_clerk_sync", new Date(now).toISOString(), now);
  return isNewest ? "applied" : "older";
}

/** Ends the account of somebody whom their provider has deleted, known or not: what is told of them later is too late. */
export function mirrorDeletion({ db, records, now }: Store, event: DeletedEvent): Mirrored {
  if (isBuried(db, event.key)) return "buried";
  leaveTombstone(db, event.key, now);
  const identity = findIdentity(db, event.key);
  if (identity !== undefined) records.destroy(identity.userId);
  return "applied";
}

/**
 * The identity that an event is of. Its account is the one that the provider names by our own id, else one that is made
 * for it. One that was made before the provider named another gives way to it, as long as nobody has used it.
 */
function identityOf(store: Store, event: UserEvent): IdentityRow {
  const { db, records, now } = store;
  const { key, user } = event;
  const known = findIdentity(db, key);
  const named = user.externalId === null ? undefined : records.findOrNull(user.externalId);
  if (known !== undefined) {
    if (named === undefined || named.id === known.userId || records.find(known.userId).signedInAt !== null)
      return known;
    changeIdentity(db, key, { userId: named.id });
    records.destroy(known.userId);
    return { ...known, userId: named.id };
  }
  const owner = named ?? records.create(user.told, { nameIsNoted: true });
  return addIdentity(db, key, owner.id, now);
}

/** What follows from being banned or not. A suspension by an administrator is not the provider's to lift. */
function standing(user: UserRow, banned: boolean): Changes {
  if (banned && user.status !== "suspended") return { status: "suspended", suspendedBy: SUSPENDED_BY_CLERK };
  if (!banned && user.suspendedBy === SUSPENDED_BY_CLERK) return { status: "active", suspendedBy: null };
  return {};
}

/** The earliest that any event tells, for they come in any order. */
function noteSignUp({ db, now }: Store, { id }: UserRow, { user: { signedUpAt } }: UserEvent): void {
  const told = new Date(signedUpAt).toISOString();
  const known = readData(db, id, "signup_date");
  const source = readData(db, id, "signup_source");
  if (source === undefined) writeData(db, id, "signup_source", "clerk", now);
  if (known === undefined || (source === "clerk" && told < known)) writeData(db, id, "signup_date", told, now);
}
