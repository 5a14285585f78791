import { z } from "zod";
import { profileChangesSchema, userChangesSchema } from "../../schema/http/users.ts";
import { userIdSchema } from "../../schema/ids.ts";
import { userDataKeySchema } from "../../schema/user-data.ts";
import { byUserSchema, identitySchema } from "../../schema/users.ts";
import { conditionsSchema, querySchema } from "./query.ts";
import { type Changes, type NewUser, stepSchema } from "./records.ts";

/** What this party's methods take. Attributes are looked at where they are used, which says what is wrong by field. */

const time = z.number().int().nonnegative();

export const byUser = byUserSchema;
export const where = z.strictObject({ where: conditionsSchema.default({}) });
export const query = querySchema;
export const newUser = z.strictObject({ attributes: z.custom<NewUser>() });
export const namedUser = z.strictObject({ attributes: z.custom<NewUser & { id: string }>() });
export const update = byUser.extend({ changes: z.custom<Changes>(), version: time.optional() });
export const steps = z.object({ steps: z.array(stepSchema).min(1).max(100) });

/** `isAdmin`: the settings name this verified address among those who run the service. */
export const signIn = z.object({ identity: identitySchema, isAdmin: z.boolean() });
export const activity = byUser.extend({
  at: time,
  login: z.object({ device: z.string(), ip: z.string().nullable(), success: z.boolean() }).nullable(),
});

export const byKey = byUser.extend({ key: userDataKeySchema });
export const newData = byKey.extend({ value: z.unknown() });

export const ownChanges = byUser.extend({ changes: profileChangesSchema });
export const byAdmin = byUser.extend({ actorId: userIdSchema });
export const adminChanges = byAdmin.extend({ changes: userChangesSchema });

/** A message whose signature the edge has checked. */
export const signedMessage = z.object({ messageId: z.string().min(1).max(256), sentAt: time, body: z.string() });
export const byLetter = z.object({ id: z.number().int().positive() });
export const letterPage = z.object({
  after: z.number().int().nonnegative().default(0),
  limit: z.number().int().min(1).max(100),
});
