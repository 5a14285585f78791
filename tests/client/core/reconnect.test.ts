import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FIRST_DELAY_CAP_MS, MAX_DELAY_MS, reconnectDelayMs } from "../../../client/core/backoff.ts";
import {
  CONNECT_TIMEOUT_MS,
  PING_INTERVAL_MS,
  OFFLINE_PONG_TIMEOUT_MS,
  PONG_TIMEOUT_MS,
  STABLE_AFTER_MS,
} from "../../../client/core/connection.ts";
import type { Environment } from "../../../client/core/index.ts";
import { POST_ID, postState, TENANT } from "../helpers/post-fixtures.ts";
import { reasonOf, setUp, until } from "../helpers/setup.ts";

async function livePost(environment: Partial<Environment> = {}) {
  const setup = await setUp({ environment });
  const post = setup.client.post(TENANT, POST_ID);
  const socket = await setup.server.socket();
  await socket.ping();
  socket.welcome({ seq: 1, state: postState() });
  await until(post, () => post.status === "live");
  return { ...setup, post, socket };
}

describe("the wait before reconnecting", () => {
  test("is below its cap, which doubles from under a second to thirty", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 2_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, random) => {
          const delay = reconnectDelayMs(attempt, () => random);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThan(Math.min(MAX_DELAY_MS, FIRST_DELAY_CAP_MS * 2 ** attempt));
        },
      ),
    );
    expect(reconnectDelayMs(0, () => 0.999)).toBeLessThan(1_000);
    expect(reconnectDelayMs(50, () => 0.999)).toBeGreaterThan(29_000);
  });

  test("grows while the server stays away and starts over after a stable connection", async () => {
    const { post, clock, server, socket } = await livePost();
    let current = socket;
    for (const expected of [500, 1_000, 2_000]) {
      current.cut();
      await until(post, () => post.status === "reconnecting");
      expect(clock.pending).toBe(1);
      clock.advance(expected - 1);
      expect(server.unreadSockets).toEqual([]);
      clock.advance(1);
      current = await server.socket();
      current.welcome({ seq: 1, resumed: true });
      await until(post, () => post.status === "live");
    }
    clock.advance(STABLE_AFTER_MS);
    current.cut();
    await until(post, () => post.status === "reconnecting");
    clock.advance(500);
    await server.socket();
  });

  test("ends when the browser comes back online", async () => {
    const { post, network, server, socket } = await livePost();
    socket.cut();
    await until(post, () => post.status === "reconnecting");
    network.dispatchEvent(new Event("online"));
    (await server.socket()).welcome({ seq: 1, resumed: true });
    await until(post, () => post.status === "live");
    expect(post.state).toEqual(postState());
  });

  test("ends with nothing sent as somebody else, who gets a state of their own", async () => {
    const { client, clock, server } = await setUp();
    const post = client.post(TENANT, POST_ID);
    const first = await server.socket();
    first.welcome({ seq: 1, state: postState(), userId: "usr_ada" });
    await until(post, () => post.status === "live");
    first.cut();
    await until(post, () => post.status === "reconnecting");
    const refused = reasonOf(post.send({ type: "comment", content: "From Ada" }));
    clock.advance(500);
    const second = await server.socket();
    expect(second.url.searchParams.get("since")).toBe("1");
    second.welcome({ seq: 1, resumed: true, userId: "usr_bea" });
    expect(await refused).toMatchObject({ code: "unauthenticated" });
    const third = await server.socket();
    expect(third.url.searchParams.get("since")).toBeNull();
    third.welcome({ seq: 1, state: postState(), userId: "usr_bea" });
    await until(post, () => post.status === "live");
    expect(third.unreadFrames).toEqual([]);
  });

  test("is at least ten seconds after flooding, also when the browser comes online", async () => {
    const { post, clock, network, server, socket } = await livePost();
    socket.send({ type: "error", code: "rate_limited", message: "slow down", traceId: "t" });
    socket.close(4429);
    await until(post, () => post.status === "reconnecting");
    network.dispatchEvent(new Event("online"));
    expect(clock.untilNext).toBe(10_500);
    clock.advance(10_500);
    await server.socket();
  });
});

