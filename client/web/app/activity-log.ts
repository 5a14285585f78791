import type { AuditEntry, AuditKind, AuditList } from "../../../schema/http/audit.ts";
import { providerName } from "./providers.ts";

const WORDS: Record<AuditKind, (using: string) => string> = {
  sign_in: (using) => `Signed in${using}`,
  sign_in_failed: (using) => `A sign-in${using} was refused`,
  refresh_reuse: () => "A replaced credential was used again: that session was ended",
  session_revoked: () => "Logged out",
  session_displaced: () => "Logged out to make room for a newer sign-in",
  locked_out: () => "Too many failed sign-ins: signing in is closed for a while",
  role_changed: () => "An administrator changed the role",
  status_changed: () => "The account’s standing changed",
  flags_changed: () => "An administrator changed which features are on",
  name_changed: () => "An administrator changed the name",
  deletion_requested: () => "Asked to delete the account",
  deletion_cancelled: () => "Decided to keep the account",
  account_deleted: () => "The account was deleted",
  data_exported: () => "Downloaded everything that is kept",
};

/** What happened, in words. */
export function activityWords({ kind, provider }: Pick<AuditEntry, "kind" | "provider">): string {
  const name = provider === null ? undefined : providerName(provider);
  return WORDS[kind](name === undefined ? "" : ` with ${name}`);
}

/** Whether its owner should look twice. */
export function isAlarming(kind: AuditKind): boolean {
  return kind === "sign_in_failed" || kind === "refresh_reuse" || kind === "locked_out";
}

/** The list with the newest page on top. A page that does not reach what was known replaces it, to leave no gap. */
export function withNewest(known: AuditList, newest: AuditList): AuditList {
  const ids = new Set(known.entries.map(({ id }) => id));
  const added = newest.entries.filter(({ id }) => !ids.has(id));
  if (added.length === newest.entries.length && newest.nextCursor !== null) return newest;
  return { ...known, entries: [...added, ...known.entries] };
}
