import { expect, test } from "vitest";
import { newId } from "../../../parties/kernel/index.ts";
import { NEW_ACCOUNT } from "../../../schema/users.ts";
import { useClock } from "../../helpers/clock.ts";
import { hibernate, rowsOf } from "../../helpers/objects.ts";
import { codeOf, givenSessions } from "../support.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const CHROME =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
const INVALID = { valid: false };

test("a new session's two secrets vouch for its person, after a wake too", async () => {
  const sessions = givenSessions();
  const made = await sessions.create();
  const principal = { kind: "user", user: sessions.user, role: "user", sessionId: made.sessionId };
  const account = { ...NEW_ACCOUNT, ...sessions.user, email: null, role: "user" };
  await hibernate(sessions.object);
  expect(await sessions.cookie(made)).toEqual({ valid: true, principal, account, needsRefresh: false });
  expect(await sessions.access(made)).toEqual({ valid: true, principal, account, needsRefresh: false });
});

test("a wrong secret, a foreign session and one that never was are refused alike", async () => {
  const [sessions, others, nobody] = [givenSessions(), givenSessions(), givenSessions()];
  const [mine, second, foreign] = [await sessions.create(), await sessions.create(), await others.create()];
  const { sessionId, secret, accessSecret } = mine;
  for (const invalid of [
    sessions.cookie({ sessionId, secret: second.secret }),
    sessions.cookie({ sessionId, secret: accessSecret }),
    sessions.cookie({ sessionId, secret: "" }),
    sessions.cookie({ sessionId, secret: secret.slice(0, -1) }),
    sessions.cookie({ sessionId, secret: `${secret}=` }),
    sessions.access({ sessionId, accessSecret: secret }),
    sessions.access({ sessionId, accessSecret: second.accessSecret }),
    sessions.cookie(foreign),
    others.cookie(mine),
    sessions.cookie({ sessionId: newId("session"), secret }),
    nobody.cookie(mine),
  ]) {
    expect(await invalid).toEqual(INVALID);
  }
  for (const refused of [
    sessions.refresh({ sessionId, secret: accessSecret }),
    sessions.refresh({ sessionId, secret: second.secret }),
    sessions.refresh(foreign),
    others.refresh(mine),
    nobody.refresh(mine),
  ]) {
    expect(await refused).toEqual({ state: "refused" });
  }
  const { sessionId: theirs } = foreign;
  for (const refused of [
    () => sessions.party.describeSession({ sessionId: theirs }),
    () => sessions.party.readState({ sessionId: theirs }),
    () => sessions.party.readRefreshToken({ sessionId: theirs }),
    () => sessions.party.issueTicket({ sessionId: theirs, party: "post", name: "a:b" }),
  ]) {
    expect(await codeOf(refused())).toBe("unauthenticated");
  }
  for (const good of [mine, second]) expect(await sessions.cookie(good)).toMatchObject({ valid: true });
});

test("secrets are 256 random bits and never repeat", async () => {
  const sessions = givenSessions();
  const made = [await sessions.create(), await sessions.create()];
  made.push(...(await Promise.all(made.map(async (one) => ({ ...one, ...(await sessions.rotate(one)) })))));
  const secrets = made.flatMap(({ secret, accessSecret }) => [secret, accessSecret]);
  expect(new Set(secrets).size).toBe(8);
  for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/);
});

test("a session ends after 7 idle days to the millisecond, and lives on while it is used", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const [used, idle] = [await sessions.create(), await sessions.create()];
  clock.advance(7 * DAY_MS - 1);
  expect(await sessions.cookie(used)).toMatchObject({ valid: true });
  expect(await sessions.party.describeSession({ sessionId: idle.sessionId })).toMatchObject({ id: idle.sessionId });
  clock.advance(1);
  expect(await sessions.cookie(idle)).toEqual(INVALID);
  expect(await sessions.refresh(idle)).toEqual({ state: "refused" });
  expect(await codeOf(sessions.party.describeSession({ sessionId: idle.sessionId }))).toBe("unauthenticated");
  expect((await sessions.party.listSessions({})).sessions.map(({ id }) => id)).toEqual([used.sessionId]);
  expect(await sessions.cookie(used)).toMatchObject({ valid: true });
});

test("a session ends 30 days after it began to the millisecond, however much it is used and refreshed", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  expect(made.expiresAt).toBe(clock.now() + 30 * DAY_MS);
  let held: typeof made | Awaited<ReturnType<typeof sessions.rotate>> = made;
  for (let day = 0; day < 29; day++) {
    clock.advance(DAY_MS);
    held = await sessions.rotate(held);
  }
  clock.advance(DAY_MS - 1);
  expect(await sessions.cookie(held)).toMatchObject({ valid: true });
  held = await sessions.rotate(held);
  clock.advance(1);
  expect(await sessions.cookie(held)).toEqual(INVALID);
  expect(await sessions.access(held)).toEqual(INVALID);
  expect(await sessions.refresh(held)).toEqual({ state: "refused" });
});

