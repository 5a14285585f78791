import { createHmac, createSecretKey } from "node:crypto";
import { sessionIdSchema, userIdSchema } from "../../schema/ids.ts";
import { sameText } from "./same-text.ts";

/**
 * Credentials that route themselves: `{kind}.{userId}:{sessionId}:{mac}.{secret}`. The middle part tells which session
 * party to ask; its MAC is checked here, so that a forged one wakes no party. The secret is checked there.
 *
 * Kinds: `v1` the session cookie, `a1` an access token, `t1` a ticket.
 */
export type CredentialKind = "v1" | "a1" | "t1";

export interface Credential {
  userId: string;
  sessionId: string;
  secret: string;
}

const FORM = /^(v1|a1|t1)\.([^.:]+):([^.:]+):([^.:]+)\.([A-Za-z0-9_-]{16,128})$/;

export function mintCredential(key: string, kind: CredentialKind, { userId, sessionId, secret }: Credential): string {
  return `${kind}.${userId}:${sessionId}:${macOf(key, kind, userId, sessionId)}.${secret}`;
}

/** Answers `undefined` for anything that we have not made, whatever it looks like. Never throws. */
export function readCredential(key: string, kind: CredentialKind, text: string): Credential | undefined {
  const [, found, userId, sessionId, mac, secret] = FORM.exec(text) ?? [];
  if (found !== kind || userId === undefined || sessionId === undefined || mac === undefined || secret === undefined)
    return undefined;
  if (!userIdSchema.safeParse(userId).success || !sessionIdSchema.safeParse(sessionId).success) return undefined;
  if (!sameText(mac, macOf(key, kind, userId, sessionId))) return undefined;
  return { userId, sessionId, secret };
}

function macOf(key: string, kind: CredentialKind, userId: string, sessionId: string): string {
  return createHmac("sha256", createSecretKey(key, "base64"))
    .update(`${kind}.${userId}:${sessionId}`)
    .digest("base64url");
}
