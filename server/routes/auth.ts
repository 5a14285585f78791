import { createRoute, z } from "@hono/zod-openapi";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { runtime } from "../../parties/kernel/index.ts";
import { sessionStub } from "../../parties/session/index.ts";
import { PartyError } from "../../schema/errors.ts";
import { accessSchema, devLoginSchema, signedInSchema } from "../../schema/http/identity.ts";
import { accountOf } from "../users/account-of.ts";
import { cookieCredential, cookieCredentials, hasSeveralCookies } from "../auth/authenticate.ts";
import { mintCredential, readCredential } from "../auth/credentials.ts";
import {
  apexUrl,
  challengeOf,
  handoffSchema,
  newNonce,
  NONCE_COOKIE,
  NONCE_MAX_AGE_S,
  nonceMatches,
  requireHandoff,
  ticketTarget,
} from "../auth/handoff.ts";
import { safeReturnTo } from "../auth/return-to.ts";
import { giveCookie, signIn, visitorOf } from "../auth/sign-in.ts";
import { noteFailedAddress, requireOpenAddress } from "../auth/attempts.ts";
import { requireDocument } from "../auth/require-document.ts";
import { type AppContext, createRouter, findViewer, requireSite, takeCookieBack } from "../context.ts";
import { isLocal } from "../host.ts";
import { answers, body, json } from "../openapi.ts";

const devLogin = createRoute({
  method: "post",
  path: "/auth/dev",
  tags: ["sign-in"],
  summary: "Sign in as anyone; on localhost with DEV_LOGIN only",
  request: { body: body(devLoginSchema) },
  responses: answers({ 200: json("Signed in; the cookie is set", signedInSchema) }, "not_found", "unprocessable"),
});

const refresh = createRoute({
  method: "post",
  path: "/auth/refresh",
  tags: ["sign-in"],
  summary: "A new access token and a new session cookie for the holder of the cookie",
  responses: answers({ 200: json("Refreshed", accessSchema) }, "unauthenticated", "rate_limited"),
});

const logout = createRoute({
  method: "post",
  path: "/auth/logout",
  tags: ["sign-in"],
  summary: "End this session",
  responses: answers({
    204: { description: "Signed out; the cookie is gone" },
    303: { description: "The same, for a page's form" },
  }),
});

const begin = createRoute({
  method: "get",
  path: "/auth/begin",
  tags: ["sign-in"],
  summary: "Begin sign-in on a site whose cookies the apex cannot set",
  request: { query: z.object({ returnTo: z.string().max(2_000).optional() }) },
  responses: answers({ 302: { description: "To the apex; signed in already, back to where it began" } }, "not_found"),
});

const handoff = createRoute({
  method: "get",
  path: "/auth/handoff",
  tags: ["sign-in"],
  summary: "Finish sign-in on a site with the ticket that the apex gave",
  request: { query: handoffSchema.omit({ site: true }).extend({ ticket: z.string().max(400) }) },
  responses: answers({ 302: { description: "Signed in, back to where it began" } }, "unauthenticated"),
});

