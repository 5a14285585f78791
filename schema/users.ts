import { z } from "zod";
import { userIdSchema } from "./ids.ts";
import { personSchema, roleSchema } from "./principal.ts";
import { DEFAULT_PREFERENCES, flagsSchema, preferencesSchema } from "./user-data.ts";

/**
 * Where an account stands.
 *
 * - `active`: in use. `invited`: made for somebody who has not come yet. `inactive`: set aside. Signing in makes both
 *   active.
 * - `suspended`: every session has ended and none begins.
 */
export const USER_STATUSES = ["active", "inactive", "invited", "suspended"] as const;
export const userStatusSchema = z.enum(USER_STATUSES);
export type UserStatus = z.infer<typeof userStatusSchema>;

/** How long a person who deletes their account can take that back. */
export const DELETION_WAIT_MS = 7 * 24 * 60 * 60_000;

/** What its owner may see of an account. */
export const profileSchema = personSchema.extend({
  email: z.string().nullable(),
  role: roleSchema,
});
export type Profile = z.infer<typeof profileSchema>;

/**
 * Everything that a person's devices know of their account without asking. The users party makes it, each person's
 * session party keeps a copy; `version` grows with every change, so that an older copy never replaces a newer one.
 */
export const accountSchema = profileSchema.extend({
  status: userStatusSchema,
  /** When the account will be deleted, in milliseconds since 1970, once its owner has asked for that. */
  deleteAt: z.number().int().nullable(),
  preferences: preferencesSchema,
  flags: flagsSchema,
  version: z.number().int().nonnegative(),
});
export type Account = z.infer<typeof accountSchema>;

/** What an account has besides its profile before anything is known of it. */
export const NEW_ACCOUNT: Omit<Account, keyof Profile> = {
  status: "active",
  deleteAt: null,
  preferences: DEFAULT_PREFERENCES,
  flags: {},
  version: 0,
};

/** One way in to an account: who a provider says it is. */
export const identityKeySchema = z.object({
  /** With the address of the installation where that is not the public one. */
  provider: z.string().min(1).max(256),
  /** As OpenID Connect Core 2 has it, without what no eye can tell apart. */
  subject: z.string().regex(/^[\x20-\x7e]{1,255}$/),
});
export type IdentityKey = z.infer<typeof identityKeySchema>;

/** What a provider has told of somebody. Only a verified address counts for anything. */
export const identitySchema = identityKeySchema.extend({
  name: z.string().min(1),
  picture: z.string().nullable(),
  email: z.string().nullable(),
  emailVerified: z.boolean(),
});
export type Identity = z.infer<typeof identitySchema>;

export const byUserSchema = z.object({ userId: userIdSchema });
