import { sessionStub, SessionParty } from "../../parties/session/index.ts";
import type { UserPrincipal } from "../../schema/principal.ts";
import { NEW_ACCOUNT } from "../../schema/users.ts";
import { authenticate } from "../../server/auth/authenticate.ts";
import { cookieCredential } from "../../server/auth/authenticate.ts";
import { mintCredential } from "../../server/auth/credentials.ts";
import { sameText } from "../../server/auth/same-text.ts";
import { configOf } from "../../server/config.ts";
import type { Env } from "../../server/env.ts";

/** Sessions as the edge meets them, beside the same sessions kept in D1. */

export class Session extends SessionParty {
  sleep(): void {
    this.ctx.abort("evicted");
  }
}

/** People and their devices, by number. */
const userIdOf = (person: number): string => `usr_${String(person).padStart(21, "0")}`;

/** Someone who is signed in, as a benchmark may pretend. */
export function principalOf(userId: string, sessionId: string): UserPrincipal {
  return { kind: "user", user: { id: userId, name: "Bench", picture: null }, role: "user", sessionId };
}

/** Signs `people` people in, from number `first` on, on `devices` devices each. Answers the session ids of each. */
export async function signIn(
  env: Env,
  { first, people, devices }: { first: number; people: number; devices: number },
): Promise<{ userId: string; sessions: string[] }[]> {
  const made: { userId: string; sessions: string[] }[] = [];
  for (let person = first; person < first + people; person++) {
    const userId = userIdOf(person);
    const sessions: string[] = [];
    for (let device = 0; device < devices; device++) sessions.push((await create(env, userId)).sessionId);
    made.push({ userId, sessions });
  }
  return made;
}

async function create(env: Env, userId: string) {
  return await sessionStub(env, { userId }).createSession({
    account: { ...NEW_ACCOUNT, id: userId, name: "Bench", picture: null, email: null, role: "user" },
    userAgent: "Bench/1.0",
    ipAddress: "127.0.0.1",
    deviceId: "dev_000000000000000000000",
  });
}

/** One request of a signed-in browser, and the same session as a row of D1. */
export async function prepareLookup(env: Env): Promise<{ request: Request; hash: string }> {
  const userId = "usr_lookup000000000000000";
  const { sessionId, secret } = await create(env, userId);
  const cookie = mintCredential(configOf(env).SESSION_SECRET, "v1", { userId, sessionId, secret });
  const hash = await hashOf(secret);
  await env.DB.batch([
    env.DB.prepare(
      "CREATE TABLE IF NOT EXISTS bench_sessions (id TEXT PRIMARY KEY, user_id TEXT, hash TEXT, last_active INTEGER, expires_at INTEGER)",
    ),
    env.DB.prepare("INSERT INTO bench_sessions VALUES (?, ?, ?, ?, ?)").bind(
      sessionId,
      userId,
      hash,
      Date.now(),
      Date.now() + 86_400_000,
    ),
    env.DB.prepare("INSERT OR IGNORE INTO users (id, name, created_at, updated_at) VALUES (?, 'Bench', 0, 0)").bind(
      userId,
    ),
  ]);
  const request = new Request("http://localhost/api/me", {
    headers: { cookie: `understory=${encodeURIComponent(cookie)}` },
  });
  return { request, hash };
}

/** The edge's own way: MAC, then one call to the session party. Without D1: touching it fails. */
export async function validateByParty(env: Env, request: Request): Promise<void> {
  const found = await authenticate(request, withoutD1(env), configOf(env), "bench");
  if (found.state !== "user") throw new Error("The session is not valid");
}

/** A design without parties: the same cookie and MAC, then the session and its person from D1. */
export async function validateByD1(env: Env, request: Request): Promise<void> {
  const credential = cookieCredential(request, configOf(env));
  if (credential === undefined) throw new Error("The cookie does not read");
  const row = await env.DB.prepare(
    "SELECT s.hash, s.expires_at, u.id, u.name, u.picture, u.role FROM bench_sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ?",
  )
    .bind(credential.sessionId)
    .first<{ hash: string; expires_at: number }>();
  if (row === null || row.expires_at < Date.now() || !sameText(await hashOf(credential.secret), row.hash))
    throw new Error("The session is not valid");
}

const sealedOff = new WeakMap<Env, Env>();

/** The same env each time, for settings are read once for each. */
function withoutD1(env: Env): Env {
  let without = sealedOff.get(env);
  if (without === undefined) {
    const forbidden = new Proxy({} as D1Database, {
      get: () => {
        throw new Error("The hot path touches D1");
      },
    });
    without = { ...env, DB: forbidden };
    sealedOff.set(env, without);
  }
  return without;
}

async function hashOf(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