export const authRoutes = createRouter()
  .openapi(devLogin, async (c) => {
    const config = c.get("config");
    if (!config.DEV_LOGIN || !isLocal(new URL(c.req.url))) throw new PartyError("not_found");
    const { email, name } = c.req.valid("json");
    const identity = { provider: "dev", subject: email.toLowerCase(), name, picture: null, email, emailVerified: true };
    return c.json(await signIn(c, await accountOf(c, identity), { provider: "dev" }), 200);
  })
  .openapi(refresh, async (c) => {
    const credential = cookieCredential(c.req.raw, c.get("config"));
    if (credential === undefined) throw new PartyError("unauthenticated", { message: "Sign in first" });
    const { userId, sessionId, secret } = credential;
    const party = sessionStub(c.env, { userId }, c.get("traceId"));
    const found = await party.refreshSession({ sessionId, secret, ...visitorOf(c) });
    if (found.state === "refused") throw new PartyError("unauthenticated", { message: "Sign in again" });
    if (found.state === "locked") {
      const { retryAfterMs } = found;
      throw new PartyError("rate_limited", { message: "Too many failed attempts: wait a little", retryAfterMs });
    }
    giveCookie(c, { userId, sessionId, secret: found.secret });
    const access = { userId, sessionId, secret: found.accessSecret };
    const accessToken = mintCredential(c.get("config").SESSION_SECRET, "a1", access);
    return c.json({ accessToken, expiresIn: found.accessExpiresIn }, 200);
  })
  .openapi(logout, async (c) => {
    const user = await findViewer(c);
    if (user !== undefined) {
      const { sessionId } = user.principal;
      await sessionStub(c.env, { userId: user.principal.user.id }, c.get("traceId")).revokeSession({ sessionId });
    }
    if (hasSeveralCookies(c.req.raw)) await endAllShown(c);
    takeCookieBack(c);
    // A page without JavaScript sends its form and goes where the answer says.
    const isForm = c.req.header("content-type")?.startsWith("application/x-www-form-urlencoded") ?? false;
    return isForm ? c.redirect("/", 303) : c.body(null, 204);
  })
  .openapi(begin, async (c) => {
    requireDocument(c);
    requireHandoff(c);
    const { tenant } = await requireSite(c, { keys: ["login"] });
    const url = new URL(c.req.url);
    const { ROOT_DOMAIN } = c.get("config");
    const returnTo = safeReturnTo(c.req.valid("query").returnTo, url, ROOT_DOMAIN);
    // Any page can link here, and to sign in anew would end the session that is there.
    if ((await findViewer(c)) !== undefined) return c.redirect(returnTo, 302);
    const nonce = newNonce();
    setCookie(c, NONCE_COOKIE, nonce, {
      path: "/auth",
      httpOnly: true,
      sameSite: "Lax",
      secure: url.protocol === "https:",
      maxAge: NONCE_MAX_AGE_S,
    });
    return c.redirect(
      apexUrl(url, ROOT_DOMAIN, { site: tenant.subdomain, challenge: challengeOf(nonce), returnTo }),
      302,
    );
  })
  .openapi(handoff, async (c) => {
    requireDocument(c);
    requireHandoff(c);
    const { tenant } = await requireSite(c, { keys: ["login"] });
    await requireOpenAddress(c);
    const { ticket, challenge, returnTo } = c.req.valid("query");
    const config = c.get("config");
    const credential = readCredential(config.SESSION_SECRET, "t1", ticket);
    const nonce = getCookie(c, NONCE_COOKIE);
    if (credential === undefined || nonce === undefined || !nonceMatches(nonce, challenge)) return await refuse(c);
    const party = sessionStub(c.env, credential, c.get("traceId"));
    const to = ticketTarget({ site: tenant.subdomain, challenge });
    const found = await party.redeemTicket({ secret: credential.secret, ...to, opensSocket: false });
    // It counts against the address alone: an old ticket in somebody's hands must not lock its account.
    if (!found.valid) return await refuse(c);
    const { account, provider, deviceId, expiresAt } = found;
    await signIn(c, account, { provider, deviceId, expiresIn: secondsUntil(expiresAt) });
    deleteCookie(c, NONCE_COOKIE, { path: "/auth" });
    return c.redirect(safeReturnTo(returnTo, new URL(c.req.url), config.ROOT_DOMAIN), 302);
  });

/** Ends each session whose cookie the browser has: which of them its owner means, nobody knows. */
async function endAllShown(c: AppContext): Promise<void> {
  const shown = cookieCredentials(c.req.raw, c.get("config"));
  await Promise.all(
    shown.map(async ({ userId, ...credential }) => {
      await sessionStub(c.env, { userId }, c.get("traceId")).displaceSession(credential);
    }),
  );
}

/** Whole seconds until a time in milliseconds, at least one. */
function secondsUntil(at: number): number {
  return Math.max(1, Math.floor((at - runtime().now()) / 1_000));
}

/** @throws PartyError `unauthenticated`, always; the failure counts against the caller's address. */
async function refuse(c: AppContext): Promise<never> {
  await noteFailedAddress(c);
  throw new PartyError("unauthenticated", { message: "This sign-in was begun elsewhere; begin again" });
}
