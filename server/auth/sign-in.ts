import { sessionStub } from "../../parties/session/index.ts";
import type { Profile } from "../../schema/http/identity.ts";
import type { AppContext } from "../context.ts";
import { sessionCookie } from "./cookies.ts";
import { mintCredential } from "./credentials.ts";

/** Longer user agents are cut: they only name a device. */
const MAX_USER_AGENT = 1_000;

/** Starts a session for this browser and gives it the cookie. */
export async function signIn(c: AppContext, profile: Profile) {
  const config = c.get("config");
  const created = await sessionStub(c.env, { userId: profile.id }, c.get("traceId")).create({
    profile,
    userAgent: c.req.header("user-agent")?.slice(0, MAX_USER_AGENT) ?? null,
    // Cloudflare's network writes this header and drops a client's own.
    ipAddress: c.req.header("cf-connecting-ip")?.slice(0, 64) ?? null,
  });
  const who = { userId: profile.id, sessionId: created.sessionId };
  const cookie = mintCredential(config.SESSION_SECRET, "v1", { ...who, secret: created.secret });
  c.header("Set-Cookie", sessionCookie(new URL(c.req.url), config, cookie), { append: true });
  return {
    ...who,
    accessToken: mintCredential(config.SESSION_SECRET, "a1", { ...who, secret: created.accessSecret }),
    expiresIn: created.accessExpiresIn,
  };
}
