import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { SocketAttachment } from "../../../parties/kernel/sockets.ts";
import type { PostParty } from "../../../parties/post/index.ts";
import { MAX_DOORS } from "../../../parties/session/doors.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { breakD1 } from "../../helpers/faults.ts";
import { hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import type { TestSocket } from "../../helpers/sockets.ts";
import { holdTimers } from "../../helpers/timers.ts";
import { givenPost, givenSessions, refusal, type Sessions, type TestPost } from "../support.ts";

withD1Migrations();
/** A party that is about to tell presence is not put to sleep before: held back where tests do so. */
const PRESENCE_EVERY_MS = 1_000;
const REACT = { type: "react", reactionType: "like" };

function doorOf(post: TestPost) {
  return { party: "post", name: post.name };
}

/** Signs in on one more device and opens a socket to a post, as the edge does it. */
async function device(sessions: Sessions, post: TestPost) {
  const { sessionId, secret } = await sessions.create();
  return { sessionId, secret, socket: await sessions.join({ sessionId, secret }, { to: doorOf(post) }) };
}

/** How a socket ended: its close code, and the frames that came last. */
async function endOf(socket: TestSocket) {
  const { code } = await socket.closed;
  return { code, last: socket.frames.slice(-2) };
}

const REVOKED = { code: 4401, last: [{ type: "logged_out" }, { type: "error", code: "unauthenticated" }] };

test("revoking a session closes its sockets in every party within a second, hibernating ones included", async () => {
  holdTimers(PRESENCE_EVERY_MS);
  const sessions = givenSessions();
  const posts = [await givenPost(), await givenPost(), await givenPost()];
  const [first] = posts;
  if (first === undefined) throw new Error("Three posts were made");
  const gone = await device(sessions, first);
  const sockets = [gone.socket, await sessions.join(gone), await sessions.join(gone)];
  for (const post of posts) sockets.push(await sessions.join(gone, { to: doorOf(post) }));
  const kept = await device(sessions, first);
  const stranger = await device(givenSessions(), first);
  for (const { object } of [...posts, sessions]) await hibernate(object);

  const start = Date.now();
  await sessions.party.revokeSession({ sessionId: gone.sessionId });
  for (const socket of sockets) expect(await endOf(socket)).toMatchObject(REVOKED);
  expect(Date.now() - start).toBeLessThan(1_000);
  for (const { socket } of [kept, stranger]) expect(await socket.ask(REACT)).toMatchObject({ type: "ack" });
});

test("logging out everywhere is acknowledged, then ends every socket of every session within a second", async () => {
  holdTimers(PRESENCE_EVERY_MS);
  const sessions = givenSessions();
  const post = await givenPost();
  const [asking, other, third] = [await device(sessions, post), await device(sessions, post), await sessions.create()];
  const asker = await sessions.join(asking);
  const sockets = [asker, asking.socket, other.socket, await sessions.join(other), await sessions.join(third)];
  const stranger = await device(givenSessions(), post);
  for (const { object } of [post, sessions]) await hibernate(object);

  const start = Date.now();
  expect(await asker.ask({ type: "logout_all" })).toMatchObject({ type: "ack", result: { revoked: 3 } });
  for (const socket of sockets) expect(await endOf(socket)).toMatchObject(REVOKED);
  expect(Date.now() - start).toBeLessThan(1_000);
  expect(asker.frames.findIndex(({ type }) => type === "ack")).toBeLessThan(
    asker.frames.findIndex(({ type }) => type === "logged_out"),
  );
  for (const held of [asking, other, third]) expect(await sessions.cookie(held)).toEqual({ valid: false });
  expect(await stranger.socket.ask(REACT)).toMatchObject({ type: "ack" });
});

test("sockets of an ended session close within a second also while D1 gives no answer", async () => {
  holdTimers(PRESENCE_EVERY_MS);
  const sessions = givenSessions();
  const post = await givenPost();
  const faults = breakD1(`session:${sessions.user.id}`);
  const gone = await device(sessions, post);
  const own = await sessions.join(gone);
  const isHanging = new Promise<void>((resolve) => {
    faults.fail(async () => {
      resolve();
      return await new Promise(() => undefined);
    });
  });
  await sessions.fail();
  await isHanging;
  const start = Date.now();
  await sessions.party.revokeSession({ sessionId: gone.sessionId });
  for (const socket of [gone.socket, own]) expect(await endOf(socket)).toMatchObject(REVOKED);
  expect(Date.now() - start).toBeLessThan(1_000);
});

test("whatever the socket of a session that has just ended still asks for is refused", async () => {
  useClock();
  const sessions = givenSessions();
  const [gone, kept] = [await sessions.create(), await sessions.create()];
  const socket = await sessions.join(gone);
  // Its sockets are told a moment later, when the party's alarm rings.
  await sessions.party.revokeSession({ sessionId: gone.sessionId });
  for (const frame of [
    { type: "join_game", gameId: "chess" },
    { type: "leave_game", gameId: "chess" },
    { type: "update_presence", presence: "away" },
    { type: "update_settings", settings: { theme: "dark" } },
    { type: "broadcast_event", event: "hello" },
    { type: "logout_all" },
    { type: "sync_state" },
    { type: "ping" },
  ]) {
    expect(await socket.ask(frame)).toMatchObject({ type: "error", code: "unauthenticated" });
  }
  expect(socket.all("state")).toEqual([]);
  expect(await sessions.party.readState({ sessionId: kept.sessionId })).toMatchObject({
    activeGames: [],
    settings: {},
  });
  expect(await sessions.cookie(kept)).toMatchObject({ valid: true });
  await ringAlarms(sessions.object);
  expect(await endOf(socket)).toMatchObject(REVOKED);
});

test("revoking all but one session closes the sockets of the others only", async () => {
  const sessions = givenSessions();
  const post = await givenPost();
  const [current, ...others] = [
    await device(sessions, post),
    await device(sessions, post),
    await device(sessions, post),
  ];
  const own = await sessions.join(current);
  expect(await sessions.party.revokeAllSessions({ except: current.sessionId })).toEqual({ revoked: 2 });
  for (const { socket } of others) expect(await endOf(socket)).toMatchObject(REVOKED);
  expect(await current.socket.ask(REACT)).toMatchObject({ type: "ack" });
  expect(await own.ask({ type: "ping" })).toMatchObject({ type: "ack" });
});

test("a socket that came in by ticket closes with its session", async () => {
  const sessions = givenSessions();
  const post = await givenPost();
  const { sessionId } = await sessions.create();
  const { secret } = await sessions.party.issueTicket({ sessionId, ...doorOf(post) });
  const found = await sessions.party.redeemTicket({ secret, ...doorOf(post) });
  if (!found.valid) throw new Error("The ticket was good");
  const socket = await post.join(found.principal);
  await sessions.party.revokeSession({ sessionId });
  expect(await endOf(socket)).toMatchObject(REVOKED);
});

test("a ticket that opens no socket leaves no trace of one", async () => {
  const sessions = givenSessions();
  const { sessionId } = await sessions.create();
  const to = { party: "host", name: "alice.localhost" };
  const { secret } = await sessions.party.issueTicket({ sessionId, ...to });
  await sessions.party.redeemTicket({ secret, ...to, opensSocket: false });
  expect(await rowsOf(sessions.object, "doors")).toEqual([]);
});

test("the session that a new one pushes out or replaces, and one that expires, lose their sockets", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const post = await givenPost();
  const oldest = await device(sessions, post);
  clock.advance(1);
  for (let n = 0; n < 10; n++) await sessions.create();
  await ringAlarms(sessions.object);
  expect(await endOf(oldest.socket)).toMatchObject(REVOKED);

  const before = await device(sessions, post);
  await sessions.create({ replaces: { sessionId: before.sessionId, secret: before.secret } });
  await ringAlarms(sessions.object);
  expect(await endOf(before.socket)).toMatchObject(REVOKED);

  const idle = await device(sessions, post);
  clock.advance(7 * 24 * 60 * 60_000);
  await ringAlarms(sessions.object);
  expect(await endOf(idle.socket)).toMatchObject(REVOKED);
});

