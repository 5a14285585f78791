import { z } from "zod";
import { userIdSchema } from "../ids.ts";
import { nameSchema, pictureSchema } from "../people.ts";
import { personSchema, roleSchema } from "../principal.ts";
import { flagNameSchema, USER_DATA, userDataKeySchema } from "../user-data.ts";
import { profileSchema, userStatusSchema } from "../users.ts";
import { nextCursorSchema, pageQuerySchema, timeSchema } from "./common.ts";

/** The whole record, for its owner and for those who run the service. */
export const userSchema = profileSchema.extend({
  emailVerified: z.boolean(),
  status: userStatusSchema,
  createdAt: timeSchema,
  updatedAt: timeSchema,
  /** When the account will be deleted, once its owner has asked for that. */
  deleteAt: timeSchema.nullable(),
  version: z.number().int().positive(),
});
export type User = z.infer<typeof userSchema>;

/** What `GET /api/users/:id` tells: everyone who it is, its owner and administrators all of it. */
export const shownUserSchema = z.union([userSchema, personSchema]);

export const userListQuerySchema = pageQuerySchema.extend({
  /** Part of a name or an e-mail address. */
  search: z.string().trim().max(100).optional(),
  role: roleSchema.optional(),
  status: userStatusSchema.optional(),
});
export const userListSchema = z.object({ users: z.array(userSchema), nextCursor: nextCursorSchema });
export type UserList = z.infer<typeof userListSchema>;

/** What a person may change of their own record. */
export const profileChangesSchema = z.strictObject({
  name: nameSchema.optional(),
  picture: pictureSchema.nullable().optional(),
});
export type ProfileChanges = z.infer<typeof profileChangesSchema>;

/** What an administrator may change. A flag that is null is removed. */
export const userChangesSchema = z.strictObject({
  name: nameSchema.optional(),
  role: roleSchema.optional(),
  status: userStatusSchema.optional(),
  flags: z.record(flagNameSchema, z.boolean().nullable()).optional(),
});
export type UserChanges = z.infer<typeof userChangesSchema>;

/** One way in, as shown to its owner and to administrators. */
export const shownIdentitySchema = z.object({
  provider: z.string(),
  subject: z.string(),
  createdAt: timeSchema,
});

/** All of a person's data, by key; what was never set and has no initial value is left out. */
export const userDataSchema = z.object(
  Object.fromEntries(Object.entries(USER_DATA).map(([key, { schema }]) => [key, schema.optional()])) as {
    [K in keyof typeof USER_DATA]: z.ZodOptional<(typeof USER_DATA)[K]["schema"]>;
  },
);
export const userDataListSchema = z.object({ data: userDataSchema });

/** One entry. A PUT takes the value itself, or this again as it was read. */
export const userDataEntrySchema = z.object({
  key: userDataKeySchema,
  value: z.unknown(),
  /** Null for a value that was never written. */
  updatedAt: timeSchema.nullable(),
});
export type UserDataEntry = z.infer<typeof userDataEntrySchema>;

/** One user's page of the admin app. */
export const userDetailsSchema = z.object({
  user: userSchema,
  identities: z.array(shownIdentitySchema),
  data: userDataSchema,
});
export type UserDetails = z.infer<typeof userDetailsSchema>;

export const deletionSchema = z.object({ deleteAt: timeSchema });

/** A webhook that was well signed and could not be understood, until somebody retries or discards it. */
export const deadLetterSchema = z.object({
  id: z.number().int().positive(),
  messageId: z.string(),
  type: z.string().nullable(),
  reason: z.string(),
  body: z.string(),
  receivedAt: timeSchema,
  attempts: z.number().int().positive(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;
export const deadLetterListSchema = z.object({ deadLetters: z.array(deadLetterSchema), nextCursor: nextCursorSchema });

export const userIdParamSchema = z.object({ id: userIdSchema });
