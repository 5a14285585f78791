import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type Answer, send } from "../../scripts/lib/http.ts";
import { type Site, startSite } from "../e2e/harness.ts";

const KILLS = 10;
const PEOPLE = 24;
const DEVICES = 4;
const REFRESHES = 4;
/** How often one request may fail before the server is taken to be broken: far more than the kills explain. */
const MAX_TRIES = 2_000;

const signedInSchema = z.object({ userId: z.string(), sessionId: z.string() });

/** A signed-in device, with what the server has acknowledged of it. */
interface Device {
  email: string;
  userId: string;
  sessionId: string;
  /** The newest cookie that was acknowledged. */
  cookie: string;
  isRevoked: boolean;
}

let site: Site;
let devices: Device[];
let acknowledged = 0;
let kills = 0;

beforeAll(async () => {
  site = await startSite();
  const people = Array.from({ length: PEOPLE }, () => `${randomUUID()}@understory.example`);
  devices = (await Promise.all(people.map(livesOf))).flat();
}, 120_000);

afterAll(async () => {
  await site.stop();
});

test("several hundred steps were acknowledged over 10 kills", () => {
  expect(kills).toBe(KILLS);
  expect(acknowledged).toBeGreaterThan(PEOPLE * DEVICES * (REFRESHES + 1));
});

test("every session that was not ended is good for its newest cookie, and no ended one is for any", async () => {
  for (const { cookie, isRevoked } of devices) {
    const { status } = await once("GET", "/api/me", cookie);
    expect(status).toBe(isRevoked ? 401 : 200);
  }
});

test("the audit log has each sign-in and each end once, and nobody was taken for a thief", async () => {
  const database = await site.server.miniflare.getD1Database("DB");
  for (const { sessionId, isRevoked } of devices) {
    const lines = async () =>
      (
        await database
          .prepare("SELECT kind FROM audit_log WHERE session_id = ? ORDER BY created_at, id")
          .bind(sessionId)
          .all<{ kind: string }>()
      ).results.map(({ kind }) => kind);
    const expected = isRevoked ? ["sign_in", "session_revoked"] : ["sign_in"];
    // Lines are on their way within half a second, and are tried again until D1 has them.
    await expect.poll(lines, { timeout: 30_000 }).toEqual(expected);
  }
});

/** One person's devices, one after the other: each signs in, is refreshed, and every other one is logged out. */
async function livesOf(email: string): Promise<Device[]> {
  const lived: Device[] = [];
  for (let n = 0; n < DEVICES; n++) {
    const answer = await insist("POST", "/auth/dev", null, { email, name: "Ada" });
    const device = {
      email,
      ...signedInSchema.parse(JSON.parse(answer.body)),
      cookie: cookieOf(answer),
      isRevoked: false,
    };
    for (let times = 0; times < REFRESHES; times++) {
      // Sent again with the same cookie until it is answered: a lost answer must not cost the session.
      device.cookie = cookieOf(await insist("POST", "/auth/refresh", device.cookie));
    }
    if (n % 2 === 1) {
      await insist("POST", "/auth/logout", device.cookie);
      device.isRevoked = true;
    }
    lived.push(device);
  }
  return lived;
}

/** Repeats a request until it is acknowledged, and kills workerd with -9 at even steps of the whole. */
async function insist(method: string, path: string, cookie: string | null, body?: unknown): Promise<Answer> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const answer = await once(method, path, cookie, body).catch(() => undefined);
    if (answer === undefined || answer.status >= 500) continue;
    if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.body}`);
    acknowledged += 1;
    const total = PEOPLE * DEVICES * (REFRESHES + 1.5);
    if (kills < KILLS && acknowledged >= (total / (KILLS + 1)) * (kills + 1)) {
      kills += 1;
      process.kill(site.server.workerdPid(), "SIGKILL");
    }
    return answer;
  }
  throw new Error(`${path} was not acknowledged in ${MAX_TRIES} tries`);
}

async function once(method: string, path: string, cookie: string | null, body?: unknown): Promise<Answer> {
  const headers = cookie === null ? {} : { cookie, origin: site.origin() };
  return await send(method, new URL(path, site.origin()), headers, body);
}

function cookieOf({ headers }: Answer): string {
  const cookie = headers["set-cookie"]?.find((text) => text.startsWith("understory="));
  if (cookie === undefined) throw new Error("No session cookie was set");
  return cookie.split(";")[0] ?? "";
}
