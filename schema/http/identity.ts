import { z } from "zod";
import { deviceIdSchema, sessionIdSchema, userIdSchema } from "../ids.ts";
import { presenceSchema } from "../presence.ts";
import { flagsSchema, preferencesSchema } from "../user-data.ts";
import { profileSchema, userStatusSchema } from "../users.ts";
import { timeSchema } from "./common.ts";

export const devLoginSchema = z.strictObject({
  email: z.email().max(254),
  name: z.string().trim().min(1).max(80),
});

export const accessSchema = z.object({
  accessToken: z.string(),
  /** Seconds until the access token ends. */
  expiresIn: z.number().int().positive(),
});
export const signedInSchema = accessSchema.extend({ userId: userIdSchema, sessionId: sessionIdSchema });

export const newTicketSchema = z.strictObject({ party: z.string().max(32), name: z.string().max(256) });
export const ticketSchema = z.object({ ticket: z.string(), expiresIn: z.number().int().positive() });

export const sessionSchema = z.object({
  id: sessionIdSchema,
  /** The browser or program that signed in. It stays the same when it signs in again. */
  deviceId: deviceIdSchema,
  deviceName: z.string(),
  ipAddress: z.string().nullable(),
  createdAt: timeSchema,
  lastActive: timeSchema,
  expiresAt: timeSchema,
  /** What it shows of itself while it is connected; offline without a connection. */
  presence: presenceSchema,
  current: z.boolean(),
});
export type SessionInfo = z.infer<typeof sessionSchema>;
export const sessionListSchema = z.object({ sessions: z.array(sessionSchema) });
export const revokeAllSchema = z.strictObject({ keepCurrent: z.boolean().default(true) });
export const revokedSchema = z.object({ revoked: z.number().int().nonnegative() });

/** You, as your devices know you: the profile, where the account stands, and what applies to every page. */
export const meSchema = z.object({
  user: profileSchema.extend({ status: userStatusSchema, deleteAt: timeSchema.nullable() }),
  session: sessionSchema,
  preferences: preferencesSchema,
  flags: flagsSchema,
});
export type Me = z.infer<typeof meSchema>;
