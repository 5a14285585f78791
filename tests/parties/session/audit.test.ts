import { expect, test } from "vitest";
import { newId } from "../../../parties/kernel/index.ts";
import { auditEntrySchema } from "../../../schema/http/audit.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { breakD1 } from "../../helpers/faults.ts";
import { crash, ringAlarms } from "../../helpers/objects.ts";
import { givenSessions, type Sessions } from "../support.ts";
import { auditOf, settle } from "./audit-rows.ts";

withD1Migrations();
const DAY_MS = 24 * 60 * 60_000;
const CHROME =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

/** What was written down, as pairs of kind and session. */
async function storyOf(sessions: Sessions) {
  return (await auditOf(sessions)).map(({ kind, sessionId }) => [kind, sessionId]);
}

test("a sign-in is written down with its device, address and provider, within a second", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const { sessionId } = await sessions.create({ userAgent: CHROME, ipAddress: "192.0.2.7", provider: "github" });
  const at = clock.now();
  clock.advance(1_000);
  await ringAlarms(sessions.object);
  expect((await sessions.party.inspect({})).outbox.pending).toEqual([]);
  const [row, ...more] = await auditOf(sessions);
  expect(more).toEqual([]);
  expect(row).toEqual({
    id: expect.stringMatching(/^aud_[\w-]{21}$/) as string,
    userId: sessions.user.id,
    kind: "sign_in",
    sessionId,
    deviceName: "Chrome on macOS",
    ipAddress: "192.0.2.7",
    provider: "github",
    actorId: null,
    detail: null,
    createdAt: at,
  });
  if (row === undefined) throw new Error("It was written down");
  expect(auditEntrySchema.safeParse({ ...row, at: new Date(row.createdAt).toISOString() }).success).toBe(true);
});

test("every end but that by time is written down once for each session", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const first = await sessions.create();
  const second = await sessions.create({ replaces: first });
  const third = await sessions.create();
  const fourth = await sessions.create();
  await sessions.party.displaceSession(second);
  await sessions.party.displaceSession(second);
  await sessions.party.revokeSession({ sessionId: third.sessionId });
  await sessions.party.revokeSession({ sessionId: third.sessionId });
  const fifth = await sessions.create();
  await sessions.party.revokeAllSessions({ except: fifth.sessionId });
  clock.advance(7 * DAY_MS);
  await ringAlarms(sessions.object);
  expect(await sessions.party.revokeAllSessions({})).toEqual({ revoked: 0 });
  expect(await storyOf(sessions)).toEqual([
    ["sign_in", first.sessionId],
    ["session_displaced", first.sessionId],
    ["sign_in", second.sessionId],
    ["sign_in", third.sessionId],
    ["sign_in", fourth.sessionId],
    ["session_displaced", second.sessionId],
    ["session_revoked", third.sessionId],
    ["sign_in", fifth.sessionId],
    ["session_revoked", fourth.sessionId],
  ]);
});

test("the session that the eleventh pushes out is written down as displaced", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const oldest = await sessions.create();
  clock.advance(1);
  for (let n = 0; n < 10; n++) await sessions.create();
  const ends = (await storyOf(sessions)).filter(([kind]) => kind !== "sign_in");
  expect(ends).toEqual([["session_displaced", oldest.sessionId]]);
});

test("logging out everywhere writes one line for each session", async () => {
  const sessions = givenSessions();
  const [one, two] = [await sessions.create(), await sessions.create()];
  const socket = await sessions.join(one);
  await socket.ask({ type: "logout_all" });
  const ends = (await storyOf(sessions)).filter(([kind]) => kind === "session_revoked").map(([, id]) => id);
  expect(new Set(ends)).toEqual(new Set([one.sessionId, two.sessionId]));
  expect(ends).toHaveLength(2);
});

test("a failed sign-in is written down without a session", async () => {
  const sessions = givenSessions();
  const from = { userAgent: CHROME, ipAddress: "192.0.2.7", provider: "google" };
  await sessions.party.recordLoginAttempt({ success: false, ...from });
  expect(await auditOf(sessions)).toMatchObject([
    {
      kind: "sign_in_failed",
      sessionId: null,
      deviceName: "Chrome on macOS",
      ipAddress: "192.0.2.7",
      provider: "google",
    },
  ]);
});

test("each line is written exactly once though answers of D1 are lost and the party crashes", async () => {
  useClock();
  const sessions = givenSessions();
  const faults = breakD1(`session:${sessions.user.id}`);
  const [one, two] = [await sessions.create(), await sessions.create()];
  faults.fail("after", 1);
  // Two lines, and one statement that removes what is too old.
  expect(await settle(sessions)).toBe(3);
  await sessions.party.revokeSession({ sessionId: one.sessionId });
  faults.fail("before", 1);
  expect(await settle(sessions)).toBe(5);
  await crash(sessions.object);
  await sessions.party.displaceSession(two);
  // The batch before is there already, as its mark says; the answer to the one behind it is lost.
  faults.fail("after", 2);
  expect(await settle(sessions)).toBe(3);
  faults.heal();
  expect(await storyOf(sessions)).toEqual([
    ["sign_in", one.sessionId],
    ["sign_in", two.sessionId],
    ["session_revoked", one.sessionId],
    ["session_displaced", two.sessionId],
  ]);
  expect((await sessions.party.inspect({})).outbox).toEqual({ pending: [], dead: [] });
});

test("lines are kept for 180 days, and go with the next one of the same account", async () => {
  const clock = useClock();
  const [sessions, others] = [givenSessions(), givenSessions()];
  const old = await sessions.create();
  await others.create();
  await Promise.all([settle(sessions), settle(others)]);
  clock.advance(180 * 24 * 60 * 60_000);
  const kept = await sessions.create();
  await settle(sessions);
  expect(await storyOf(sessions)).toEqual([
    ["sign_in", old.sessionId],
    ["sign_in", kept.sessionId],
  ]);
  clock.advance(1);
  const newest = await sessions.create();
  await settle(sessions);
  expect(await storyOf(sessions)).toEqual([
    ["sign_in", kept.sessionId],
    ["sign_in", newest.sessionId],
  ]);
  expect(await storyOf(others)).toHaveLength(1);
});

test("what a refused sign-in would have done is not written down", async () => {
  useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  for (let n = 0; n < 10; n++) await sessions.fail();
  await sessions.create({ replaces: made, deviceId: newId("device") }).catch(() => undefined);
  expect(await sessions.cookie(made)).toMatchObject({ valid: true });
  expect((await auditOf(sessions)).filter(({ kind }) => kind === "session_displaced")).toEqual([]);
});
