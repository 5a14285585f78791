import type { Destination } from "../../parties/kernel/index.ts";
import { sessionStub } from "../../parties/session/index.ts";
import type { UserPrincipal } from "../../schema/principal.ts";
import type { Account } from "../../schema/users.ts";
import type { Config } from "../config.ts";
import type { Env } from "../env.ts";
import { requireOwnParty } from "../parties.ts";
import { cookieName, cookiesNamed } from "./cookies.ts";
import { type Credential, readCredential } from "./credentials.ts";

/** `refused`: a credential was shown, and it is not good. */
export type Authentication =
  | { state: "user"; principal: UserPrincipal; account: Account; needsRefresh: boolean }
  | { state: "nobody" }
  | { state: "refused" };

/** A credential whose routing part is ours. Its secret has not been looked at. */
export interface Proven {
  credential: Credential;
  kind: "cookie" | "access";
}
/** What a request shows of itself, before anyone is asked. */
type Shown = Proven | "nothing" | "nonsense";

/** Finds out who sends a request. `socket` is where it is about to open one, which its session then remembers. */
export async function authenticate(
  request: Request,
  env: Env,
  config: Config,
  traceId: string,
  socket?: Destination,
): Promise<Authentication> {
  const shown = shownBy(request, config);
  if (shown === "nothing") return { state: "nobody" };
  if (shown === "nonsense") return { state: "refused" };
  if (socket !== undefined) requireOwnParty(socket, shown.credential.userId);
  return await vouchFor(env, shown, traceId, socket);
}

/** Asks a credential's session whether it is good. */
export async function vouchFor(
  env: Env,
  { credential: { userId, sessionId, secret }, kind }: Proven,
  traceId: string,
  socket?: Destination,
): Promise<Authentication> {
  const input = { sessionId, secret, kind, ...(socket && { socket }) };
  const found = await sessionStub(env, { userId }, traceId).validateSession(input);
  return found.valid ? { state: "user", ...found } : { state: "refused" };
}

/** The cookie's own credential, for routes that act on the session itself. Of several none is believed. */
export function cookieCredential(request: Request, config: Config): Credential | undefined {
  return hasSeveralCookies(request) ? undefined : cookieCredentials(request, config)[0];
}

/** The credentials in all session cookies, for ending them. */
export function cookieCredentials(request: Request, config: Config): Credential[] {
  return sessionCookies(request).flatMap((cookie) => readCredential(config.SESSION_SECRET, "v1", cookie) ?? []);
}

/** Whether there are session cookies besides the one that we give: a sibling's page, for one, can plant them. */
export function hasSeveralCookies(request: Request): boolean {
  return sessionCookies(request).length > 1;
}

/** Whether the request relies on a cookie, and so needs an origin of ours. */
export function reliesOnCookie(request: Request): boolean {
  return !request.headers.has("authorization") && sessionCookies(request).length > 0;
}

function sessionCookies(request: Request): string[] {
  return cookiesNamed(request, cookieName(new URL(request.url)));
}

/** Reads a request's credential without asking anyone. */
export function shownBy(request: Request, config: Config): Shown {
  const authorization = request.headers.get("authorization");
  if (authorization !== null) {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    const credential = token === undefined ? undefined : readCredential(config.SESSION_SECRET, "a1", token);
    return credential === undefined ? "nonsense" : { credential, kind: "access" };
  }
  if (sessionCookies(request).length === 0) return "nothing";
  const credential = cookieCredential(request, config);
  return credential === undefined ? "nonsense" : { credential, kind: "cookie" };
}
