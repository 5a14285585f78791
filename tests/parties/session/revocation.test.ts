import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { SocketAttachment } from "../../../parties/kernel/sockets.ts";
import type { PostParty } from "../../../parties/post/index.ts";
import { MAX_DOORS } from "../../../parties/session/session-party.ts";
import type { Principal } from "../../../schema/principal.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import type { TestSocket } from "../../helpers/sockets.ts";
import { givenPost, givenSessions, type TestPost } from "../support.ts";

withD1Migrations();
type Sessions = ReturnType<typeof givenSessions>;

/** Signs in on one more device and opens a socket to a post, as the edge does it. */
async function device(sessions: Sessions, post: TestPost) {
  const { sessionId, secret } = await sessions.create();
  return {
    sessionId,
    secret,
    principal: await entering(sessions, { sessionId, secret }, post),
    socket: await open(sessions, { sessionId, secret }, post),
  };
}

async function entering(
  sessions: Sessions,
  credential: { sessionId: string; secret: string },
  post: TestPost,
): Promise<Principal> {
  const { principal } = await sessions.party.validate({
    ...credential,
    kind: "cookie",
    socket: { party: "post", name: post.name },
  });
  return principal;
}

async function open(
  sessions: Sessions,
  credential: { sessionId: string; secret: string },
  post: TestPost,
): Promise<TestSocket> {
  return await post.join(await entering(sessions, credential, post));
}

/** How a socket ended: its close code, and the frame that came before. */
async function endOf(socket: TestSocket) {
  const { code } = await socket.closed;
  return { code, last: socket.frames.at(-1) };
}

const REVOKED = { code: 4401, last: { type: "error", code: "unauthenticated" } };

test("revoking a session closes its sockets in every party within a second, hibernating ones included", async () => {
  const sessions = givenSessions();
  const posts = [await givenPost(), await givenPost(), await givenPost()];
  const [first] = posts;
  if (first === undefined) throw new Error("Three posts were made");
  const gone = await device(sessions, first);
  const rest = [];
  for (const post of posts) rest.push(await open(sessions, gone, post));
  const kept = await device(sessions, first);
  const stranger = await device(givenSessions(), first);
  for (const post of posts) await hibernate(post.object);

  const start = Date.now();
  await sessions.party.revoke({ sessionId: gone.sessionId });
  for (const socket of [gone.socket, ...rest]) expect(await endOf(socket)).toMatchObject(REVOKED);
  expect(Date.now() - start).toBeLessThan(1_000);
  for (const { socket } of [kept, stranger]) {
    expect(await socket.ask({ type: "react", reactionType: "like" })).toMatchObject({ type: "ack" });
  }
});

test("revoking all but one session closes the sockets of the others only", async () => {
  const sessions = givenSessions();
  const post = await givenPost();
  const [current, ...others] = [
    await device(sessions, post),
    await device(sessions, post),
    await device(sessions, post),
  ];
  expect(await sessions.party.revokeAll({ except: current.sessionId })).toEqual({ revoked: 2 });
  for (const { socket } of others) expect(await endOf(socket)).toMatchObject(REVOKED);
  expect(await current.socket.ask({ type: "react", reactionType: "like" })).toMatchObject({ type: "ack" });
});

test("a socket that came in by ticket closes with its session", async () => {
  const sessions = givenSessions();
  const post = await givenPost();
  const { sessionId } = await sessions.create();
  const to = { party: "post", name: post.name };
  const { secret } = await sessions.party.issueTicket({ sessionId, ...to });
  const { principal } = await sessions.party.redeemTicket({ secret, ...to });
  const socket = await post.join(principal);
  await sessions.party.revoke({ sessionId });
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

test("the session that a new one pushes out, and one that expires, lose their sockets", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const post = await givenPost();
  const oldest = await device(sessions, post);
  clock.advance(1);
  for (let n = 0; n < 10; n++) await sessions.create();
  await ringAlarms(sessions.object);
  expect(await endOf(oldest.socket)).toMatchObject(REVOKED);

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
  await sessions.party.revoke({ sessionId });
  await socket.closed;
  expect(await post.party.getPresence({})).toEqual({ count: 1 });
  while ((await reader.next("presence"))["count"] !== 1);
});

test("a socket that is being let in while its session ends is turned away", async () => {
  const sessions = givenSessions();
  const post = await givenPost();
  const { sessionId, secret } = await sessions.create();
  const principal = await entering(sessions, { sessionId, secret }, post);
  // Ended between the edge's check and the party's door.
  await post.party.closeSession({ userId: sessions.user.id, sessionId });
  const socket = await post.open(principal);
  expect(await endOf(socket)).toMatchObject(REVOKED);
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
  const socket = await open(sessions, { sessionId, secret }, post);
  const again = await open(sessions, { sessionId, secret }, favourite);
  for (let n = 2; n < MAX_DOORS; n++) {
    await sessions.party.validate({
      sessionId,
      secret,
      kind: "cookie",
      socket: { party: "post", name: `site-${n}:x` },
    });
  }
  await open(sessions, { sessionId, secret }, favourite);
  expect(await rowsOf(sessions.object, "doors")).toHaveLength(MAX_DOORS);
  await sessions.party.validate({ sessionId, secret, kind: "cookie", socket: { party: "post", name: "one-more:x" } });
  expect(await rowsOf(sessions.object, "doors")).toHaveLength(MAX_DOORS);
  await ringAlarms(env.Session.getByName(sessions.user.id));
  expect(await socket.next("error")).toMatchObject({ code: "unavailable" });
  expect(await socket.closed).toMatchObject({ code: 1013 });
  expect(again.isOpen).toBe(true);
  clock.advance(1);
  const back = await open(sessions, { sessionId, secret }, post);
  expect(await back.ask({ type: "react", reactionType: "like" })).toMatchObject({ type: "ack" });
});
