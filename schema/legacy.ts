import { z } from "zod";

/** The move of the users from PostgreSQL, where an older application keeps them, into the users party. */

/**
 * Which side the truth is on.
 *
 * - `postgres`: PostgreSQL, and the users party hears nothing.
 * - `dual`: PostgreSQL, and every change of it is carried over into the users party.
 * - `party`: the users party, and what changes there is carried back for as long as PostgreSQL is there.
 */
export const usersModeSchema = z.enum(["postgres", "dual", "party"]).default("party");
export type UsersMode = z.infer<typeof usersModeSchema>;

/** The sign-in provider whose subjects PostgreSQL's ids are, where they name none. */
export const legacyProviderSchema = z.string().min(1).max(256).default("oidc");

/** The binding and the settings that all sides read. */
export const LEGACY_BINDING = "USERS_POSTGRES";

/**
 * What may be wrong with a row, or is worth knowing about it.
 *
 * - `id_unfit`: nobody can sign in by such an id, so the row is not copied.
 * - `identity_taken`: another row leads to the same sign-in; this one's account has none.
 * - `linked`: the person had signed in before and has the account that they got then.
 * - `deleted`: the row was there and has gone; so has the account.
 * - `duplicate_email`: somebody else has this address too; both keep it.
 * - `email_invalid`, `null_name`, `name_cut`, `name_unfit`, `picture_too_large`, `picture_not_https`: what is kept
 *   differs from what PostgreSQL has, which the report holds.
 */
export const LEGACY_PROBLEMS = [
  "id_unfit",
  "identity_taken",
  "linked",
  "deleted",
  "duplicate_email",
  "email_invalid",
  "null_name",
  "name_cut",
  "name_unfit",
  "picture_too_large",
  "picture_not_https",
] as const;
export type LegacyProblem = (typeof LEGACY_PROBLEMS)[number];
