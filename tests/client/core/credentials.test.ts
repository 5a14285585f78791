import { describe, expect, test } from "vitest";
import type { Auth } from "../../../client/core/index.ts";
import { POST_ID, postState, TENANT } from "../helpers/post-fixtures.ts";
import { reasonOf, setUp, until, type Setup } from "../helpers/setup.ts";

const refusal = (code: string) => ({ error: { code, message: code, traceId: "t" } });
const NAME = `${TENANT}:${POST_ID}`;

async function refusedSocket(auth?: Auth) {
  const setup = await setUp(auth === undefined ? {} : { auth });
  setup.server.answer = (path) => {
    if (path === "/auth/refresh") return { status: 200, body: {} };
    return { status: 200, body: { ticket: "a ticket" } };
  };
  const post = setup.client.post(TENANT, POST_ID);
  const socket = await setup.server.socket();
  return { ...setup, post, socket };
}

const paths = ({ server }: Pick<Setup, "server">) => server.requests.map(({ path }) => path);

describe("a refused cookie", () => {
  test("is refreshed by a request that survives leaving the page, for its answer has the next cookie", async () => {
    const asked: RequestInit[] = [];
    const { client, server } = await setUp({
      environment: {
        fetch: (url, init) => {
          asked.push(init);
          return fetch(url, init);
        },
      },
    });
    server.answer = () => ({ status: 200 });
    client.post(TENANT, POST_ID);
    (await server.socket()).close(4401);
    await server.socket();
    expect(asked).toMatchObject([{ method: "POST", keepalive: true, credentials: "same-origin" }]);
  });

  test("is refreshed and used again at once", async () => {
    const setup = await refusedSocket();
    setup.socket.close(4401);
    (await setup.server.socket()).welcome({ seq: 1, state: postState() });
    await until(setup.post, () => setup.post.status === "live");
    expect(paths(setup)).toEqual(["/auth/refresh"]);
  });

  test("is refreshed once: a second refusal is final", async () => {
    const setup = await refusedSocket();
    const sent = setup.post.send({ type: "typing" });
    const rejected = reasonOf(sent);
    setup.socket.close(4401);
    (await setup.server.socket()).close(4401);
    await until(setup.post, () => setup.post.status === "closed");
    expect(await rejected).toMatchObject({ code: "unauthenticated" });
    expect(setup.post.closed?.code).toBe("unauthenticated");
    expect(paths(setup)).toEqual(["/auth/refresh"]);
    expect(setup.clock.pending).toBe(0);
  });

  test("may be refreshed again after the connection was stable", async () => {
    const setup = await refusedSocket();
    setup.socket.close(4401);
    const second = await setup.server.socket();
    second.welcome({ seq: 1, state: postState() });
    await until(setup.post, () => setup.post.status === "live");
    setup.clock.advance(10_000);
    second.close(4401);
    await setup.server.socket();
    expect(paths(setup)).toHaveLength(2);
  });

  test("that cannot be refreshed is surfaced", async () => {
    const { server, post, socket } = await refusedSocket();
    server.answer = () => ({ status: 401, body: refusal("unauthenticated") });
    socket.close(4401);
    await until(post, () => post.status === "closed");
    expect(post.closed?.code).toBe("unauthenticated");
  });

  test("is not judged by a server that is failing", async () => {
    const { server, post, socket, clock } = await refusedSocket();
    server.answer = () => ({ status: 503, body: refusal("unavailable") });
    const retryPlanned = clock.armed(1_000);
    socket.close(4401);
    await retryPlanned;
    expect(post.status).toBe("reconnecting");
    clock.advance(1_000);
    server.answer = () => ({ status: 200 });
    (await server.socket()).close(4401);
    (await server.socket()).welcome({ seq: 1, state: postState() });
    await until(post, () => post.status === "live");
  });
});

describe("a bearer token", () => {
  test("buys a ticket for each connection", async () => {
    const { server, socket, post, clock } = await refusedSocket({ kind: "bearer", token: () => "token-1" });
    expect(socket.url.searchParams.get("ticket")).toBe("a ticket");
    expect(server.requests[0]?.headers.authorization).toBe("Bearer token-1");
    expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual({ party: "post", name: NAME });
    socket.welcome({ seq: 5, state: postState() });
    await until(post, () => post.status === "live");
    server.answer = () => ({ status: 200, body: { ticket: "another" } });
    socket.cut();
    await until(post, () => post.status === "reconnecting");
    clock.advance(1_000);
    const next = await server.socket();
    expect(next.url.searchParams.get("ticket")).toBe("another");
    expect(next.url.searchParams.get("since")).toBe("5");
  });

  test("that is refused for a ticket is renewed once", async () => {
    const { server, client } = await setUp({
      auth: { kind: "bearer", token: () => "old", refresh: () => Promise.resolve("new") },
    });
    server.answer = () =>
      server.requests.at(-1)?.headers.authorization === "Bearer new"
        ? { status: 200, body: { ticket: "t" } }
        : { status: 401, body: refusal("unauthenticated") };
    client.post(TENANT, POST_ID);
    await server.socket();
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer old", "Bearer new"]);
  });

  test("that cannot be renewed closes the party", async () => {
    const { server, client } = await setUp({ auth: { kind: "bearer", token: () => "old" } });
    server.answer = () => ({ status: 401, body: refusal("unauthenticated") });
    const post = client.post(TENANT, POST_ID);
    await until(post, () => post.status === "closed");
    expect(post.closed?.code).toBe("unauthenticated");
  });

  test("without access gives the reason", async () => {
    const { server, client } = await setUp({ auth: { kind: "bearer", token: () => "mine" } });
    server.answer = () => ({ status: 403, body: refusal("forbidden") });
    const post = client.post(TENANT, POST_ID);
    await until(post, () => post.status === "closed");
    expect(post.closed?.code).toBe("forbidden");
  });

  test("is renewed once for all parties that were refused together", async () => {
    const renewal = Promise.withResolvers<string>();
    let refreshes = 0;
    const { server, client } = await setUp({
      auth: {
        kind: "bearer",
        token: () => "old",
        refresh: () => {
          refreshes += 1;
          return renewal.promise;
        },
      },
    });
    server.answer = () => ({ status: 200, body: { ticket: "t" } });
    const posts = [client.post(TENANT, POST_ID), client.post(TENANT, "pst_000000000000000000002")];
    for (const socket of [await server.socket(), await server.socket()]) socket.close(4401);
    for (const post of posts) await until(post, () => post.status === "reconnecting");
    renewal.resolve("new");
    await server.socket();
    await server.socket();
    expect(refreshes).toBe(1);
  });
});