describe("a connection", () => {
  test("says something as soon as it is open, before it is welcomed, and waits for no answer", async () => {
    const { client, clock, server } = await setUp();
    const post = client.post(TENANT, POST_ID);
    const socket = await server.socket();
    await socket.ping();
    socket.welcome({ seq: 1, state: postState() });
    await until(post, () => post.status === "live");
    clock.advance(PONG_TIMEOUT_MS);
    expect(post.status).toBe("live");
    expect(server.unreadSockets).toEqual([]);
  });

  test("that gives no pong in time is replaced", async () => {
    const { post, clock, server, socket } = await livePost();
    clock.advance(PING_INTERVAL_MS);
    await socket.ping();
    clock.advance(PONG_TIMEOUT_MS);
    expect(post.status).toBe("reconnecting");
    clock.advance(1_000);
    await server.socket();
    await socket.closed;
  });

  test("that answers its pings stays", async () => {
    const { post, clock, server, socket } = await livePost();
    for (let n = 1; n <= 3; n += 1) {
      clock.advance(PONG_TIMEOUT_MS);
      clock.advance(PING_INTERVAL_MS - PONG_TIMEOUT_MS);
      await socket.ping();
      socket.send("pong");
      socket.send({ type: "presence", count: 10 + n });
      await until(post, () => post.state?.presence.count === 10 + n);
    }
    clock.advance(PONG_TIMEOUT_MS);
    expect(post.status).toBe("live");
    expect(server.unreadSockets).toEqual([]);
  });

  test("is probed when the browser goes offline", async () => {
    const { post, clock, network, socket } = await livePost();
    network.dispatchEvent(new Event("offline"));
    await socket.ping();
    clock.advance(OFFLINE_PONG_TIMEOUT_MS);
    expect(post.status).toBe("reconnecting");
  });

  test("that is never welcomed is given up", async () => {
    const { client, clock, server } = await setUp();
    const post = client.post(TENANT, POST_ID);
    const silent = await server.socket();
    clock.advance(CONNECT_TIMEOUT_MS);
    expect(post.status).toBe("reconnecting");
    await silent.closed;
  });

  test.each([1006, 1011, 1012, 1013, 4000])("that ends with %i is restored", async (code) => {
    const { post, clock, server, socket } = await livePost();
    if (code === 1006) socket.cut();
    else socket.close(code);
    await until(post, () => post.status === "reconnecting");
    clock.advance(1_000);
    expect((await server.socket()).url.searchParams.get("since")).toBe("1");
  });

  test.each([
    [4400, "bad_request"],
    [4403, "forbidden"],
    [4404, "not_found"],
    [4409, "conflict"],
    [1009, "too_large"],
  ])("that ends with %i stays closed as %s and takes its waiting frames along", async (closeCode, code) => {
    const { post, clock, server, socket } = await livePost();
    const sent = post.send({ type: "typing" });
    await socket.frame();
    const rejected = reasonOf(sent);
    socket.close(closeCode);
    await until(post, () => post.status === "closed");
    expect(await rejected).toMatchObject({ code });
    expect(post.closed?.code).toBe(code);
    await expect(post.send({ type: "typing" })).rejects.toMatchObject({ code });
    expect(clock.pending).toBe(0);
    expect(server.unreadSockets).toEqual([]);
  });

  test("that is refused with an error frame closes with that error's words", async () => {
    const { client, server } = await setUp();
    const post = client.post(TENANT, POST_ID);
    const socket = await server.socket();
    socket.send({ type: "error", code: "gone", message: "the post was deleted", traceId: "t9" });
    socket.close(4404);
    await until(post, () => post.status === "closed");
    expect(post.closed).toMatchObject({ code: "gone", error: { message: "the post was deleted", traceId: "t9" } });
  });

  test("tells listeners of its status", async () => {
    const { post, socket } = await livePost();
    const heard: string[] = [];
    post.on("status", ({ status }) => heard.push(status));
    socket.close(4403);
    await until(post, () => post.status === "closed");
    expect(heard).toEqual(["closed"]);
  });
});

/** A window that knows how many listen to it. */
class CountingWindow extends EventTarget {
  listeners = 0;

  override addEventListener(...listener: Parameters<EventTarget["addEventListener"]>): void {
    this.listeners += 1;
    super.addEventListener(...listener);
  }

  override removeEventListener(...listener: Parameters<EventTarget["removeEventListener"]>): void {
    this.listeners -= 1;
    super.removeEventListener(...listener);
  }
}

describe("closing", () => {
  test("leaves no timer, no listener and no socket", async () => {
    const network = new CountingWindow();
    const { post, clock, server, socket } = await livePost({ network });
    expect(network.listeners).toBeGreaterThan(0);
    const sent = post.send({ type: "typing" });
    await socket.frame();
    const rejected = reasonOf(sent);
    post.close();
    expect(await rejected).toMatchObject({ code: "unavailable" });
    await socket.closed;
    expect(clock.pending).toBe(0);
    expect(post.status).toBe("closed");
    expect(post.closed).toBeUndefined();
    expect(network.listeners).toBe(0);
    clock.advance(120_000);
    expect(server.unreadSockets).toEqual([]);
  });

  test("while waiting to reconnect leaves no timer", async () => {
    const { post, clock, socket } = await livePost();
    socket.cut();
    await until(post, () => post.status === "reconnecting");
    post.close();
    expect(clock.pending).toBe(0);
  });

  test("while connecting leaves no timer", async () => {
    const { client, clock, server } = await setUp();
    const post = client.post(TENANT, POST_ID);
    const socket = await server.socket();
    post.close();
    await socket.closed;
    expect(clock.pending).toBe(0);
  });
});
