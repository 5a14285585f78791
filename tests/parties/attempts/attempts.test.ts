import { randomBytes } from "node:crypto";
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { type AttemptsParty, attemptsStub } from "../../../parties/attempts/index.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { catchLogs } from "../../helpers/logs.ts";
import { alarmOf, hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { person } from "../../helpers/principals.ts";
import { openSocket } from "../../helpers/sockets.ts";
import { lockoutOf } from "../support.ts";

withD1Migrations();
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** An address of a test's own. */
function givenAddress() {
  const source = randomBytes(32).toString("base64url");
  const party = attemptsStub(env, { source });
  return {
    source,
    object: env.Attempts.getByName(source),
    lockedForMs: async () => await party.lockedForMs({}),
    /** Fails so often; answers what the last was told. */
    fail: async (times = 1) => {
      let waitMs = 0;
      for (let n = 0; n < times; n++) waitMs = await party.recordFailure({ ipAddress: "203.0.113.7" });
      return waitMs;
    },
    inspect: async () => await party.inspect({}),
    /** Sends what waits for D1. */
    flush: async () =>
      await runInDurableObject(env.Attempts.getByName(source) as DurableObjectStub<AttemptsParty>, async (object) => {
        await object["flushOutbox"]();
      }),
  };
}

test("ten failures within 15 minutes close sign-in from an address for 30 seconds to the millisecond", async () => {
  const clock = useClock();
  const address = givenAddress();
  expect(await address.lockedForMs()).toBe(0);
  expect(await address.fail(9)).toBe(0);
  clock.advance(15 * MINUTE_MS - 1);
  expect(await address.fail()).toBe(30 * SECOND_MS);
  await hibernate(address.object);
  clock.advance(30 * SECOND_MS - 1);
  expect(await address.lockedForMs()).toBe(1);
  clock.advance(1);
  expect(await address.lockedForMs()).toBe(0);
  expect(await address.fail()).toBe(0);
});

test("failures of more than 15 minutes ago count no more", async () => {
  const clock = useClock();
  const address = givenAddress();
  await address.fail(9);
  clock.advance(15 * MINUTE_MS);
  expect(await address.fail(9)).toBe(0);
  expect(await address.fail()).toBe(30 * SECOND_MS);
});

test("each lock is twice as long as the one before, up to an hour", async () => {
  const clock = useClock();
  const address = givenAddress();
  for (const seconds of [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]) {
    const waitMs = await address.fail(10);
    expect(waitMs).toBe(seconds * SECOND_MS);
    clock.advance(waitMs);
  }
});

test("during a lock nothing is counted or written down, so that it cannot be drawn out", async () => {
  const clock = useClock();
  const logged = catchLogs();
  const address = givenAddress();
  await address.fail(10);
  const before = await rowsOf(address.object, "lockout");
  clock.advance(29 * SECOND_MS);
  expect(await address.fail(20)).toBe(SECOND_MS);
  expect(await rowsOf(address.object, "lockout")).toEqual(before);
  expect(logged.filter(({ event }) => event === "sign_in.address_locked")).toHaveLength(1);
  clock.advance(SECOND_MS);
  expect(await address.fail(9)).toBe(0);
});

test("addresses don't share their failures", async () => {
  useClock();
  const [address, other] = [givenAddress(), givenAddress()];
  await address.fail(10);
  expect(await other.lockedForMs()).toBe(0);
  expect(await other.fail(9)).toBe(0);
});

test("an address that was never refused leaves nothing behind", async () => {
  useClock();
  const address = givenAddress();
  expect(await address.lockedForMs()).toBe(0);
  expect(await rowsOf(address.object, "lockout")).toEqual([]);
  expect(await alarmOf(address.object)).toBeNull();
});

test("a job ends the lock, and another forgets the address after a quiet day", async () => {
  const clock = useClock();
  const address = givenAddress();
  await address.fail(10);
  await hibernate(address.object);
  clock.advance(30 * SECOND_MS);
  expect(await ringAlarms(address.object)).toBe(1);
  expect(await lockoutOf(address.object)).toMatchObject({ lockedUntil: 0, locks: 1 });
  clock.advance(12 * HOUR_MS);
  // Trouble again: the day begins anew.
  await address.fail();
  clock.advance(24 * HOUR_MS - 1);
  await ringAlarms(address.object);
  expect(await lockoutOf(address.object)).toMatchObject({ locks: 1 });
  clock.advance(1);
  expect(await ringAlarms(address.object)).toBe(1);
  expect(await rowsOf(address.object, "lockout")).toEqual([]);
  expect((await address.inspect()).jobs).toEqual([]);
  expect(await alarmOf(address.object)).toBeNull();
  expect(await address.fail(10)).toBe(30 * SECOND_MS);
});

test("nobody opens a socket here", async () => {
  const { source: name } = givenAddress();
  for (const to of [
    { party: "attempts", name },
    { party: "attempts", name, principal: person({ role: "super_admin" }) },
  ]) {
    const socket = await openSocket(to);
    expect(await socket.next("error")).toMatchObject({ code: "forbidden" });
    expect(await socket.closed).toMatchObject({ code: 4403 });
  }
});

test("failures and the lock are lines of the audit log that belong to nobody", async () => {
  useClock();
  const address = givenAddress();
  const ipAddress = `2001:db8::${randomBytes(2).toString("hex")}`;
  for (let n = 0; n < 12; n++) await attemptsStub(env, { source: address.source }).recordFailure({ ipAddress });
  await address.flush();
  const { results } = await env.DB.prepare("SELECT user_id, kind FROM audit_log WHERE ip_address = ? ORDER BY rowid")
    .bind(ipAddress)
    .all();
  const failure = { user_id: null, kind: "sign_in_failed" };
  expect(results).toEqual([...Array.from({ length: 10 }, () => failure), { user_id: null, kind: "locked_out" }]);
});
