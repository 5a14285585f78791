import { z } from "zod";
import { auditIdSchema, sessionIdSchema, userIdSchema } from "../ids.ts";
import { nextCursorSchema, timeSchema } from "./common.ts";

/**
 * What is written down of an account's safety.
 *
 * - `sign_in`, `sign_in_failed`: somebody came in, or was refused.
 * - `refresh_reuse`: a credential that had been replaced was shown again, so its session was ended.
 * - `session_revoked`: one session was ended by its owner. `session_displaced`: it was the least recently used of too
 *   many, or its own browser signed in again.
 * - `locked_out`: too many failures; sign-in is closed for a while. Sessions that exist go on.
 * - `role_changed`, `status_changed`, `flags_changed`, `name_changed`: somebody who runs the service, or a provider, has
 *   changed the account; `detail` says how.
 * - `deletion_requested`, `deletion_cancelled`, `account_deleted`: its owner's wish to leave, and its end.
 * - `data_exported`: everything that is kept of the person was downloaded.
 */
export const auditKindSchema = z.enum([
  "sign_in",
  "sign_in_failed",
  "refresh_reuse",
  "session_revoked",
  "session_displaced",
  "locked_out",
  "role_changed",
  "status_changed",
  "flags_changed",
  "name_changed",
  "deletion_requested",
  "deletion_cancelled",
  "account_deleted",
  "data_exported",
]);
export type AuditKind = z.infer<typeof auditKindSchema>;

export const auditEntrySchema = z.object({
  id: auditIdSchema,
  kind: auditKindSchema,
  at: timeSchema,
  /** The session that it is about, if it is about one. */
  sessionId: sessionIdSchema.nullable(),
  deviceName: z.string().nullable(),
  ipAddress: z.string().nullable(),
  /** How they signed in: "github", "google", "oidc", "dev". */
  provider: z.string().nullable(),
  /** Who did it, where it was not the person: somebody who runs the service, or null. */
  actorId: userIdSchema.nullable(),
  /** What exactly, such as "user to admin". */
  detail: z.string().nullable(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;
export const auditListSchema = z.object({ entries: z.array(auditEntrySchema), nextCursor: nextCursorSchema });
export type AuditList = z.infer<typeof auditListSchema>;
