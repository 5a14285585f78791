import { describe, expect, test } from "vitest";
import { MAX_FRAMES_IN_FLIGHT, MAX_QUEUED_FRAMES, MAX_RATE_LIMIT_RETRIES } from "../../../client/core/frame-queue.ts";
import { commentOf, POST_ID, postState, TENANT } from "../helpers/post-fixtures.ts";
import { reasonOf, setUp, until } from "../helpers/setup.ts";

async function livePost() {
  const setup = await setUp();
  const post = setup.client.post(TENANT, POST_ID);
  const socket = await setup.server.socket();
  socket.welcome({ seq: 1, state: postState() });
  await until(post, () => post.status === "live");
  return { ...setup, post, socket };
}

type Live = Awaited<ReturnType<typeof livePost>>;

async function reconnected({ post, clock, server, socket }: Live) {
  socket.cut();
  await until(post, () => post.status === "reconnecting");
  clock.advance(1_000);
  const next = await server.socket();
  next.welcome({ seq: 1, resumed: true });
  await until(post, () => post.status === "live");
  return next;
}

const typing = { type: "typing" } as const;

describe("a frame", () => {
  test("resolves with what its acknowledgement carries", async () => {
    const { post, socket } = await livePost();
    const sent = post.send({ type: "react", reactionType: "like", on: true });
    const frame = await socket.frame();
    expect(frame).toMatchObject({ type: "react", reactionType: "like", on: true });
    socket.ack(frame.id, { added: true, newCount: 1 });
    expect(await sent).toEqual({ added: true, newCount: 1 });
    expect(post.state?.reactions).toMatchObject({ mine: ["like"], counts: { like: 1 } });
  });

  test("rejects with the server's code, its wait and its trace", async () => {
    const { post, socket } = await livePost();
    const sent = post.send({ type: "comment", content: "hi" });
    socket.refuse((await socket.frame()).id, "rate_limited", { retryAfterMs: 2_000 });
    await expect(sent).rejects.toMatchObject({ code: "rate_limited", retryAfterMs: 2_000, traceId: "t1" });
  });

  test("that was sent before the welcome goes out after it", async () => {
    const { client, server } = await setUp();
    const post = client.post(TENANT, POST_ID);
    const sent = post.send(typing);
    const socket = await server.socket();
    expect(socket.unreadFrames).toEqual([]);
    socket.welcome({ seq: 1, state: postState() });
    const frame = await socket.frame();
    socket.ack(frame.id);
    await sent;
  });

  test("is sent again under its id after a drop, in order, without those that were answered", async () => {
    const live = await livePost();
    const { post, socket } = live;
    const sent = [1, 2, 3, 4].map((n) => post.send({ type: "comment", content: `c${n}` }));
    const first = await socket.frames(4);
    socket.ack(first[1]?.id ?? "", commentOf(2));
    await sent[1];
    const next = await reconnected(live);
    const again = await next.frames(3);
    expect(again).toEqual([first[0], first[2], first[3]]);
    for (const [index, { id }] of again.entries()) next.ack(id, commentOf(index + 10));
    expect((await Promise.all(sent)).map(({ id }) => id)).toEqual([10, 2, 11, 12].map((n) => commentOf(n).id));
  });

  test("settles once, whatever is answered after", async () => {
    const { post, socket } = await livePost();
    const sent = post.send({ type: "react", reactionType: "like", on: true });
    const { id } = await socket.frame();
    socket.ack(id, { added: true, newCount: 1 });
    socket.ack(id, { added: false, newCount: 0 });
    socket.refuse(id, "internal");
    socket.send({ type: "presence", count: 9 });
    expect(await sent).toEqual({ added: true, newCount: 1 });
    await until(post, () => post.state?.presence.count === 9);
    expect(post.state?.reactions.mine).toEqual(["like"]);
  });

  test("with an id that is still waiting is the same frame", async () => {
    const { post, socket } = await livePost();
    const both = [post.send(typing, { id: "same" }), post.send(typing, { id: "same" })];
    socket.ack((await socket.frame()).id);
    await Promise.all(both);
    expect(socket.unreadFrames).toEqual([]);
  });

  test("past the limit of waiting ones is refused at once", async () => {
    const { client } = await setUp();
    const post = client.post(TENANT, POST_ID);
    const waiting = Array.from({ length: MAX_QUEUED_FRAMES }, () => post.send(typing));
    await expect(post.send(typing)).rejects.toMatchObject({ code: "unavailable" });
    post.close();
    expect((await Promise.allSettled(waiting)).every(({ status }) => status === "rejected")).toBe(true);
  });

  test("waits while too many are in flight", async () => {
    const { post, socket } = await livePost();
    const sent = Array.from({ length: MAX_FRAMES_IN_FLIGHT + 1 }, () => post.send(typing));
    const frames = await socket.frames(MAX_FRAMES_IN_FLIGHT);
    socket.send("pong");
    socket.ack(frames[0]?.id ?? "");
    await sent[0];
    const last = await socket.frame();
    expect(socket.unreadFrames).toEqual([]);
    for (const { id } of [...frames, last]) socket.ack(id);
    await Promise.all(sent);
  });

  test("that was resent does not bring back what was deleted since", async () => {
    const live = await livePost();
    const sent = live.post.send({ type: "comment", content: "hi" });
    await live.socket.frame();
    const next = await reconnected(live);
    next.send([
      { type: "comment", seq: 2, comment: commentOf(1) },
      { type: "comment_deleted", seq: 3, commentId: commentOf(1).id, comment: null },
    ]);
    next.ack((await next.frame()).id, commentOf(1));
    expect(await sent).toEqual(commentOf(1));
    expect(live.post.state?.comments).toEqual([]);
  });

  test("that was resent leaves the reaction on, with the newest count", async () => {
    const live = await livePost();
    const sent = live.post.send({ type: "react", reactionType: "love", on: true });
    await live.socket.frame();
    const next = await reconnected(live);
    next.send([
      { type: "reaction", seq: 2, reactionType: "love", count: 1 },
      { type: "reaction", seq: 3, reactionType: "love", count: 2 },
    ]);
    next.ack((await next.frame()).id, { added: true, newCount: 1 });
    await sent;
    expect(live.post.state?.reactions).toMatchObject({ mine: ["love"], counts: { love: 2 } });
  });
});

