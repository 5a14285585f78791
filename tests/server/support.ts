import { exports } from "cloudflare:workers";
import type { Post } from "../../schema/http/posts.ts";

/** The root domain of the worker under test. */
export const APEX = "localhost";

export interface Call {
  host?: string;
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
  const { host = APEX, token, cookie, origin, body } = options;
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
  return await exports.default.fetch(new Request(new URL(path, `http://${host}`), init));
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

/** The session cookie that an answer sets, as a browser would send it back. */
export function cookieOf(response: Response, name = "understory"): string {
  const set = response.headers.getSetCookie().find((header) => header.startsWith(`${name}=`));
  return set?.split(";")[0] ?? "";
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
