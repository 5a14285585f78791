import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { newId } from "../../../parties/kernel/index.ts";
import { sessionStub } from "../../../parties/session/index.ts";
import { useClock } from "../../helpers/clock.ts";
import { alarmOf, hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { person } from "../../helpers/principals.ts";
import { openSocket } from "../../helpers/sockets.ts";
import { codeOf, givenSessions } from "../support.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const CHROME =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

type Sessions = ReturnType<typeof givenSessions>;
type Created = Awaited<ReturnType<Sessions["create"]>>;

async function cookie(sessions: Sessions, { sessionId, secret }: Pick<Created, "sessionId" | "secret">) {
  return await sessions.party.validate({ sessionId, secret, kind: "cookie" });
}

async function access(sessions: Sessions, sessionId: string, accessSecret: string) {
  return await sessions.party.validate({ sessionId, secret: accessSecret, kind: "access" });
}

test("a new session's two secrets vouch for its person, after a wake too", async () => {
  const sessions = givenSessions();
  const made = await sessions.create();
  const principal = { kind: "user", user: sessions.user, role: "user", sessionId: made.sessionId };
  await hibernate(sessions.object);
  expect(await cookie(sessions, made)).toEqual({ principal, profile: { ...sessions.user, email: null, role: "user" } });
  expect((await access(sessions, made.sessionId, made.accessSecret)).principal).toEqual(principal);
});

test("a wrong secret, a foreign session and one that never was are refused alike", async () => {
  const [sessions, others] = [givenSessions(), givenSessions()];
  const [mine, second, foreign] = [await sessions.create(), await sessions.create(), await others.create()];
  const nobody = givenSessions();
  const { sessionId, secret, accessSecret } = mine;
  const refused = [
    () => cookie(sessions, { sessionId, secret: second.secret }),
    () => cookie(sessions, { sessionId, secret: accessSecret }),
    () => cookie(sessions, { sessionId, secret: "" }),
    () => cookie(sessions, { sessionId, secret: secret.slice(0, -1) }),
    () => access(sessions, sessionId, secret),
    () => cookie(sessions, foreign),
    () => cookie(others, mine),
    () => cookie(sessions, { sessionId: newId("session"), secret }),
    () => cookie(nobody, mine),
    () => sessions.party.refresh({ sessionId, secret: accessSecret }),
    () => sessions.party.describe({ sessionId: foreign.sessionId }),
    () => sessions.party.issueTicket({ sessionId: foreign.sessionId, party: "post", name: "a:b" }),
  ];
  for (const call of refused) expect(await codeOf(call())).toBe("unauthenticated");
});

test("storage holds no secret, only hashes", async () => {
  const sessions = givenSessions();
  const made = await sessions.create();
  const { accessSecret } = await sessions.party.refresh(made);
  const ticket = await sessions.party.issueTicket({ sessionId: made.sessionId, party: "post", name: "a:b" });
  await cookie(sessions, made);
  const dump = await runInDurableObject(sessions.object, (_, { storage: { sql } }) => {
    const tables = sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      .toArray();
    return tables.map(({ name }) => JSON.stringify(sql.exec(`SELECT * FROM "${name}"`).toArray())).join("\n");
  });
  expect(dump).toContain(made.sessionId);
  for (const secret of [made.secret, made.accessSecret, accessSecret, ticket.secret])
    expect(dump).not.toContain(secret);
});

test("secrets are 256 random bits and never repeat", async () => {
  const sessions = givenSessions();
  const made = [await sessions.create(), await sessions.create()].flatMap(({ secret, accessSecret }) => [
    secret,
    accessSecret,
  ]);
  expect(new Set(made).size).toBe(4);
  for (const secret of made) expect(secret).toMatch(/^[\w-]{43}$/);
});

test("a session ends after 7 idle days, and lives on while it is used", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const [used, idle] = [await sessions.create(), await sessions.create()];
  clock.advance(7 * DAY_MS - 1);
  await cookie(sessions, used);
  clock.advance(1);
  expect(await codeOf(cookie(sessions, idle))).toBe("unauthenticated");
  expect(await codeOf(sessions.party.describe({ sessionId: idle.sessionId }))).toBe("unauthenticated");
  expect((await sessions.party.list({})).sessions.map(({ id }) => id)).toEqual([used.sessionId]);
  await cookie(sessions, used);
});

