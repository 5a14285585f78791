import { PartyError } from "../../schema/errors.ts";
import { partsOfName } from "../../schema/people.ts";
import type { Identity } from "../../schema/users.ts";
import { writeData } from "./data.ts";
import { addIdentity, changeIdentity, findIdentity, isBuried, MIRRORED_PROVIDERS, newsIn } from "./identities.ts";
import { noteName, UNDATED } from "./names.ts";
import type { UserRow } from "./records.ts";
import type { Store } from "./store.ts";
import type { Told } from "./tables.ts";

/**
 * Finds or makes the account of an identity. The key is (provider, subject); an e-mail address never leads to an account.
 * @param isAdmin whether this verified address is among those who run the service; a role given by hand is never lowered
 * @throws PartyError `forbidden` for a suspended account, `gone` for a person whom their provider has deleted
 */
export function signIn(store: Store, { identity, isAdmin }: { identity: Identity; isAdmin: boolean }): UserRow {
  const { db, records, now } = store;
  const told = toldBy(identity);
  const known = findIdentity(db, identity);
  if (known === undefined) return makeAccount(store, identity, isAdmin);
  const user = records.find(known.userId);
  if (user.status === "suspended") throw new PartyError("forbidden", { message: "This account is suspended" });
  // A provider that sends webhooks tells by them what is newer: what it says here has no time.
  const isMirrored = MIRRORED_PROVIDERS.includes(identity.provider) && known.version !== null;
  if (!isMirrored) changeIdentity(db, identity, { told });
  return records.update(user.id, {
    ...(isMirrored ? {} : newsIn(told, known.told)),
    ...(isAdmin && { role: "super_admin" }),
    status: "active",
    signedInAt: user.signedInAt ?? now,
  });
}

function makeAccount({ db, records, now }: Store, identity: Identity, isAdmin: boolean): UserRow {
  const isMirrored = MIRRORED_PROVIDERS.includes(identity.provider);
  if (isMirrored && isBuried(db, identity)) throw new PartyError("gone", { message: "This account was deleted" });
  const told = toldBy(identity);
  const attributes = { ...told, role: isAdmin ? ("super_admin" as const) : ("user" as const), signedInAt: now };
  const user = records.create(attributes, isMirrored ? { nameIsNoted: true } : undefined);
  // Since when they have it, only a webhook can tell, which may come before or after this.
  if (isMirrored) {
    const sighting = { userId: user.id, at: UNDATED, tieBreak: "signed in", ...partsOfName(user.name) };
    noteName(db, { ...sighting, toldBy: identity.provider, changedBy: null }, now);
  }
  addIdentity(db, identity, user.id, now);
  changeIdentity(db, identity, { told });
  writeData(db, user.id, "signup_date", new Date(now).toISOString(), now);
  writeData(db, user.id, "signup_source", identity.provider === "clerk" ? "clerk" : "sign_in", now);
  return user;
}

function toldBy({ name, picture, email, emailVerified }: Identity): Told {
  return { name, picture, email, emailVerified };
}
