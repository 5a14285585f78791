import type { Role } from "../../../schema/principal.ts";
import type { UserStatus } from "../../../schema/users.ts";

/** Roles and statuses in words, in the order in which they are offered. */
export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  user: "User",
  admin: "Administrator",
  super_admin: "Super administrator",
};
export const STATUS_WORDS: Readonly<Record<UserStatus, string>> = {
  active: "Active",
  invited: "Invited",
  inactive: "Inactive",
  suspended: "Suspended",
};

/** What may stand in a choice of these words. */
export function isOneOf<K extends string>(words: Readonly<Record<K, string>>, text: string): text is K {
  return Object.hasOwn(words, text);
}
