import { z } from "zod";
import { deviceIdSchema, sessionIdSchema } from "../../schema/ids.ts";
import { accountSchema } from "../../schema/users.ts";

/** However long a provider's own session lasts. */
const ABSOLUTE_LIMIT_S = 30 * 24 * 60 * 60;

const provider = z.string().max(32);
/** Where a socket or a ticket leads. */
const destination = { party: z.string().max(32), name: z.string().max(256) };
/** What is known of the caller's machine. */
const visitor = { userAgent: z.string().max(1_000).nullable(), ipAddress: z.string().max(64).nullable() };

export const bySession = z.object({ sessionId: sessionIdSchema });
export const credential = bySession.extend({ secret: z.string().max(128) });

export const newSession = z.object({
  account: accountSchema,
  ...visitor,
  deviceId: deviceIdSchema,
  /** What a program calls itself; browsers are named by their user agent. */
  deviceName: z.string().max(100).nullable().default(null),
  provider: provider.nullable().default(null),
  /** The provider's refresh token, which is kept sealed. */
  refreshToken: z.string().max(8_192).nullable().default(null),
  /** The session that this browser gives up by signing in again. */
  replaces: credential.nullable().default(null),
  /** Seconds until the session ends, however much it is used. */
  expiresIn: z.number().int().positive().max(ABSOLUTE_LIMIT_S).default(ABSOLUTE_LIMIT_S),
});

/** With `socket`, where the session is about to open one. */
export const shownCredential = credential.extend({
  kind: z.enum(["cookie", "access"]),
  socket: z.object(destination).optional(),
});

export const refresh = credential.extend(visitor);
export const loginAttempt = z.object({
  success: z.boolean(),
  ...visitor,
  provider: provider.nullable().default(null),
});
export const newTicket = bySession.extend(destination);
export const shownTicket = z.object({
  secret: z.string().max(128),
  ...destination,
  /** False for tickets that lead elsewhere, such as another host of ours. */
  opensSocket: z.boolean().default(true),
});
