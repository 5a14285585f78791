import { expect, test } from "vitest";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { givenSessions, lockoutOf, refusal, type Sessions } from "../support.ts";
import { auditOf } from "./audit-rows.ts";

withD1Migrations();
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

async function failTimes(sessions: Sessions, times: number) {
  let last = await sessions.fail();
  for (let n = 1; n < times; n++) last = await sessions.fail();
  return last;
}

test("ten failures within 15 minutes lock sign-in for 30 seconds to the millisecond", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  expect(await failTimes(sessions, 9)).toEqual({ allowed: true });
  clock.advance(15 * MINUTE_MS - 1);
  expect(await sessions.fail()).toEqual({ allowed: false, lockoutRemaining: 30 });
  expect(await refusal(sessions.create())).toMatchObject({ code: "rate_limited", retryAfterMs: 30 * SECOND_MS });
  await hibernate(sessions.object);
  clock.advance(30 * SECOND_MS - 1);
  expect(await refusal(sessions.create())).toMatchObject({ code: "rate_limited", retryAfterMs: 1 });
  expect(await rowsOf(sessions.object, "sessions")).toEqual([]);
  clock.advance(1);
  expect(await sessions.cookie(await sessions.create())).toMatchObject({ valid: true });
});

test("failures of more than 15 minutes ago count no more", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  await failTimes(sessions, 9);
  clock.advance(15 * MINUTE_MS);
  expect(await failTimes(sessions, 9)).toEqual({ allowed: true });
  expect(await sessions.fail()).toMatchObject({ allowed: false });
});

test("each lock is twice as long as the one before, up to an hour", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  for (const seconds of [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]) {
    expect(await failTimes(sessions, 10)).toEqual({ allowed: false, lockoutRemaining: seconds });
    clock.advance(seconds * SECOND_MS - 1);
    expect(await refusal(sessions.create())).toMatchObject({ code: "rate_limited", retryAfterMs: 1 });
    clock.advance(1);
  }
  await sessions.create();
  expect(await failTimes(sessions, 10)).toEqual({ allowed: false, lockoutRemaining: 30 });
});

test("a day without failures makes the next lock a short one again", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  await failTimes(sessions, 10);
  clock.advance(30 * SECOND_MS);
  expect(await failTimes(sessions, 10)).toEqual({ allowed: false, lockoutRemaining: 60 });
  clock.advance(MINUTE_MS + 24 * HOUR_MS);
  expect(await failTimes(sessions, 10)).toEqual({ allowed: false, lockoutRemaining: 30 });
});

test("a lock touches no session that exists: it is validated, refreshed and ended as ever", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  const socket = await sessions.join(made);
  await failTimes(sessions, 10);
  clock.advance(10 * SECOND_MS);
  expect(await sessions.cookie(made)).toMatchObject({ valid: true });
  expect(await sessions.access(made)).toMatchObject({ valid: true });
  const next = await sessions.rotate(made);
  expect(await sessions.rotate(made)).toEqual(next);
  expect(await socket.ask({ type: "join_game", gameId: "chess" })).toMatchObject({ type: "ack" });
  const to = { party: "session", name: sessions.user.id };
  const { secret } = await sessions.party.issueTicket({ sessionId: made.sessionId, ...to });
  expect(await sessions.party.redeemTicket({ secret, ...to })).toMatchObject({ valid: true });
  const tab = await sessions.join(next);
  expect(tab.isOpen).toBe(true);
  expect(await sessions.party.revokeAllSessions({})).toEqual({ revoked: 1 });
});

