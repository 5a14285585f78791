import { z } from "zod";
import { errorBodySchema } from "../../schema/errors.ts";

/** A server of Understory's, as somebody who runs it. */

const DEFAULT_URL = "http://localhost:8787";

const accessSchema = z.object({ accessToken: z.string() });

/** What the server does not want or cannot do, in words for the terminal. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

export interface Operator {
  get(path: string): Promise<Response>;
  post(path: string, body?: unknown): Promise<Response>;
}

/**
 * Reaches the server at `UNDERSTORY_URL` with the access token in `OPERATOR_TOKEN`. Without one it signs in as the first
 * of `ADMIN_EMAILS`, which a server on this machine with dev login lets it, and does so again when that token has ended.
 * @throws Refusal
 */
export async function reachServer(environment: NodeJS.ProcessEnv): Promise<Operator> {
  const base = environment["UNDERSTORY_URL"] ?? DEFAULT_URL;
  const given = environment["OPERATOR_TOKEN"];
  let token = given ?? (await signIn(base, environment));
  const ask = async (path: string, init: { method: string; body?: string }): Promise<Response> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    return await reach(base, path, { ...init, headers });
  };
  const insist = async (path: string, init: { method: string; body?: string }): Promise<Response> => {
    const response = await ask(path, init);
    if (response.status !== 401 || given !== undefined) return await accepted(response);
    token = await signIn(base, environment);
    return await accepted(await ask(path, init));
  };
  return {
    get: async (path) => await insist(path, { method: "GET" }),
    post: async (path, body = {}) => await insist(path, { method: "POST", body: JSON.stringify(body) }),
  };
}

async function signIn(base: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const [email] = (environment["ADMIN_EMAILS"] ?? "").split(",").map((address) => address.trim());
  if (email === undefined || email === "")
    throw new Refusal(401, "Set OPERATOR_TOKEN to an operator's access token, or ADMIN_EMAILS to sign in on localhost");
  const response = await reach(base, "/auth/dev", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, name: "Operator" }),
  });
  if (response.status === 404)
    throw new Refusal(404, `${base} does not let anybody sign in without a provider: set OPERATOR_TOKEN`);
  return accessSchema.parse(await (await accepted(response)).json()).accessToken;
}

async function reach(base: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(new URL(path, base), init);
  } catch (error) {
    throw new Refusal(503, `Nobody answers at ${base}`, { cause: error });
  }
}

/** @throws Refusal with the server's reason */
async function accepted(response: Response): Promise<Response> {
  if (response.ok) return response;
  const text = await response.text();
  const body = errorBodySchema.safeParse(parsed(text));
  throw new Refusal(response.status, body.success ? body.data.error.message : `The server answered ${response.status}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
