import { describe, expect, test } from "vitest";
import { commentOf, POST_ID, postState, TENANT } from "../helpers/post-fixtures.ts";
import { setUp, until } from "../helpers/setup.ts";

const reaction = (seq: number, count: number) => ({ type: "reaction", seq, reactionType: "like", count });

async function livePost() {
  const setup = await setUp();
  const post = setup.client.post(TENANT, POST_ID);
  const socket = await setup.server.socket();
  socket.welcome({ seq: 10, state: postState() });
  await until(post, () => post.status === "live");
  const reconnect = async () => {
    socket.cut();
    await until(post, () => post.status === "reconnecting");
    setup.clock.advance(1_000);
    return setup.server.socket();
  };
  return { ...setup, post, socket, reconnect };
}

describe("a post's socket", () => {
  test("is opened under the post's address, asking for batches and for no past", async () => {
    const { socket } = await livePost();
    expect(socket.url.pathname).toBe(`/parties/post/${TENANT}:${POST_ID}`);
    expect(socket.url.search).toBe("?batch=1");
  });

  test("has no state before the welcome and the welcome's state after it", async () => {
    const { client, server } = await setUp();
    const post = client.post(TENANT, POST_ID);
    expect(post.getSnapshot()).toEqual({ state: undefined, status: "connecting", closed: undefined });
    (await server.socket()).welcome({ seq: 1, state: postState({ presence: { count: 7 } }) });
    await until(post, () => post.status === "live");
    expect(post.state?.presence.count).toBe(7);
  });

  test("applies the frames of an array in order and tells subscribers once", async () => {
    const { post, socket } = await livePost();
    let notified = 0;
    const seen: unknown[] = [];
    post.subscribe(() => (notified += 1));
    post.on("reaction", ({ seq }) => seen.push(seq));
    socket.send([reaction(11, 1), reaction(12, 2), { type: "presence", count: 4 }, reaction(13, 3)]);
    await until(post, () => post.state?.reactions.counts?.like === 3);
    expect(seen).toEqual([11, 12, 13]);
    expect(notified).toBe(1);
    expect(post.state?.presence.count).toBe(4);
  });

  test("drops an event that it has seen and accepts a gap", async () => {
    const { post, socket } = await livePost();
    const seen: number[] = [];
    post.on("comment", ({ seq }) => seen.push(seq));
    socket.send({ type: "comment", seq: 12, comment: commentOf(1) });
    socket.send({ type: "comment", seq: 12, comment: commentOf(1) });
    socket.send({ type: "comment", seq: 11, comment: commentOf(2) });
    socket.send({ type: "comment", seq: 20, comment: commentOf(3) });
    await until(post, () => seen.includes(20));
    expect(seen).toEqual([12, 20]);
    expect(post.state?.comments.map(({ id }) => id)).toEqual([commentOf(1).id, commentOf(3).id]);
  });

  test("never changes a snapshot it has given away", async () => {
    const { post, socket } = await livePost();
    const before = post.getSnapshot();
    const copy = structuredClone(before.state);
    socket.send({ type: "comment", seq: 11, comment: commentOf(1) });
    await until(post, () => post.state?.comments.length === 1);
    expect(before.state).toEqual(copy);
    expect(post.getSnapshot()).not.toBe(before);
    expect(post.getSnapshot()).toBe(post.getSnapshot());
  });

  test("ignores what is not a frame", async () => {
    const { post, socket } = await livePost();
    socket.send("{not json");
    socket.send([null, 7, { no: "type" }, reaction(11, 5)]);
    await until(post, () => post.state?.reactions.counts?.like === 5);
    expect(post.status).toBe("live");
  });
});

describe("after a drop", () => {
  test("the client asks for what came since the last event and keeps its state", async () => {
    const { post, socket, reconnect } = await livePost();
    socket.send(reaction(14, 4));
    await until(post, () => post.state?.reactions.counts?.like === 4);
    const next = await reconnect();
    expect(next.url.searchParams.get("since")).toBe("14");
    expect(post.state?.reactions.counts?.like).toBe(4);
    next.send([
      { type: "welcome", protocol: 1, connectionId: "c2", seq: 14, resumed: true },
      reaction(15, 5),
      reaction(16, 6),
    ]);
    await until(post, () => post.state?.reactions.counts?.like === 6);
    expect(post.status).toBe("live");
  });

  test("a resync replaces the state and the place in the log", async () => {
    const { post, reconnect } = await livePost();
    const next = await reconnect();
    next.welcome({ seq: 90 });
    next.send({ type: "resync", seq: 90, state: postState({ commentCount: 42 }) });
    next.send(reaction(90, 99));
    next.send(reaction(91, 1));
    await until(post, () => post.state?.reactions.counts?.like === 1);
    expect(post.state?.commentCount).toBe(42);
  });

  test("a welcome with a state replaces the state, also when the server went back", async () => {
    const { post, reconnect } = await livePost();
    const next = await reconnect();
    next.welcome({ seq: 3, state: postState({ commentCount: 1 }) });
    next.send(reaction(4, 8));
    await until(post, () => post.state?.reactions.counts?.like === 8);
    expect(post.state?.commentCount).toBe(1);
  });
});
