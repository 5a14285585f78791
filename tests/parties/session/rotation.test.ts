import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { useClock } from "../../helpers/clock.ts";
import { hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { givenSessions, type Held, type Sessions } from "../support.ts";
import { auditOf } from "./audit-rows.ts";
import { withD1Migrations } from "../../helpers/d1.ts";

withD1Migrations();
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const INVALID = { valid: false };
const REFUSED = { state: "refused" };

/** Expects that the session is gone, with its socket, because a copy of its secret was found out. */
async function expectFoundOut(sessions: Sessions, held: Held, socket: Awaited<ReturnType<Sessions["join"]>>) {
  expect(await sessions.cookie(held)).toEqual(INVALID);
  expect(await sessions.refresh(held)).toEqual(REFUSED);
  expect((await sessions.party.listSessions({})).sessions).toEqual([]);
  await ringAlarms(sessions.object);
  expect(await socket.closed).toMatchObject({ code: 4401 });
  expect((await auditOf(sessions)).map(({ kind }) => kind)).toEqual(["sign_in", "refresh_reuse"]);
}

test("a refresh gives a new secret and a new access token, and both are good", async () => {
  const sessions = givenSessions();
  const made = await sessions.create();
  const next = await sessions.rotate(made);
  expect(next.accessExpiresIn).toBe(15 * 60);
  expect(next.secret).not.toBe(made.secret);
  expect(next.accessSecret).not.toBe(made.accessSecret);
  expect(await sessions.cookie(next)).toMatchObject({ valid: true, needsRefresh: false });
  expect(await sessions.access(next)).toMatchObject({ valid: true, needsRefresh: false });
  expect(await sessions.access({ ...next, accessSecret: next.secret })).toEqual(INVALID);
  expect(await sessions.cookie({ ...next, secret: next.accessSecret })).toEqual(INVALID);
});

test("a replaced secret is good for 30 seconds, and is told to fetch its successor", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  await sessions.rotate(made);
  expect(await sessions.cookie(made)).toMatchObject({ valid: true, needsRefresh: true });
  clock.advance(30 * SECOND_MS);
  expect(await sessions.cookie(made)).toMatchObject({ valid: true, needsRefresh: true });
});

test("the access token before is good for 30 seconds, but never longer than it was", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  clock.advance(MINUTE_MS);
  const next = await sessions.rotate(made);
  clock.advance(30 * SECOND_MS - 1);
  expect(await sessions.access(made)).toMatchObject({ valid: true });
  clock.advance(1);
  expect(await sessions.access(made)).toEqual(INVALID);
  expect(await sessions.access(next)).toMatchObject({ valid: true });

  clock.advance(14 * MINUTE_MS + 20 * SECOND_MS);
  const last = await sessions.rotate(next);
  clock.advance(10 * SECOND_MS - 1);
  expect(await sessions.access(next)).toMatchObject({ valid: true });
  clock.advance(1);
  expect(await sessions.access(next)).toEqual(INVALID);
  expect(await sessions.access(last)).toMatchObject({ valid: true });
});

test("a retry within 30 seconds gets what the first try got, also after an eviction", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  const next = await sessions.rotate(made);
  expect(await sessions.rotate(made)).toEqual(next);
  await hibernate(sessions.object);
  clock.advance(30 * SECOND_MS);
  expect(await sessions.rotate(made)).toEqual({ ...next, accessExpiresIn: next.accessExpiresIn - 30 });
  expect(await rowsOf(sessions.object, "retired_secrets")).toHaveLength(1);
});

test("a retry after the successor itself was replaced gets the newest", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  const second = await sessions.rotate(made);
  const third = await sessions.rotate(second);
  const fourth = await sessions.rotate(third);
  for (const held of [made, second, third]) expect(await sessions.rotate(held)).toEqual(fourth);
  clock.advance(30 * SECOND_MS);
  for (const held of [made, second, third])
    expect(await sessions.rotate(held)).toMatchObject({ secret: fourth.secret });
});

test("a retry a millisecond too late ends the session and is written down", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  const next = await sessions.rotate(made);
  const socket = await sessions.join(next);
  clock.advance(30 * SECOND_MS + 1);
  expect(await sessions.refresh(made)).toEqual(REFUSED);
  await expectFoundOut(sessions, next, socket);
});

