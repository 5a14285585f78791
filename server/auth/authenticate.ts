import { sessionStub } from "../../parties/session/index.ts";
import { PartyError } from "../../schema/errors.ts";
import type { Profile } from "../../schema/http/identity.ts";
import type { UserPrincipal } from "../../schema/principal.ts";
import type { Config } from "../config.ts";
import type { Env } from "../env.ts";
import { cookieName, cookiesNamed } from "./cookies.ts";
import { type Credential, readCredential } from "./credentials.ts";

/** `refused`: a credential was shown, and it is not good. */
export type Authentication =
  | { state: "user"; principal: UserPrincipal; profile: Profile }
  | { state: "nobody" }
  | { state: "refused" };

/** What a request shows of itself, before anyone is asked. */
type Shown = { credential: Credential; kind: "cookie" | "access" } | "nothing" | "nonsense";

/** Finds out who sends a request. `socket` is where it is about to open one, which its session then remembers. */
export async function authenticate(
  request: Request,
  env: Env,
  config: Config,
  traceId: string,
  socket?: { party: string; name: string },
): Promise<Authentication> {
  const shown = shownBy(request, config);
  if (shown === "nothing") return { state: "nobody" };
  if (shown === "nonsense") return { state: "refused" };
  const { userId, sessionId, secret } = shown.credential;
  try {
    const input = { sessionId, secret, kind: shown.kind, ...(socket && { socket }) };
    return { state: "user", ...(await sessionStub(env, { userId }, traceId).validate(input)) };
  } catch (error) {
    if (error instanceof PartyError && error.code === "unauthenticated") return { state: "refused" };
    throw error;
  }
}

/** The cookie's own credential, for routes that act on the session itself. */
export function cookieCredential(request: Request, config: Config): Credential | undefined {
  const cookies = cookiesNamed(request, cookieName(new URL(request.url)));
  const [cookie] = cookies;
  return cookies.length === 1 && cookie !== undefined ? readCredential(config.SESSION_SECRET, "v1", cookie) : undefined;
}

/** Whether the request relies on a cookie, and so needs an origin of ours. */
export function reliesOnCookie(request: Request): boolean {
  return !request.headers.has("authorization") && cookiesNamed(request, cookieName(new URL(request.url))).length > 0;
}

function shownBy(request: Request, config: Config): Shown {
  const authorization = request.headers.get("authorization");
  if (authorization !== null) {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    const credential = token === undefined ? undefined : readCredential(config.SESSION_SECRET, "a1", token);
    return credential === undefined ? "nonsense" : { credential, kind: "access" };
  }
  const count = cookiesNamed(request, cookieName(new URL(request.url))).length;
  if (count === 0) return "nothing";
  const credential = cookieCredential(request, config);
  return credential === undefined ? "nonsense" : { credential, kind: "cookie" };
}
