import { ID_PREFIXES } from "../../../schema/ids.ts";
import { type IdentityKey, identityKeySchema } from "../../../schema/users.ts";
import { sha256 } from "../../kernel/sha256.ts";

/** Who a row of PostgreSQL's is to us. All of it is a pure function of the row's id. */

/** The provider of the identities that mirror PostgreSQL's rows. */
export const LEGACY_PROVIDER = "postgres";
/** Characters of a hash in a user's id: as many as a random one has, 126 bits. */
const ID_LENGTH = 21;

/** What Auth0 calls providers that have another name here. */
const AUTH0_NAMES: Readonly<Record<string, string>> = { "google-oauth2": "google" };
const OUR_NAMES = new Map(Object.entries(AUTH0_NAMES).map(([theirs, ours]) => [ours, theirs]));

/** The identity that mirrors a row, or undefined for an id that no identity can have. */
export function mirrorOf(legacyId: string): IdentityKey | undefined {
  return identityKeySchema.safeParse({ provider: LEGACY_PROVIDER, subject: legacyId }).data;
}

/**
 * By which identity the person of a row signs in. Ids like `github|123` name their provider before the bar, as Auth0
 * writes them; others are subjects of the default provider. Undefined for an id that no identity can have.
 */
export function identityOf(legacyId: string, defaultProvider: string): IdentityKey | undefined {
  const bar = legacyId.indexOf("|");
  const named = bar === -1 ? defaultProvider : legacyId.slice(0, bar);
  const key = { provider: AUTH0_NAMES[named] ?? named, subject: legacyId.slice(bar + 1) };
  // Nobody signs in as a row.
  if (key.provider === LEGACY_PROVIDER) return undefined;
  return mirrorOf(legacyId) && identityKeySchema.safeParse(key).data;
}

/** The id that a person's row has: the inverse of `identityOf`. */
export function legacyIdOf({ provider, subject }: IdentityKey, defaultProvider: string): string {
  if (provider === defaultProvider && !subject.includes("|")) return subject;
  return `${OUR_NAMES.get(provider) ?? provider}|${subject}`;
}

/**
 * The id that the account of a row gets: derived, so that copying it, carrying it over and signing in agree, whichever
 * comes first. PostgreSQL computes the same, see `understory_user_id` in install.ts.
 */
export function userIdOf(legacyId: string): string {
  return `${ID_PREFIXES.user}_${sha256(`${LEGACY_PROVIDER}:${legacyId}`).slice(0, ID_LENGTH)}`;
}
