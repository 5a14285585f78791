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
import { moveNames, noteName } from "./names.ts";
import type { Changes, UserRow } from "./records.ts";
import type { Store } from "./store.ts";
import type { Told } from "./tables.ts";

type UserEvent = Extract<ClerkEvent, { kind: "user" }>;
type DeletedEvent = Extract<ClerkEvent, { kind: "deleted" }>;

/** What became of an event. */
export type Mirrored = "applied" | "older" | "buried";

/** Who suspends an account that its provider has banned. */
const SUSPENDED_BY_CLERK = "clerk";

/**
 * Takes in what a provider tells of one of its people. Events come in any order and more than once; each says everything,
 * so the newest decides, and whichever comes first makes the account. Names are put in their order of time, older ones
 * too, among those that people give themselves here.
 */
export function mirrorUser(store: Store, event: UserEvent): Mirrored {
  const { db, records, now } = store;
  const { key, user, version } = event;
  if (isBuried(db, key)) return "buried";
  const identity =
    identityOf(store, key, user.externalId) ??
    addIdentity(db, key, records.create(user.told, { nameIsNoted: true }).id, now);
  const { userId } = identity;
  noteSignUp(store, userId, new Date(user.signedUpAt).toISOString());
  const { firstName, lastName } = user;
  const sighting = { userId, at: event.at, tieBreak: version, firstName, lastName };
  const name = noteName(db, { ...sighting, toldBy: key.provider, changedBy: null }, now);
  const isNewest = identity.version === null || version > identity.version;
  if (isNewest) changeIdentity(db, key, { told: user.told, version });
  const news = isNewest
    ? { ...newsBesidesName(user.told, identity.told), ...standing(records.find(userId), user.banned) }
    : {};
  records.update(userId, { ...news, name }, { how: { nameIsNoted: true } });
  writeData(db, userId, "last_clerk_sync", new Date(now).toISOString(), now);
  return isNewest ? "applied" : "older";
}

/** Ends the account of somebody whom their provider has deleted, known or not: what is told of them later is too late. */
export function mirrorDeletion(store: Store, { key, externalId }: DeletedEvent): Mirrored {
  const { db, records, now } = store;
  if (isBuried(db, key)) return "buried";
  const identity = identityOf(store, key, externalId);
  leaveTombstone(db, key, now);
  if (identity !== undefined) records.destroy(identity.userId);
  return "applied";
}

/**
 * The identity that an event is of, if it leads to an account. That is the one that the provider names by our own id,
 * else the one that was made for it. One that was made before the provider named another gives way to it, as long as
 * nobody has used it.
 */
function identityOf(store: Store, key: UserEvent["key"], externalId: string | null): IdentityRow | undefined {
  const { db, records, now } = store;
  const known = findIdentity(db, key);
  const named = externalId === null ? undefined : records.findOrNull(externalId);
  if (named === undefined || named.id === known?.userId) return known;
  if (known === undefined) return addIdentity(db, key, named.id, now);
  const made = records.find(known.userId);
  if (made.signedInAt !== null) return known;
  moveTo(store, named, known, made);
  return { ...known, userId: named.id };
}

/** Gives an account everything that its provider has told of one which was made for the lack of it, and ends that one. */
function moveTo(store: Store, named: UserRow, { told, ...key }: IdentityRow, made: UserRow): void {
  const { db, records } = store;
  changeIdentity(db, key, { userId: named.id });
  moveNames(db, key.provider, made.id, named.id);
  noteSignUp(store, named.id, readData(db, made.id, "signup_date"));
  const isBanned = made.suspendedBy === SUSPENDED_BY_CLERK;
  records.update(named.id, {
    ...(told !== null && newsBesidesName(told, null)),
    ...(isBanned && standing(named, isBanned)),
  });
  records.destroy(made.id);
}

function newsBesidesName(told: Told, before: Told | null): Changes {
  const { name: _ordered, ...news } = newsIn(told, before);
  return news;
}

/** What follows from being banned or not. A suspension by an administrator is not the provider's to lift. */
function standing(user: UserRow, banned: boolean): Changes {
  if (banned && user.status !== "suspended") return { status: "suspended", suspendedBy: SUSPENDED_BY_CLERK };
  if (!banned && user.suspendedBy === SUSPENDED_BY_CLERK) return { status: "active", suspendedBy: null };
  return {};
}

/** The earliest that any event tells, for they come in any order. */
function noteSignUp({ db, now }: Store, userId: string, told: string | undefined): void {
  if (told === undefined) return;
  const known = readData(db, userId, "signup_date");
  const source = readData(db, userId, "signup_source") ?? "clerk";
  writeData(db, userId, "signup_source", source, now);
  if (known === undefined || (source === "clerk" && told < known)) writeData(db, userId, "signup_date", told, now);
}