test("a person whose session ended is gone from presence at once", async () => {
  const sessions = givenSessions();
  const post = await givenPost();
  const reader = await post.join();
  const { sessionId, socket } = await device(sessions, post);
  while ((await reader.next("presence"))["count"] !== 2);
  await sessions.party.revokeSession({ sessionId });
  await socket.closed;
  expect(await post.party.getPresence({})).toEqual({ count: 1 });
  while ((await reader.next("presence"))["count"] !== 1);
});

test("a socket that is being let in while its session ends is turned away", async () => {
  const sessions = givenSessions();
  const post = await givenPost();
  const made = await sessions.create();
  const found = await sessions.cookie(made);
  if (!found.valid) throw new Error("The session has just begun");
  // Ended between the edge's check and the party's door.
  await post.party.closeSession({ userId: sessions.user.id, sessionId: made.sessionId });
  const socket = await post.open(found.principal);
  expect(await endOf(socket)).toMatchObject({ code: 4401, last: [{ type: "error", code: "unauthenticated" }] });
  expect(socket.all("welcome")).toEqual([]);
});

test("nothing that a peer still sends is heard once its session has ended, whether or not it answers the close", async () => {
  const sessions = givenSessions();
  const post = await givenPost();
  const { sessionId, socket } = await device(sessions, post);
  const object = env.Post.getByName(post.name) as DurableObjectStub<PostParty>;
  await runInDurableObject(object, async (party) => {
    const [connection] = party.getConnections<SocketAttachment>();
    if (connection === undefined) throw new Error("One socket is open");
    const input = JSON.stringify({ userId: sessions.user.id, sessionId });
    await party.call({ method: "closeSession", input, traceId: "test" });
    party.onMessage(connection, JSON.stringify({ type: "comment", id: "late", content: "Still here" }));
  });
  expect(await endOf(socket)).toMatchObject(REVOKED);
  expect(socket.all("ack")).toEqual([]);
  expect(await rowsOf(object, "comments")).toEqual([]);
  expect((await post.party.inspect({})).sockets).toEqual({ open: 0, people: 0, anonymous: 0 });
});