describe("a resent frame that meets the rate limit", () => {
  test("is sent again after the wait", async () => {
    const live = await livePost();
    const sent = live.post.send({ type: "comment", content: "hi" });
    const first = await live.socket.frame();
    const next = await reconnected(live);
    next.refuse((await next.frame()).id, "rate_limited", { retryAfterMs: 400 });
    next.send({ type: "presence", count: 3 });
    await until(live.post, () => live.post.state?.presence.count === 3);
    live.clock.advance(399);
    expect(next.unreadFrames).toEqual([]);
    live.clock.advance(1);
    const again = await next.frame();
    expect(again.id).toBe(first.id);
    next.ack(again.id, commentOf(1));
    expect(await sent).toEqual(commentOf(1));
  });

  test("holds up later ones of its type, and no others", async () => {
    const live = await livePost();
    const on = live.post.send({ type: "react", reactionType: "like", on: true });
    await live.socket.frame();
    const next = await reconnected(live);
    next.refuse((await next.frame()).id, "rate_limited", { retryAfterMs: 400 });
    next.send({ type: "presence", count: 3 });
    await until(live.post, () => live.post.state?.presence.count === 3);
    const off = live.post.send({ type: "react", reactionType: "like", on: false });
    const comment = live.post.send({ type: "comment", content: "hi" });
    const first = await next.frame();
    expect(first.type).toBe("comment");
    next.ack(first.id, commentOf(1));
    await comment;
    live.clock.advance(400);
    for (const expected of [true, false]) {
      const frame = await next.frame();
      expect(frame).toMatchObject({ type: "react", on: expected });
      next.ack(frame.id, { added: expected });
    }
    await Promise.all([on, off]);
  });

  test("is given up after a number of times", async () => {
    const live = await livePost();
    const sent = live.post.send(typing);
    await live.socket.frame();
    const next = await reconnected(live);
    const rejected = reasonOf(sent);
    for (let n = 0; n <= MAX_RATE_LIMIT_RETRIES; n += 1) {
      next.refuse((await next.frame()).id, "rate_limited", { retryAfterMs: 100 });
      next.send({ type: "presence", count: 10 + n });
      await until(live.post, () => live.post.state?.presence.count === 10 + n);
      live.clock.advance(100);
    }
    expect(await rejected).toMatchObject({ code: "rate_limited" });
    expect(next.unreadFrames).toEqual([]);
  });

  test("is not lost among many: a server that takes two at a time takes all, in order", async () => {
    const live = await livePost();
    const ids = Array.from({ length: 40 }, (_, n) => `frame-${n}`);
    const sent = ids.map((id) => live.post.send(typing, { id }));
    await live.socket.frames(40);
    const next = await reconnected(live);
    const accepted: string[] = [];
    let round = 0;
    let crowded = false;
    let asked = await next.frames(40);
    while (accepted.length < ids.length) {
      for (const [index, { id }] of asked.entries()) {
        if (index >= 2) {
          next.refuse(id, "rate_limited", { retryAfterMs: 200 });
          continue;
        }
        accepted.push(id);
        next.ack(id);
      }
      round += 1;
      next.send({ type: "presence", count: 100 + round });
      await until(live.post, () => live.post.state?.presence.count === 100 + round);
      live.clock.advance(200);
      if (accepted.length < ids.length) {
        asked = [await next.frame()];
        crowded ||= next.unreadFrames.length > 0;
      }
    }
    await Promise.all(sent);
    expect(accepted).toEqual(ids);
    expect(crowded).toBe(false);
  });
});
