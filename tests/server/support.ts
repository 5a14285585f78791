import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { usersStub } from "../../parties/users/index.ts";
import { SITE_ROLES, type SiteRole } from "../../schema/site-roles.ts";
import type { Env } from "../../server/env.ts";
import worker from "../../server/worker.ts";
import type { Post } from "../../schema/http/posts.ts";
import { addMember } from "../helpers/members.ts";

/** The root domain of the worker under test. */
export const APEX = "localhost";

/** How a request reaches the worker. */
type Deployment = (request: Request) => Promise<Response>;

const asConfigured: Deployment = async (request) => await exports.default.fetch(request);

/** The same worker, parties and database with other settings. */
export function deployedWith(settings: Record<string, string>): Deployment {
  const given: Env = { ...env, ...settings } as unknown as Env;
  return async (request) =>
    await worker.fetch(request as Request<unknown, IncomingRequestCfProperties>, given, createExecutionContext());
}

export interface Call {
  host?: string;
  scheme?: "http" | "https";
  deployment?: Deployment;
  token?: string | undefined;
  cookie?: string;
  /** Left out unless given. */
  origin?: string;
  headers?: Record<string, string>;
  /** Sent as JSON; a string goes out as it is. */
  body?: unknown;
}

/** Calls the worker as the world does. Redirects are not followed. */
export async function call(method: string, path: string, options: Call = {}): Promise<Response> {
  const { host = APEX, scheme = "http", deployment = asConfigured, token, cookie, origin, body } = options;
  const headers = new Headers(options.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  if (cookie !== undefined) headers.set("cookie", cookie);
  if (origin !== undefined) headers.set("origin", origin);
  if (body !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
  const init = {
    method,
    headers,
    redirect: "manual" as const,
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  };
  return await deployment(new Request(new URL(path, `${scheme}://${host}`), init));
}

export interface Someone {
  userId: string;
  sessionId: string;
  token: string;
  /** Value of a Cookie header. */
  cookie: string;
}

/** Signs a new person in on the apex. */
export async function signIn(name = "Ada", email = `${crypto.randomUUID()}@example.com`): Promise<Someone> {
  const response = await call("POST", "/auth/dev", { body: { name, email } });
  const { userId, sessionId, accessToken } = await response.json<{
    userId: string;
    sessionId: string;
    accessToken: string;
  }>();
  return { userId, sessionId, token: accessToken, cookie: cookieOf(response) };
}

/** Somebody who runs the service. */
export async function signInAs(role: "admin" | "super_admin", name = "Grace"): Promise<Someone> {
  const email = `${crypto.randomUUID()}@example.com`;
  const { userId } = await signIn(name, email);
  await usersStub(env).update({ userId, changes: { role } });
  return await signIn(name, email);
}

/** Somebody new who has come to a site by an invitation. */
export async function joinSite(
  { host, owner }: { host: string; owner: Someone },
  role: Exclude<SiteRole, "owner">,
  name = "Bea",
): Promise<Someone> {
  const someone = await signIn(name);
  const made = await call("POST", "/api/admin/invitations", { host, token: owner.token, body: { role } });
  const { url } = await made.json<{ url: string }>();
  const accepted = await call("POST", `/api${new URL(url).pathname}/accept`, { host, token: someone.token });
  if (accepted.status !== 200) throw new Error(`${accepted.status} ${await accepted.text()}`);
  return someone;
}

/** Everybody who is less than an owner on a site: its editor, author and reader, and a stranger. */
export async function givenPeople({ subdomain }: { subdomain: string }): Promise<Someone[]> {
  const members = SITE_ROLES.filter((role) => role !== "owner").map(async (role) => {
    const member = await signIn(role);
    await addMember(subdomain, member.userId, role);
    return member;
  });
  return await Promise.all([...members, signIn("Stranger")]);
}

/** The session cookie that an answer sets, as a browser would send it back. */
export function cookieOf(response: Response, name = "understory"): string {
  const set = response.headers.getSetCookie().find((header) => header.startsWith(`${name}=`));
  return set?.split(";")[0] ?? "";
}

/** The whole Set-Cookie line of one name, if the answer has exactly one. */
export function setCookieOf(response: Response, name = "understory"): string | undefined {
  const lines = response.headers.getSetCookie().filter((line) => line.startsWith(`${name}=`));
  return lines.length === 1 ? lines[0] : undefined;
}

/** A cookie as a program takes it apart: `v1.{user}:{session}:{mac}.{secret}`. */
export function partsOf(cookie: string): { name: string; routing: string; secret: string } {
  const [, name = "", routing = "", secret = ""] = /^([^=]+)=(v1\.[^.]+)\.(.+)$/.exec(decodeURIComponent(cookie)) ?? [];
  return { name, routing, secret };
}

/** The same cookie with another secret: its routing part is ours, so its party is asked. */
export function withSecret(cookie: string, secret = "A".repeat(43)): string {
  const { name, routing } = partsOf(cookie);
  return `${name}=${routing}.${secret}`;
}

/** A new site, and the person who owns it. */
export async function makeSite(): Promise<{ host: string; subdomain: string; owner: Someone }> {
  const owner = await signIn("Olive");
  const subdomain = `s${crypto.randomUUID().slice(0, 18)}`;
  await call("POST", "/api/tenants", { token: owner.token, body: { subdomain, displayName: "Olive & Sons" } });
  return { host: `${subdomain}.${APEX}`, subdomain, owner };
}

/** Writes a post; published unless told otherwise. */
export async function writePost({ host, owner }: { host: string; owner: Someone }, given: object = {}): Promise<Post> {
  const body = { title: "Hello", content: "Some *text*.", status: "published", ...given };
  const response = await call("POST", "/api/posts", { host, token: owner.token, body });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  return await response.json<Post>();
}

/** The code of a refusal, with its status. */
export async function refusal(response: Response): Promise<string> {
  const { error } = await response.json<{ error: { code: string } }>();
  return `${response.status} ${error.code}`;
}