test("a session that was given less time ends when that is over, and its access token with it", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create({ expiresIn: 60 });
  expect(made).toMatchObject({ expiresAt: clock.now() + MINUTE_MS, accessExpiresIn: 60 });
  clock.advance(MINUTE_MS - 1);
  // A refresh would not make it longer.
  expect(await sessions.access(made)).toMatchObject({ valid: true, needsRefresh: false });
  const next = await sessions.rotate(made);
  expect(next.accessExpiresIn).toBe(1);
  expect(await sessions.access(next)).toMatchObject({ valid: true });
  clock.advance(1);
  for (const held of [made, next]) expect(await sessions.cookie(held)).toEqual(INVALID);
  expect(await sessions.access(next)).toEqual(INVALID);
  for (const expiresIn of [0, -1, 0.5, 30 * 24 * 60 * 60 + 1])
    expect(await codeOf(sessions.create({ expiresIn }))).toBe("bad_request");
});

test("an access token is good for 15 minutes to the millisecond, and asks to be renewed from half of them on", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  expect(made.accessExpiresIn).toBe(15 * 60);
  clock.advance(7.5 * MINUTE_MS - 1);
  expect(await sessions.access(made)).toMatchObject({ valid: true, needsRefresh: false });
  expect(await sessions.cookie(made)).toMatchObject({ valid: true, needsRefresh: false });
  clock.advance(1);
  expect(await sessions.access(made)).toMatchObject({ valid: true, needsRefresh: true });
  expect(await sessions.cookie(made)).toMatchObject({ valid: true, needsRefresh: true });
  clock.advance(7.5 * MINUTE_MS - 1);
  expect(await sessions.access(made)).toMatchObject({ valid: true, needsRefresh: true });
  clock.advance(1);
  expect(await sessions.access(made)).toEqual(INVALID);
  expect(await sessions.cookie(made)).toMatchObject({ valid: true, needsRefresh: true });
  expect(await sessions.cookie(await sessions.rotate(made))).toMatchObject({ valid: true, needsRefresh: false });
});

test("sessions are listed by latest use, without anything secret", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const deviceId = newId("device");
  const laptop = await sessions.create({ userAgent: CHROME, deviceId });
  clock.advance(MINUTE_MS);
  const phone = await sessions.create();
  const program = await sessions.create({ userAgent: CHROME, deviceName: "Backup script" });
  clock.advance(MINUTE_MS);
  await sessions.cookie(laptop);
  const { sessions: list } = await sessions.party.listSessions({});
  expect(list.map(({ id }) => id)).toEqual([laptop.sessionId, program.sessionId, phone.sessionId]);
  expect(list[0]).toEqual({
    id: laptop.sessionId,
    deviceId,
    deviceName: "Chrome on macOS",
    ipAddress: "127.0.0.1",
    createdAt: new Date(clock.now() - 2 * MINUTE_MS).toISOString(),
    lastActive: new Date(clock.now()).toISOString(),
    expiresAt: new Date(clock.now() + 7 * DAY_MS).toISOString(),
    presence: "offline",
  });
  expect(list.slice(1)).toMatchObject([{ deviceName: "Backup script" }, { deviceName: "Unknown device" }]);
  expect(await sessions.party.describeSession({ sessionId: laptop.sessionId })).toEqual(list[0]);
});

test("use is written down at most once a minute", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  const row = async () => (await rowsOf(sessions.object, "sessions"))[0];
  const [start, before] = [clock.now(), await row()];
  clock.advance(MINUTE_MS - 1);
  for (let n = 0; n < 5; n++) await sessions.cookie(made);
  await sessions.access(made);
  expect(await row()).toEqual(before);
  clock.advance(1);
  await sessions.access(made);
  const after = await row();
  expect(after).toEqual({ ...before, last_active: start + MINUTE_MS });
  clock.advance(MINUTE_MS - 1);
  await sessions.cookie(made);
  expect(await row()).toEqual(after);
});

test("the eleventh session ends the least recently used one", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = [];
  for (let n = 0; n < 10; n++) {
    made.push(await sessions.create());
    clock.advance(MINUTE_MS);
  }
  const [first, second, ...others] = made;
  if (first === undefined || second === undefined) throw new Error("Ten sessions were made");
  await sessions.cookie(first);
  const eleventh = await sessions.create();
  expect(await sessions.cookie(second)).toEqual(INVALID);
  for (const kept of [first, ...others, eleventh]) expect(await sessions.cookie(kept)).toMatchObject({ valid: true });
});

