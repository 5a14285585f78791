import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { type AuditList, auditListSchema } from "../../schema/http/audit.ts";
import { sessionStateSchema } from "../../schema/parties/session.ts";
import { type TestClock, useClock } from "../helpers/clock.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { ringAlarms } from "../helpers/objects.ts";
import { join } from "../helpers/sockets.ts";
import { APEX, call, refusal, type Someone, signIn, withSecret } from "./support.ts";

withD1Migrations();
const ORIGIN = `http://${APEX}`;

describe("GET /api/me/state", () => {
  test("answers what a session's socket says first, to the session that asks", async () => {
    const email = `${crypto.randomUUID()}@example.com`;
    const [laptop, phone] = [await signIn("Ada", email), await signIn("Ada", email)];
    const socket = await join({ host: APEX, party: "session", name: laptop.userId, cookie: laptop.cookie });
    await socket.ask({ type: "join_game", gameId: "chess-1" });
    await socket.ask({ type: "update_settings", settings: { theme: "dark" } });

    const answer = await call("GET", "/api/me/state", { token: phone.token });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const state = sessionStateSchema.parse(await answer.json());
    expect(state).toMatchObject({
      sessionId: phone.sessionId,
      activeGames: ["chess-1"],
      settings: { theme: "dark" },
      presence: "online",
    });
    expect(new Map(state.devices.map(({ id, presence }) => [id, presence]))).toEqual(
      new Map([
        [laptop.sessionId, "online"],
        [phone.sessionId, "offline"],
      ]),
    );
    const theirs = await join({ host: APEX, party: "session", name: phone.userId, bearer: phone.token });
    const { type: _, ...first } = await theirs.next("initial_state");
    expect(Object.keys(first).toSorted()).toEqual(Object.keys(state).toSorted());
    expect(first).toMatchObject({ sessionId: phone.sessionId, deviceId: state.deviceId, settings: state.settings });
  });

  test("is for those who are signed in, and tells nothing secret", async () => {
    expect(await refusal(await call("GET", "/api/me/state"))).toBe("401 unauthenticated");
    const { cookie } = await signIn();
    const text = await (await call("GET", "/api/me/state", { cookie })).text();
    expect(text).not.toMatch(/secret|hash|token/i);
  });
});

/** Lets the session party's rows reach D1. */
async function settle(clock: TestClock, { userId }: Someone): Promise<void> {
  clock.advance(1_000);
  await ringAlarms(env.Session.getByName(userId));
}

async function auditOf({ token }: Someone, query = ""): Promise<AuditList> {
  const answer = await call("GET", `/api/me/audit${query}`, { token });
  expect(answer.status).toBe(200);
  return auditListSchema.parse(await answer.json());
}

/** Somebody with so many lines in the audit log, a second apart: each sign-in of theirs. */
async function signedInOften(clock: TestClock, times: number) {
  const email = `${crypto.randomUUID()}@example.com`;
  let last = await signIn("Ada", email);
  for (let n = 1; n < times; n++) {
    clock.advance(1_000);
    last = await signIn("Ada", email);
  }
  await settle(clock, last);
  return { ...last, email };
}