test("a session ends 30 days after it began, however much it is used", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  expect(made.expiresAt).toBe(clock.now() + 30 * DAY_MS);
  for (let day = 0; day < 29; day++) {
    clock.advance(DAY_MS);
    await cookie(sessions, made);
  }
  clock.advance(DAY_MS - 1);
  await cookie(sessions, made);
  clock.advance(1);
  expect(await codeOf(cookie(sessions, made))).toBe("unauthenticated");
  expect(await codeOf(sessions.party.refresh(made))).toBe("unauthenticated");
});

test("an access token is good for 15 minutes, and a new one ends the old", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  expect(made.accessExpiresIn).toBe(15 * 60);
  clock.advance(15 * MINUTE_MS - 1);
  await access(sessions, made.sessionId, made.accessSecret);
  clock.advance(1);
  expect(await codeOf(access(sessions, made.sessionId, made.accessSecret))).toBe("unauthenticated");

  const first = await sessions.party.refresh(made);
  await access(sessions, made.sessionId, first.accessSecret);
  const second = await sessions.party.refresh(made);
  expect(second.accessExpiresIn).toBe(15 * 60);
  expect(await codeOf(access(sessions, made.sessionId, first.accessSecret))).toBe("unauthenticated");
  await access(sessions, made.sessionId, second.accessSecret);
});

test("sessions are listed by latest use, without anything secret", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const laptop = await sessions.create(CHROME);
  clock.advance(MINUTE_MS);
  const phone = await sessions.create();
  clock.advance(MINUTE_MS);
  await cookie(sessions, laptop);
  const { sessions: list } = await sessions.party.list({});
  expect(list.map(({ id }) => id)).toEqual([laptop.sessionId, phone.sessionId]);
  expect(list[0]).toEqual({
    id: laptop.sessionId,
    deviceName: "Chrome on macOS",
    ipAddress: "127.0.0.1",
    createdAt: new Date(clock.now() - 2 * MINUTE_MS).toISOString(),
    lastActive: new Date(clock.now()).toISOString(),
    expiresAt: new Date(clock.now() + 7 * DAY_MS).toISOString(),
  });
  expect(list[1]).toMatchObject({ deviceName: "Unknown device" });
  expect(await sessions.party.describe({ sessionId: laptop.sessionId })).toEqual(list[0]);
});

test("use is written down at most once a minute", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  const start = clock.now();
  const lastActive = async () => (await rowsOf(sessions.object, "sessions"))[0]?.["last_active"];
  clock.advance(MINUTE_MS - 1);
  await cookie(sessions, made);
  expect(await lastActive()).toBe(start);
  clock.advance(1);
  await access(sessions, made.sessionId, made.accessSecret);
  expect(await lastActive()).toBe(start + MINUTE_MS);
});

test("the eleventh session ends the least recently used one", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made: Created[] = [];
  for (let n = 0; n < 10; n++) {
    made.push(await sessions.create());
    clock.advance(MINUTE_MS);
  }
  const [first, second, ...others] = made;
  if (first === undefined || second === undefined) throw new Error("Ten sessions were made");
  await cookie(sessions, first);
  const eleventh = await sessions.create();
  expect(await codeOf(cookie(sessions, second))).toBe("unauthenticated");
  for (const kept of [first, ...others, eleventh]) await cookie(sessions, kept);
});

test("of sessions made in the same millisecond the newest stays", async () => {
  useClock();
  const sessions = givenSessions();
  for (let n = 0; n < 30; n++) await cookie(sessions, await sessions.create());
  expect((await sessions.party.list({})).sessions).toHaveLength(10);
});

test("a revoked session is refused at once, with all it could do", async () => {
  const sessions = givenSessions();
  const [gone, kept] = [await sessions.create(), await sessions.create()];
  const ticket = await sessions.party.issueTicket({ sessionId: gone.sessionId, party: "post", name: "a:b" });
  expect(await sessions.party.revoke({ sessionId: gone.sessionId })).toEqual({ revoked: true });
  expect(await sessions.party.revoke({ sessionId: gone.sessionId })).toEqual({ revoked: false });
  expect(await codeOf(cookie(sessions, gone))).toBe("unauthenticated");
  expect(await codeOf(access(sessions, gone.sessionId, gone.accessSecret))).toBe("unauthenticated");
  expect(await codeOf(sessions.party.refresh(gone))).toBe("unauthenticated");
  expect(await codeOf(sessions.party.redeemTicket({ secret: ticket.secret, party: "post", name: "a:b" }))).toBe(
    "unauthenticated",
  );
  await cookie(sessions, kept);
});

