import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, ValidationTargets } from "hono";
import { type ErrorCode, issuesOf, PartyError } from "../schema/errors.ts";
import { ANONYMOUS, type Principal, type UserPrincipal } from "../schema/principal.ts";
import type { SiteConfig } from "../schema/parties/tenant.ts";
import type { Account } from "../schema/users.ts";
import { type Authentication, authenticate, hasSeveralCookies, reliesOnCookie } from "./auth/authenticate.ts";
import { endedCookie } from "./auth/cookies.ts";
import type { Config } from "./config.ts";
import type { Env } from "./env.ts";
import type { SiteHost } from "./host.ts";
import { admit, type Asked } from "./tenants/admission.ts";

export interface AppEnv {
  Bindings: Env;
  Variables: {
    traceId: string;
    config: Config;
    host: SiteHost;
    /** Asked for at most once a request, and only where a route wants to know. */
    authentication?: Promise<Authentication>;
    /** Let in at most once a request. */
    site?: Promise<SiteConfig>;
  };
}
export type AppContext = Context<AppEnv>;

/**
 * What is wrong when a part of a request is not valid: a body that reads well says the wrong thing, a path names what
 * cannot be, everything else is malformed.
 */
const REFUSALS: Record<keyof ValidationTargets, ErrorCode> = {
  json: "unprocessable",
  form: "unprocessable",
  param: "not_found",
  query: "bad_request",
  header: "bad_request",
  cookie: "bad_request",
};

/** A router whose inputs are validated by the schemas that also make the OpenAPI document. */
export function createRouter(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) {
        const code = REFUSALS[result.target];
        const message = code === "not_found" ? "There is no such thing" : "The input is not valid";
        throw new PartyError(code, { message, issues: issuesOf(result.error) });
      }
    },
  });
}

/** Who is calling, or undefined for nobody. A credential that is no longer good is not nobody: it is refused. */
export async function findUser(c: AppContext): Promise<SignedIn | undefined> {
  const found = await authentication(c);
  if (found.state === "refused") throw new PartyError("unauthenticated", { message: "Sign in again" });
  return found.state === "user" ? found : undefined;
}

/**
 * For pages: someone whose session has ended just reads on as a stranger. Their cookie goes, for it would have the page's
 * own calls and sockets refused.
 */
export async function findViewer(c: AppContext): Promise<SignedIn | undefined> {
  const found = await authentication(c);
  if (found.state === "refused" && reliesOnCookie(c.req.raw)) takeCookieBack(c);
  return found.state === "user" ? found : undefined;
}

/** @throws PartyError `unauthenticated` */
export async function requireUser(c: AppContext): Promise<SignedIn> {
  const user = await findUser(c);
  if (user === undefined) throw new PartyError("unauthenticated", { message: "Sign in first" });
  return user;
}

/** @throws PartyError `unauthenticated` for a credential that is no longer good. */
export async function principalOf(c: AppContext): Promise<Principal> {
  return (await findUser(c))?.principal ?? ANONYMOUS;
}

export interface SignedIn {
  principal: UserPrincipal;
  /** A copy, which the users party keeps up to date. */
  account: Account;
  /** Half of its access token's life is gone, or a newer cookie has been given out: time to refresh. */
  needsRefresh: boolean;
}

/**
 * Has the browser forget its session cookie. Of several the planted ones have a domain and path that we don't know: to
 * end ours alone would leave them in its place, so all go.
 */
export function takeCookieBack(c: AppContext): void {
  if (hasSeveralCookies(c.req.raw)) c.header("Clear-Site-Data", '"cookies"');
  else c.header("Set-Cookie", endedCookie(new URL(c.req.url), c.get("config")));
}

/** Begins to find out who is calling. Whoever asks later gets the answer, or what went wrong. */
export function beginAuthentication(c: AppContext): void {
  authentication(c).catch(() => {});
}

async function authentication(c: AppContext): Promise<Authentication> {
  let found = c.get("authentication");
  if (found === undefined) {
    found = authenticate(c.req.raw, c.env, c.get("config"), c.get("traceId"));
    c.set("authentication", found);
  }
  return await found;
}

/**
 * The site that this host belongs to, which the request is counted against.
 * @throws PartyError `not_found` on the apex and for a name that no site has, `rate_limited`
 */
export async function requireSite(c: AppContext, asked: Asked = {}): Promise<SiteConfig> {
  const host = c.get("host");
  if (host.kind !== "site") throw new PartyError("not_found", { message: "There is no such site" });
  let site = c.get("site");
  if (site === undefined) {
    site = admit(c, host.subdomain, asked);
    c.set("site", site);
  }
  return await site;
}