test("during a lock nothing is counted, forgotten or written down", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  await failTimes(sessions, 10);
  const before = { row: await lockoutOf(sessions.object), audit: await auditOf(sessions) };
  expect(before.audit.map(({ kind }) => kind)).toEqual([
    "sign_in",
    ...Array.from({ length: 10 }, () => "sign_in_failed"),
    "locked_out",
  ]);
  clock.advance(29_500);
  for (let n = 0; n < 15; n++) {
    expect(await sessions.fail()).toEqual({ allowed: false, lockoutRemaining: 1 });
    expect(await sessions.refresh({ sessionId: made.sessionId, secret: "wrong" })).toEqual({
      state: "locked",
      retryAfterMs: 500,
    });
  }
  const succeeded = { success: true, userAgent: null, ipAddress: null };
  expect(await sessions.party.recordLoginAttempt(succeeded)).toEqual({ allowed: false, lockoutRemaining: 1 });
  expect({ row: await lockoutOf(sessions.object), audit: await auditOf(sessions) }).toEqual(before);
  clock.advance(500);
  expect(await sessions.fail()).toEqual({ allowed: true });
});

test("a success forgets the failures", async () => {
  useClock();
  const sessions = givenSessions();
  await failTimes(sessions, 9);
  const succeeded = { success: true, userAgent: null, ipAddress: null };
  expect(await sessions.party.recordLoginAttempt(succeeded)).toEqual({ allowed: true });
  expect(await failTimes(sessions, 9)).toEqual({ allowed: true });
  await sessions.create();
  expect(await rowsOf(sessions.object, "lockout")).toEqual([]);
  expect(await failTimes(sessions, 9)).toEqual({ allowed: true });
});

test("wrong secrets never count where a session is merely asked for", async () => {
  useClock();
  const sessions = givenSessions();
  const { sessionId } = await sessions.create();
  for (let n = 0; n < 15; n++) {
    expect(await sessions.cookie({ sessionId, secret: `wrong ${n}` })).toEqual({ valid: false });
    expect(await sessions.access({ sessionId, accessSecret: `wrong ${n}` })).toEqual({ valid: false });
  }
  expect(await rowsOf(sessions.object, "lockout")).toEqual([]);
  expect(await sessions.cookie(await sessions.create())).toMatchObject({ valid: true });
  expect((await auditOf(sessions)).map(({ kind }) => kind)).toEqual(["sign_in", "sign_in"]);
});

test("ten wrong secrets at a refresh lock sign-in, and the true one is refreshed all the while", async () => {
  useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  const wrong = { sessionId: made.sessionId, secret: "wrong" };
  for (let n = 0; n < 10; n++) expect(await sessions.refresh(wrong)).toEqual({ state: "refused" });
  expect(await sessions.refresh(wrong)).toEqual({ state: "locked", retryAfterMs: 30 * SECOND_MS });
  expect(await refusal(sessions.create())).toMatchObject({ code: "rate_limited" });
  const next = await sessions.rotate(made);
  expect(await sessions.cookie(next)).toMatchObject({ valid: true });
  // Of a session that is not there nothing is counted: whoever shows it has been signed out.
  const gone = givenSessions();
  for (let n = 0; n < 15; n++) expect(await gone.refresh(made)).toEqual({ state: "refused" });
  expect(await rowsOf(gone.object, "lockout")).toEqual([]);
});

test("a job ends the lock when it is over, though the party slept, and keeps how often it was locked", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  await failTimes(sessions, 10);
  await auditOf(sessions);
  await hibernate(sessions.object);
  clock.advance(30 * SECOND_MS - 1);
  expect(await ringAlarms(sessions.object)).toBe(0);
  expect(await lockoutOf(sessions.object)).toMatchObject({ lockedUntil: clock.now() + 1, locks: 1 });
  clock.advance(1);
  expect(await ringAlarms(sessions.object)).toBe(1);
  expect(await lockoutOf(sessions.object)).toMatchObject({ lockedUntil: 0, locks: 1 });
  expect((await sessions.party.inspect({})).jobs).toEqual([]);
  expect(await failTimes(sessions, 10)).toEqual({ allowed: false, lockoutRemaining: 60 });
});

test("people are locked one by one", async () => {
  useClock();
  const [sessions, others] = [givenSessions(), givenSessions()];
  await failTimes(sessions, 10);
  expect(await others.cookie(await others.create())).toMatchObject({ valid: true });
});
