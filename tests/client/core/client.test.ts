import { describe, expect, test } from "vitest";
import { postAddress } from "../../../schema/addresses.ts";
import { partyName } from "../../../client/core/client.ts";
import { createClient } from "../../../client/core/index.ts";
import { POST_ID, postState, TENANT } from "../helpers/post-fixtures.ts";
import { setUp, until } from "../helpers/setup.ts";

describe("handles to one post", () => {
  test("share a socket, which ends with the last of them", async () => {
    const { server, client, clock } = await setUp();
    const [one, two] = [client.post(TENANT, POST_ID), client.post(TENANT, POST_ID)];
    const socket = await server.socket();
    socket.welcome({ seq: 1, state: postState() });
    await until(two, () => two.status === "live");
    expect(one.getSnapshot()).toBe(two.getSnapshot());
    one.close();
    one.close();
    expect(one.status).toBe("closed");
    await expect(one.send({ type: "typing" })).rejects.toMatchObject({ code: "unavailable" });
    const sent = two.send({ type: "typing" });
    socket.ack((await socket.frame()).id);
    await sent;
    two.close();
    await socket.closed;
    expect(server.unreadSockets).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("cost no socket when they are closed at once", async () => {
    const { server, client } = await setUp();
    client.post(TENANT, POST_ID).close();
    const post = client.post(TENANT, POST_ID);
    (await server.socket()).welcome({ seq: 1, state: postState() });
    await until(post, () => post.status === "live");
    expect(server.unreadSockets).toEqual([]);
  });

  test("no longer hear anything once closed", async () => {
    const { server, client } = await setUp();
    const [one, two] = [client.post(TENANT, POST_ID), client.post(TENANT, POST_ID)];
    const socket = await server.socket();
    const heard: string[] = [];
    one.on("presence", () => heard.push("one"));
    one.subscribe(() => heard.push("one"));
    two.on("presence", () => heard.push("two"));
    one.close();
    socket.welcome({ seq: 1, state: postState() });
    socket.send({ type: "presence", count: 2 });
    await until(two, () => two.state?.presence.count === 2);
    expect(heard).toEqual(["two"]);
  });

  test("are a new try after the server has ended the old one", async () => {
    const { server, client } = await setUp();
    const refused = client.post(TENANT, POST_ID);
    (await server.socket()).close(4403);
    await until(refused, () => refused.status === "closed");
    const again = client.post(TENANT, POST_ID);
    (await server.socket()).welcome({ seq: 1, state: postState() });
    await until(again, () => again.status === "live");
    refused.close();
    expect(again.status).toBe("live");
    again.close();
  });

  test("go on when a listener throws", async () => {
    const { server, client } = await setUp();
    const post = client.post(TENANT, POST_ID);
    const reported = new Promise((resolve) => {
      process.once("uncaughtException", resolve);
    });
    const heard: number[] = [];
    post.on("presence", () => {
      throw new Error("from a listener");
    });
    post.on("presence", ({ count }) => heard.push(count));
    const socket = await server.socket();
    socket.welcome({ seq: 1, state: postState() });
    socket.send({ type: "presence", count: 5 });
    await until(post, () => post.state?.presence.count === 5);
    expect(heard).toEqual([5]);
    expect(await reported).toMatchObject({ message: "from a listener" });
  });
});

describe("a client", () => {
  test("is made without a window and without connecting", () => {
    expect(() => createClient()).not.toThrow();
  });

  test("names a post as the schema does", () => {
    expect(partyName(TENANT, POST_ID)).toBe(postAddress.build({ tenant: TENANT, postId: POST_ID }));
  });

  test("cannot be led to another path by a part of a name", () => {
    expect(partyName("../session", "a?b#c/d")).toBe("..%2Fsession:a%3Fb%23c%2Fd");
  });
});
