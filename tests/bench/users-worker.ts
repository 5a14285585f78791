import { UsersParty, usersStub } from "../../parties/users/index.ts";
import { app } from "../../server/app.ts";
import type { Env } from "../../server/env.ts";
import { signCrowdOf } from "./svix.ts";

/** The users party as the edge meets it, with its calls counted, and Clerk's webhooks through the whole edge. */

let calls = 0;
export class Users extends UsersParty {
  override async call(request: Parameters<UsersParty["call"]>[0]): ReturnType<UsersParty["call"]> {
    calls += 1;
    return await super.call(request);
  }
}

/** How many are written to at a time. */
const CROWD = 32;

/** Makes the users that are written to. Answers their ids. */
export async function makeUsers(env: Env): Promise<string[]> {
  const made = await usersStub(env).transaction({
    steps: Array.from({ length: CROWD }, (_, n) => ({ do: "create" as const, attributes: { name: `Bench ${n}` } })),
  });
  return made.flatMap((user) => user?.id ?? []);
}

let round = 0;

/** Changes each user's address, all at once. */
export async function writeAll(env: Env, ids: readonly string[]): Promise<void> {
  round += 1;
  const users = usersStub(env);
  await Promise.all(
    ids.map(async (userId) => await users.update({ userId, changes: { email: `bench${round}@example.com` } })),
  );
}

/** The same on plain SQLite. */
export async function writeAllBare(
  bare: () => Promise<{ setEmail(id: string, email: string): Promise<unknown> }>,
  ids: readonly string[],
): Promise<void> {
  round += 1;
  await Promise.all(ids.map(async (id) => await (await bare()).setEmail(id, `bench${round}@example.com`)));
}

/** Somebody signed in asks for themselves and for somebody else. Answers how often the users party was asked. */
export async function readProfiles(env: Env, times: number): Promise<{ calls: number; ms: number }> {
  const headers = { "content-type": "application/json" };
  const login = new Request("http://localhost/auth/dev", {
    method: "POST",
    headers,
    body: JSON.stringify({ email: "bench@example.com", name: "Bench" }),
  });
  const given = { ...env, DEV_LOGIN: "1" };
  const { accessToken, userId } = await (await app.fetch(login, given)).json<{ accessToken: string; userId: string }>();
  const authorization = `Bearer ${accessToken}`;
  calls = 0;
  const start = performance.now();
  for (let n = 0; n < times; n += 1) {
    const path = n % 2 === 0 ? "/api/me" : `/api/users/${userId}`;
    const answer = await app.fetch(new Request(`http://localhost${path}`, { headers: { authorization } }), given);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    await answer.arrayBuffer();
  }
  return { calls, ms: performance.now() - start };
}

/** New people whom Clerk tells of: signature, transaction, projection rows, answer. */
export async function takeWebhooks(env: Env, times: number): Promise<void> {
  const { secret, requests } = signCrowdOf(times);
  const given = { ...env, CLERK_WEBHOOK_SECRET: secret };
  for (let first = 0; first < requests.length; first += CROWD) {
    const answers = await Promise.all(
      requests.slice(first, first + CROWD).map(async (request) => await app.fetch(request, given)),
    );
    const refused = answers.find(({ ok }) => !ok);
    if (refused !== undefined) throw new Error(`A webhook was answered ${refused.status}: ${await refused.text()}`);
    await Promise.all(answers.map(async (answer) => await answer.arrayBuffer()));
  }
}