test("of sessions made in the same millisecond the newest stays", async () => {
  useClock();
  const sessions = givenSessions();
  for (let n = 0; n < 30; n++) expect(await sessions.cookie(await sessions.create())).toMatchObject({ valid: true });
  expect((await sessions.party.listSessions({})).sessions).toHaveLength(10);
});

test("signing in again in one browser ends the session whose secret it shows, and no other", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const [first, other] = [await sessions.create(), await sessions.create()];
  const wrong = { sessionId: other.sessionId, secret: first.secret };
  const second = await sessions.create({ replaces: first });
  expect(await sessions.cookie(first)).toEqual(INVALID);
  const third = await sessions.create({ replaces: wrong });
  for (const kept of [other, second, third]) expect(await sessions.cookie(kept)).toMatchObject({ valid: true });

  // A browser that missed the answer to its last refresh shows the secret before, however late.
  const next = await sessions.rotate(second);
  clock.advance(MINUTE_MS);
  await sessions.party.displaceSession(second);
  expect(await sessions.cookie(next)).toEqual(INVALID);
  await sessions.party.displaceSession(wrong);
  await sessions.party.displaceSession(second);
  for (const kept of [other, third]) expect(await sessions.cookie(kept)).toMatchObject({ valid: true });
});

test("whoever signs in brings the newest profile for all devices", async () => {
  const sessions = givenSessions();
  const first = await sessions.create();
  const account = {
    ...NEW_ACCOUNT,
    ...sessions.user,
    name: "Ada L.",
    email: "ada@understory.example",
    role: "admin" as const,
    version: 1,
  };
  await sessions.create({ account });
  expect(await sessions.cookie(first)).toMatchObject({
    account,
    principal: { user: { name: "Ada L." }, role: "admin" },
  });
});

test("a revoked session is refused at once, with all it could do", async () => {
  const sessions = givenSessions();
  const [gone, kept] = [await sessions.create(), await sessions.create()];
  const { sessionId } = gone;
  const next = await sessions.rotate(gone);
  const to = { party: "post", name: "a:b" };
  const ticket = await sessions.party.issueTicket({ sessionId, ...to });
  expect(await sessions.party.revokeSession({ sessionId })).toEqual({ revoked: true });
  for (const table of ["retired_secrets", "tickets", "doors"]) expect(await rowsOf(sessions.object, table)).toEqual([]);
  expect(await sessions.party.revokeSession({ sessionId })).toEqual({ revoked: false });
  for (const held of [gone, next]) {
    expect(await sessions.cookie(held)).toEqual(INVALID);
    expect(await sessions.access(held)).toEqual(INVALID);
    expect(await sessions.refresh(held)).toEqual({ state: "refused" });
  }
  expect(await sessions.party.redeemTicket({ secret: ticket.secret, ...to })).toEqual(INVALID);
  expect(await codeOf(sessions.party.issueTicket({ sessionId, ...to }))).toBe("unauthenticated");
  expect(await codeOf(sessions.party.readState({ sessionId }))).toBe("unauthenticated");
  expect(await sessions.cookie(kept)).toMatchObject({ valid: true });
});

test("another person's session cannot be ended through one's own party", async () => {
  const [sessions, others] = [givenSessions(), givenSessions()];
  const [mine, theirs] = [await sessions.create(), await others.create()];
  expect(await sessions.party.revokeSession({ sessionId: theirs.sessionId })).toEqual({ revoked: false });
  await sessions.party.displaceSession(theirs);
  expect(await sessions.party.revokeAllSessions({ except: theirs.sessionId })).toEqual({ revoked: 1 });
  expect(await others.cookie(theirs)).toMatchObject({ valid: true });
  expect(await sessions.cookie(mine)).toEqual(INVALID);
});

test("revoking all ends every session, or every one but the current", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  await sessions.create();
  clock.advance(8 * DAY_MS);
  const made = [await sessions.create(), await sessions.create(), await sessions.create()] as const;
  expect(await sessions.party.revokeAllSessions({ except: made[1].sessionId })).toEqual({ revoked: 2 });
  expect((await sessions.party.listSessions({})).sessions.map(({ id }) => id)).toEqual([made[1].sessionId]);
  expect(await sessions.party.revokeAllSessions({})).toEqual({ revoked: 1 });
  expect(await sessions.party.revokeAllSessions({})).toEqual({ revoked: 0 });
  expect(await sessions.cookie(made[1])).toEqual(INVALID);
});
