import { log } from "../../parties/kernel/index.ts";
import { sessionStub } from "../../parties/session/index.ts";
import { PartyError } from "../../schema/errors.ts";
import type { Account } from "../../schema/users.ts";
import type { AppContext } from "../context.ts";
import { addressOf } from "./source.ts";
import { cookieCredential } from "./authenticate.ts";
import { sessionCookie } from "./cookies.ts";
import { type Credential, mintCredential } from "./credentials.ts";
import { deviceOf, keepDevice } from "./device-cookie.ts";

/** Longer user agents are cut: they only name a device. */
const MAX_USER_AGENT = 1_000;

/** How somebody proved who they are. */
export interface Proof {
  /** "github", "google", "oidc", "dev". */
  provider: string | null;
  /** What the provider gave to stay in touch; kept sealed. */
  refreshToken?: string | null;
  /** The device that handed the sign-in over, when it is this very browser on another host of ours. */
  deviceId?: string;
  /** Seconds that the session may last at most, where whoever vouches has no longer to live. */
  expiresIn?: number;
}

/** What is known of the caller's machine. */
export function visitorOf(c: AppContext) {
  return { userAgent: c.req.header("user-agent")?.slice(0, MAX_USER_AGENT) ?? null, ipAddress: addressOf(c) };
}

/**
 * Starts a session for this browser and gives it the cookie. The session whose cookie it had ends.
 * @throws PartyError `rate_limited` while sign-in to this account is locked, `forbidden` while it is suspended, `gone`
 *   once it is deleted
 */
export async function signIn(
  c: AppContext,
  account: Account,
  { provider, refreshToken = null, deviceId, expiresIn }: Proof,
) {
  const config = c.get("config");
  const before = cookieCredential(c.req.raw, config);
  const isSamePerson = before?.userId === account.id;
  const device = deviceOf(c, deviceId);
  const created = await sessionStub(c.env, { userId: account.id }, c.get("traceId")).createSession({
    account,
    ...visitorOf(c),
    deviceId: device,
    provider,
    refreshToken,
    replaces: before !== undefined && isSamePerson ? shown(before) : null,
    ...(expiresIn !== undefined && { expiresIn }),
  });
  const who = { userId: account.id, sessionId: created.sessionId };
  // Before anything else may fail: a session whose cookie never leaves would take one of the person's places.
  giveCookie(c, { ...who, secret: created.secret });
  keepDevice(c, device);
  if (before !== undefined && !isSamePerson) await displaceOther(c, before);
  return {
    ...who,
    accessToken: mintCredential(config.SESSION_SECRET, "a1", { ...who, secret: created.accessSecret }),
    expiresIn: created.accessExpiresIn,
  };
}

/** Has the browser keep a session's secret. */
export function giveCookie(c: AppContext, credential: Credential): void {
  const config = c.get("config");
  const cookie = mintCredential(config.SESSION_SECRET, "v1", credential);
  c.header("Set-Cookie", sessionCookie(new URL(c.req.url), config, cookie), { append: true });
}

/** Ends the session of the person who was signed in here before, as well as that goes: its cookie is gone already. */
async function displaceOther(c: AppContext, before: Credential): Promise<void> {
  const traceId = c.get("traceId");
  try {
    await sessionStub(c.env, { userId: before.userId }, traceId).displaceSession(shown(before));
  } catch (error) {
    if (!(error instanceof PartyError) || error.code !== "unavailable") throw error;
    log("warn", "session.not_displaced", { traceId, userId: before.userId, sessionId: before.sessionId });
  }
}

const shown = ({ sessionId, secret }: Credential) => ({ sessionId, secret });
