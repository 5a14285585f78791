import type { Issue } from "../../schema/errors.ts";
import type { ProfileChanges } from "../../schema/http/users.ts";
import type { Preferences } from "../../schema/user-data.ts";
import type { Account } from "../../schema/users.ts";
import type { ClientError } from "./errors.ts";

/**
 * How long the server's news may lag behind its answers, in milliseconds. The account is written at one party and told
 * by another: news that come right after an answer may still be from before it.
 */
export const NEWS_LAG_MS = 3_000;

/** Something that was changed here. It is laid over what the server says until that says the same. */
export type Change = ChangedFields & {
  readonly id: string;
  /** When the server has accepted it, in milliseconds since 1970; null until then. */
  readonly answeredAt: number | null;
};
type ChangedFields =
  | { readonly kind: "preferences"; readonly fields: Partial<Preferences> }
  | { readonly kind: "profile"; readonly fields: ProfileChanges };

/** A change that the server did not want, and why. It has been taken back. */
export interface Refusal {
  readonly change: Change;
  readonly code: ClientError["code"];
  readonly message: string;
  /** What exactly is wrong, by field. */
  readonly issues: readonly Issue[];
}

/** What a browser keeps of one person. */
export interface KeptAccount {
  /** The newest that the server has told. */
  readonly account: Account;
  /** In the order in which they were made. */
  readonly changes: readonly Change[];
  /** The last one, until it is dismissed or something is changed again. */
  readonly refusal: Refusal | null;
}

/** The account as its owner shall see it: with what was changed here. */
export function overlaid(account: Account, changes: readonly Change[]): Account {
  return changes.reduce(
    (shown, { kind, fields }) =>
      kind === "preferences"
        ? { ...shown, preferences: { ...shown.preferences, ...fields } }
        : { ...shown, ...withoutUndefined(fields) },
    account,
  );
}

/** What is kept once the server has told of an account. What it says now needs no overlay any more. */
export function withNews(kept: KeptAccount | undefined, account: Account): KeptAccount {
  if (kept === undefined) return { account, changes: [], refusal: null };
  if (kept.account.version >= account.version) return kept;
  const changes = kept.changes.filter((change) => change.answeredAt === null || !shows(account, change));
  return { ...kept, account, changes };
}

/** What is kept once something is changed here. Earlier changes of which nothing would be seen are left out. */
export function withChange(kept: KeptAccount, change: Change): KeptAccount {
  const earlier = kept.changes.filter(({ kind, fields }) => kind !== change.kind || !covers(change.fields, fields));
  return { ...kept, changes: [...earlier, change], refusal: null };
}

/**
 * What is kept once the server has accepted a change.
 * @param askedAt the account's version when it was asked: news since then that show the change are of it
 */
export function withAnswer(kept: KeptAccount, id: string, askedAt: number, now: number): KeptAccount {
  const isNews = kept.account.version > askedAt;
  const changes = kept.changes
    .filter((change) => change.id !== id || !isNews || !shows(kept.account, change))
    .map((change) => (change.id === id ? { ...change, answeredAt: now } : change));
  return { ...kept, changes };
}

/** What is kept once the server has refused a change. */
export function withRefusal(kept: KeptAccount, id: string, why: Omit<Refusal, "change">): KeptAccount {
  const change = kept.changes.find((known) => known.id === id);
  if (change === undefined) return kept; // It was replaced by a later one: nobody waits for it.
  return { ...kept, changes: kept.changes.filter((known) => known !== change), refusal: { change, ...why } };
}

/** What is kept once the news of old answers must have come. */
export function settled(kept: KeptAccount, now: number): KeptAccount {
  const changes = kept.changes.filter(({ answeredAt }) => answeredAt === null || now - answeredAt < NEWS_LAG_MS);
  return changes.length === kept.changes.length ? kept : { ...kept, changes };
}

/** How a change is put to the server. The data of one key is written as a whole. */
export function requestOf(
  { kind, fields }: Change,
  shown: Account,
): { method: "PUT" | "PATCH"; path: string; body: object } {
  if (kind === "profile") return { method: "PATCH", path: "/api/me", body: fields };
  return { method: "PUT", path: "/api/me/data/preferences", body: { ...shown.preferences, ...fields } };
}

function shows(account: Account, { kind, fields }: Change): boolean {
  const holder: object = kind === "preferences" ? account.preferences : account;
  const known = new Map(Object.entries(holder));
  return Object.entries(fields).every(([field, value]) => value === undefined || known.get(field) === value);
}

function covers(later: object, earlier: object): boolean {
  return Object.keys(earlier).every((field) => field in later);
}

function withoutUndefined({ name, picture }: ProfileChanges): Partial<Pick<Account, "name" | "picture">> {
  return { ...(name !== undefined && { name }), ...(picture !== undefined && { picture }) };
}