test("another person's session cannot be revoked through one's own party", async () => {
  const [sessions, others] = [givenSessions(), givenSessions()];
  const [, theirs] = [await sessions.create(), await others.create()];
  expect(await sessions.party.revoke({ sessionId: theirs.sessionId })).toEqual({ revoked: false });
  await cookie(others, theirs);
});

test("revoking all ends every session, or every one but the current", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  await sessions.create();
  clock.advance(8 * DAY_MS);
  const made = [await sessions.create(), await sessions.create(), await sessions.create()] as const;
  expect(await sessions.party.revokeAll({ except: made[1].sessionId })).toEqual({ revoked: 2 });
  expect((await sessions.party.list({})).sessions.map(({ id }) => id)).toEqual([made[1].sessionId]);
  expect(await sessions.party.revokeAll({})).toEqual({ revoked: 1 });
  expect(await sessions.party.revokeAll({})).toEqual({ revoked: 0 });
  expect(await codeOf(cookie(sessions, made[1]))).toBe("unauthenticated");
});

test("a job clears what has expired, when it has, and then has nothing to do", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const [idle, used] = [await sessions.create(), await sessions.create()];
  expect(await alarmOf(sessions.object)).toBe(clock.now() + 7 * DAY_MS);
  clock.advance(3 * DAY_MS);
  await cookie(sessions, used);
  await hibernate(sessions.object);
  clock.advance(4 * DAY_MS);
  expect(await ringAlarms(sessions.object)).toBe(1);
  expect((await rowsOf(sessions.object, "sessions")).map((row) => row["id"])).toEqual([used.sessionId]);
  expect(await codeOf(cookie(sessions, idle))).toBe("unauthenticated");
  clock.advance(3 * DAY_MS);
  expect(await ringAlarms(sessions.object)).toBe(1);
  expect(await rowsOf(sessions.object, "sessions")).toEqual([]);
  expect(await alarmOf(sessions.object)).toBeNull();
});

test("a ticket is good once, for 30 seconds, for one party and name", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const { sessionId } = await sessions.create();
  const to = { party: "post", name: "site:one" };
  const issue = async () => (await sessions.party.issueTicket({ sessionId, ...to })).secret;
  const secret = await issue();
  for (const wrong of [
    { ...to, name: "site:two" },
    { ...to, party: "session" },
    { party: "post", name: "" },
  ]) {
    expect(await codeOf(sessions.party.redeemTicket({ secret, ...wrong }))).toBe("unauthenticated");
  }
  clock.advance(29_999);
  expect(await sessions.party.redeemTicket({ secret, ...to })).toMatchObject({
    principal: { user: sessions.user, sessionId },
  });
  expect(await codeOf(sessions.party.redeemTicket({ secret, ...to }))).toBe("unauthenticated");

  const late = await issue();
  clock.advance(30_000);
  expect(await codeOf(sessions.party.redeemTicket({ secret: late, ...to }))).toBe("unauthenticated");
  const stranger = sessionStub(env, { userId: newId("user") });
  expect(await codeOf(stranger.redeemTicket({ secret: await issue(), ...to }))).toBe("unauthenticated");
});

test("of 20 people who use a ticket at once, one gets in", async () => {
  const sessions = givenSessions();
  const { sessionId } = await sessions.create();
  const to = { party: "post", name: "site:one" };
  const { secret } = await sessions.party.issueTicket({ sessionId, ...to });
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, () => sessions.party.redeemTicket({ secret, ...to })),
  );
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("tickets that wait are limited, and make room when they are late", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const { sessionId } = await sessions.create();
  const issue = () => sessions.party.issueTicket({ sessionId, party: "post", name: "site:one" });
  for (let n = 0; n < 100; n++) await issue();
  expect(await codeOf(issue())).toBe("rate_limited");
  clock.advance(30_000);
  await issue();
  expect(await rowsOf(sessions.object, "tickets")).toHaveLength(1);
});

test("only its owner may open a socket to a session party", async () => {
  const owner = person();
  const to = { party: "session", name: owner.user.id };
  const socket = await openSocket({ ...to, principal: owner });
  expect(await socket.next("welcome")).toMatchObject({ state: {} });
  for (const options of [to, { ...to, principal: person() }]) {
    const stranger = await openSocket(options);
    expect(await stranger.next("error")).toMatchObject({ code: "forbidden" });
    expect(await stranger.closed).toMatchObject({ code: 4403 });
  }
});