test("the parties that a session remembers are bounded: the oldest is left, and its sockets may come back", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const [post, favourite] = [await givenPost(), await givenPost()];
  const { sessionId, secret } = await sessions.create();
  const visit = async (name: string) =>
    await sessions.party.validateSession({ sessionId, secret, kind: "cookie", socket: { party: "post", name } });
  const socket = await sessions.join({ sessionId, secret }, { to: doorOf(post) });
  const again = await sessions.join({ sessionId, secret }, { to: doorOf(favourite) });
  for (let n = 2; n < MAX_DOORS; n++) await visit(`site-${n}:x`);
  await visit(favourite.name);
  expect(await rowsOf(sessions.object, "doors")).toHaveLength(MAX_DOORS);
  clock.advance(60_000);
  await visit("one-more:x");
  expect(await rowsOf(sessions.object, "doors")).toHaveLength(MAX_DOORS);
  await ringAlarms(sessions.object);
  expect(await socket.next("error")).toMatchObject({ code: "unavailable" });
  expect(await socket.closed).toMatchObject({ code: 1013 });
  expect(socket.all("logged_out")).toEqual([]);
  expect(again.isOpen).toBe(true);
  clock.advance(1);
  const back = await sessions.join({ sessionId, secret }, { to: doorOf(post) });
  expect(await back.ask(REACT)).toMatchObject({ type: "ack" });
});

test("a party that a socket may still be on its way to is not given up for another", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const { sessionId, secret } = await sessions.create();
  const visit = (n: number) =>
    sessions.party.validateSession({
      sessionId,
      secret,
      kind: "cookie",
      socket: { party: "post", name: `site-${n}:x` },
    });
  for (let n = 0; n < MAX_DOORS; n++) await visit(n);
  clock.advance(59_999);
  expect(await refusal(visit(MAX_DOORS))).toMatchObject({ code: "rate_limited", retryAfterMs: 1 });
  const names = async () => (await rowsOf(sessions.object, "doors")).map(({ name }) => name);
  expect(await names()).toContain("site-0:x");
  clock.advance(1);
  expect(await visit(MAX_DOORS)).toMatchObject({ valid: true });
  expect(await names()).not.toContain("site-0:x");
});