test("showing a secret that was replaced long ago does the same, whatever it is shown for", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  const next = await sessions.rotate(made);
  const socket = await sessions.join(next);
  clock.advance(30 * SECOND_MS + 1);
  expect(await sessions.cookie(made)).toEqual(INVALID);
  await expectFoundOut(sessions, next, socket);
});

test("a secret that was replaced many refreshes ago ends the session too", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  let held = await sessions.rotate(made);
  for (let n = 0; n < 40; n++) {
    clock.advance(8 * MINUTE_MS);
    held = await sessions.rotate(held);
  }
  const socket = await sessions.join(held);
  expect(await sessions.refresh(made)).toEqual(REFUSED);
  await expectFoundOut(sessions, held, socket);
});

test("an access token of the past is merely invalid: it was never worth more than itself", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  const next = await sessions.rotate(made);
  clock.advance(MINUTE_MS);
  expect(await sessions.access(made)).toEqual(INVALID);
  expect(await sessions.cookie(next)).toMatchObject({ valid: true });
});

test("twenty refreshes at once with one secret give one successor", async () => {
  const sessions = givenSessions();
  const made = await sessions.create();
  const answers = await Promise.all(Array.from({ length: 20 }, () => sessions.rotate(made)));
  expect(new Set(answers.map(({ secret }) => secret)).size).toBe(1);
  expect(new Set(answers.map(({ accessSecret }) => accessSecret)).size).toBe(1);
  expect(await rowsOf(sessions.object, "retired_secrets")).toHaveLength(1);
  expect(await sessions.cookie(answers[19] ?? made)).toMatchObject({ valid: true, needsRefresh: false });
});

test("another session's replaced secret means nothing here, and harms neither", async () => {
  const clock = useClock();
  const [sessions, others] = [givenSessions(), givenSessions()];
  const [mine, second, theirs] = [await sessions.create(), await sessions.create(), await others.create()];
  const [next, nextSecond] = [await sessions.rotate(mine), await sessions.rotate(second)];
  const nextTheirs = await others.rotate(theirs);
  for (const wait of [0, 30 * SECOND_MS + 1]) {
    clock.advance(wait);
    for (const { secret } of [second, theirs]) {
      const shown = { sessionId: mine.sessionId, secret };
      expect(await sessions.cookie(shown)).toEqual(INVALID);
      expect(await sessions.refresh(shown)).toEqual(REFUSED);
      await sessions.party.displaceSession(shown);
    }
  }
  for (const held of [next, nextSecond]) expect(await sessions.cookie(held)).toMatchObject({ valid: true });
  expect(await others.cookie(nextTheirs)).toMatchObject({ valid: true });
});

test("a thief cannot refresh until the owner's secret is forgotten: before that the session ends", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  const stolen = await sessions.rotate(made);
  await runInDurableObject(sessions.object, (_, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5998)
       INSERT INTO retired_secrets SELECT 'hash ' || i, ?, '', ? FROM n`,
      stolen.sessionId,
      clock.now(),
    );
  });
  clock.advance(MINUTE_MS);
  const last = await sessions.rotate(stolen);
  expect(await sessions.cookie(last)).toMatchObject({ valid: true });
  expect(await sessions.refresh(last)).toEqual(REFUSED);
  expect(await sessions.cookie(last)).toEqual(INVALID);
  expect(await rowsOf(sessions.object, "retired_secrets")).toEqual([]);
});

test("a session is refreshed at most 60 times in 30 seconds, and goes on unharmed", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  let held: Held = made;
  for (let n = 0; n < 60; n++) held = await sessions.rotate(held);
  expect(await sessions.refresh(held)).toEqual({ state: "locked", retryAfterMs: 30 * SECOND_MS });
  expect(await sessions.cookie(held)).toMatchObject({ valid: true });
  // The first secret still leads to the newest.
  expect(await sessions.refresh(made)).toMatchObject({ state: "refreshed", secret: held.secret });
  clock.advance(30 * SECOND_MS + 1);
  expect(await sessions.refresh(held)).toMatchObject({ state: "refreshed" });
});

test("once no retry can ask for it, nothing stored leads from an old secret to the next", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const second = await sessions.rotate(await sessions.create());
  clock.advance(30 * SECOND_MS + 1);
  await sessions.rotate(second);
  const salts = (await rowsOf(sessions.object, "retired_secrets")).map(({ salt }) => salt);
  expect(salts[0]).toBe("");
  expect(salts[1]).not.toBe("");
});