describe("GET /api/me/audit", () => {
  test("tells what happened, the newest first, with where it came from", async () => {
    const clock = useClock();
    const email = `${crypto.randomUUID()}@example.com`;
    const headers = {
      "cf-connecting-ip": "203.0.113.7",
      "user-agent":
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    };
    const laptop = await signIn("Ada", email);
    clock.advance(1_000);
    const signedIn = await call("POST", "/auth/dev", { headers, body: { name: "Ada", email } });
    const phone = await signedIn.json<{ sessionId: string }>();
    clock.advance(1_000);
    await call("DELETE", `/api/sessions/${phone.sessionId}`, { token: laptop.token });
    clock.advance(1_000);
    await call("POST", "/auth/refresh", { cookie: withSecret(laptop.cookie), origin: ORIGIN, headers });
    await settle(clock, laptop);

    const { entries, nextCursor } = await auditOf(laptop);
    const from = { deviceName: "Chrome on macOS", ipAddress: "203.0.113.7" };
    expect(entries).toMatchObject([
      { kind: "sign_in_failed", sessionId: null, ...from, provider: null },
      { kind: "session_revoked", sessionId: phone.sessionId, ...from, provider: "dev" },
      { kind: "sign_in", sessionId: phone.sessionId, ...from, provider: "dev" },
      { kind: "sign_in", sessionId: laptop.sessionId, ipAddress: null, provider: "dev" },
    ]);
    expect(nextCursor).toBeNull();
    const times = entries.map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  test("tells of a stolen cookie and of a lock", async () => {
    const clock = useClock();
    const email = `${crypto.randomUUID()}@example.com`;
    const [thief, ada] = [await signIn("Ada", email), await signIn("Ada", email)];
    await call("POST", "/auth/refresh", { cookie: thief.cookie, origin: ORIGIN });
    clock.advance(30_001);
    await call("GET", "/api/me", { cookie: thief.cookie });
    for (let n = 0; n < 12; n++)
      await call("POST", "/auth/refresh", { cookie: withSecret(ada.cookie), origin: ORIGIN });
    await settle(clock, ada);
    const kinds = (await auditOf(ada)).entries.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "refresh_reuse")).toHaveLength(1);
    expect(kinds.filter((kind) => kind === "sign_in_failed")).toHaveLength(10);
    expect(kinds.filter((kind) => kind === "locked_out")).toHaveLength(1);
  });

  test("shows the owner's own lines only", async () => {
    const clock = useClock();
    const [ada, eve] = [await signedInOften(clock, 3), await signedInOften(clock, 2)];
    const [hers, theirs] = [await auditOf(ada), await auditOf(eve)];
    expect([hers.entries.length, theirs.entries.length]).toEqual([3, 2]);
    const ids = [...hers.entries, ...theirs.entries].map(({ id }) => id);
    expect(new Set(ids).size).toBe(5);
    expect(await refusal(await call("GET", "/api/me/audit"))).toBe("401 unauthenticated");
    // Nobody can ask for another's by naming them.
    const asked = await call("GET", `/api/me/audit?userId=${ada.userId}`, { token: eve.token });
    expect(auditListSchema.parse(await asked.json())).toEqual(theirs);
  });

  test("pages by a cursor that new lines do not disturb, down to a single line a page", async () => {
    const clock = useClock();
    const ada = await signedInOften(clock, 7);
    const whole = (await auditOf(ada)).entries;
    expect(whole).toHaveLength(7);
    const paged: AuditList["entries"] = [];
    let cursor: string | null = null;
    do {
      const page: AuditList = await auditOf(ada, `?limit=1${cursor === null ? "" : `&cursor=${cursor}`}`);
      expect(page.entries).toHaveLength(1);
      paged.push(...page.entries);
      cursor = page.nextCursor;
      if (paged.length === 3) {
        await signIn("Ada", ada.email);
        await settle(clock, ada);
      }
    } while (cursor !== null);
    expect(paged).toEqual(whole);
    expect((await auditOf(ada)).entries).toHaveLength(8);
  });

  test("pages over lines of the same millisecond, each once", async () => {
    const clock = useClock();
    const email = `${crypto.randomUUID()}@example.com`;
    const all = [];
    for (let n = 0; n < 5; n++) all.push(await signIn("Ada", email));
    const [ada] = all;
    if (ada === undefined) throw new Error("Five");
    await settle(clock, ada);
    const first = await auditOf(ada, "?limit=2");
    const second = await auditOf(ada, `?limit=3&cursor=${first.nextCursor}`);
    expect(second.nextCursor).toBeNull();
    const sessions = [...first.entries, ...second.entries].map(({ sessionId }) => sessionId);
    expect(new Set(sessions)).toEqual(new Set(all.map(({ sessionId }) => sessionId)));
    expect(sessions).toHaveLength(5);
  });

  test("refuses a cursor that is malformed, another person's, or another list's", async () => {
    const clock = useClock();
    const [ada, eve] = [await signedInOften(clock, 3), await signedInOften(clock, 3)];
    const { nextCursor } = await auditOf(ada, "?limit=1");
    const forged = (list: string, ...key: unknown[]) => btoa(encodeURIComponent(JSON.stringify([list, ...key])));
    const bad = [
      "x",
      "%00",
      "e30",
      "a".repeat(2_000),
      forged(`audit ${eve.userId}`, 1, "aud_x"),
      forged("recent", 1, "aud_x"),
      forged(`audit ${ada.userId}`, "1' OR 1=1 --", "aud_x"),
      forged(`audit ${ada.userId}`, 1),
      forged(`audit ${ada.userId}`),
    ];
    for (const cursor of bad) {
      const answer = await call("GET", `/api/me/audit?cursor=${encodeURIComponent(cursor)}`, { token: ada.token });
      expect({ cursor, answer: await refusal(answer) }).toEqual({ cursor, answer: "400 bad_request" });
    }
    const foreign = await call("GET", `/api/me/audit?cursor=${nextCursor}`, { token: eve.token });
    expect(await refusal(foreign)).toBe("400 bad_request");
    expect((await auditOf(ada, `?cursor=${nextCursor}`)).entries).toHaveLength(2);
  });

  test("gives at least 1, at most 100, and 20 where nothing is said", async () => {
    const clock = useClock();
    const ada = await signedInOften(clock, 22);
    expect((await auditOf(ada)).entries).toHaveLength(20);
    expect((await auditOf(ada, "?limit=1")).entries).toHaveLength(1);
    // The eleventh session of a person ends the one that was used longest ago, and says so.
    expect((await auditOf(ada, "?limit=100")).entries).toHaveLength(22 + 12);
    for (const limit of ["0", "101", "-1", "1.5", "x", "1e9"])
      expect(await refusal(await call("GET", `/api/me/audit?limit=${limit}`, { token: ada.token }))).toBe(
        "400 bad_request",
      );
  });
});
