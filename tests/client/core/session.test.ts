import { describe, expect, test } from "vitest";
import { sessionAddress } from "../../../schema/addresses.ts";
import { partyName } from "../../../client/core/client.ts";
import { CONNECT_TIMEOUT_MS } from "../../../client/core/connection.ts";
import { deviceOf, greeting, sessionState, USER_ID } from "../helpers/session-fixtures.ts";
import { reasonOf, setUp, until, type Setup } from "../helpers/setup.ts";

const refusal = (code: string) => ({ error: { code, message: code, traceId: "t" } });
const paths = ({ server }: Pick<Setup, "server">) => server.requests.map(({ path }) => path);

async function liveSession(state = sessionState()) {
  const setup = await setUp();
  const session = setup.client.session(USER_ID);
  const socket = await setup.server.socket();
  for (const frame of greeting(10, state)) socket.send(frame);
  await until(session, () => session.status === "live");
  const reconnect = async () => {
    socket.cut();
    await until(session, () => session.status === "reconnecting");
    setup.clock.advance(1_000);
    return setup.server.socket();
  };
  return { ...setup, session, socket, reconnect };
}

describe("a session's socket", () => {
  test("is opened under the person's address", async () => {
    const { socket } = await liveSession();
    expect(socket.url.pathname).toBe(`/parties/session/${USER_ID}`);
    expect(partyName(USER_ID)).toBe(sessionAddress.build({ userId: USER_ID }));
  });

  test("is live once the greeting has brought the state, not with the welcome before it", async () => {
    const { client, server } = await setUp();
    const session = client.session(USER_ID);
    const seen: unknown[] = [];
    session.on("status", ({ status }) => seen.push([status, session.state]));
    const sent = session.send({ type: "join_game", gameId: "chess" });
    const socket = await server.socket();
    const [welcome, initial] = greeting(10);
    socket.send(welcome);
    socket.send({ type: "pong" });
    socket.send(initial);
    await until(session, () => session.status === "live");
    expect(seen).toEqual([["live", sessionState()]]);
    socket.ack((await socket.frame()).id, { activeGames: ["chess"] });
    expect(await sent).toEqual({ activeGames: ["chess"] });
  });

  test("that is never greeted is given up", async () => {
    const { client, server, clock } = await setUp();
    const session = client.session(USER_ID);
    const socket = await server.socket();
    const heard = new Promise((resolve) => {
      session.on("pong", resolve);
    });
    socket.send([greeting(10)[0], { type: "pong" }]);
    await heard;
    expect(session.status).toBe("connecting");
    clock.advance(CONNECT_TIMEOUT_MS);
    expect(session.status).toBe("reconnecting");
  });

  test("that returns asks for what came since the welcome before its greeting, and keeps its state", async () => {
    const { session, reconnect } = await liveSession(sessionState({ activeGames: ["go"] }));
    const next = await reconnect();
    expect(next.url.searchParams.get("since")).toBe("10");
    next.send([
      { type: "welcome", protocol: 2, connectionId: "c2", seq: 10, resumed: true },
      { type: "game_joined", seq: 11, gameId: "chess", activeGames: ["go", "chess"] },
    ]);
    await until(session, () => session.state?.activeGames.length === 2);
    expect(session.status).toBe("live");
  });

  test("that was away too long is live again with the state that a resync brings", async () => {
    const { session, reconnect } = await liveSession();
    const next = await reconnect();
    next.welcome({ seq: 90 });
    next.send({ type: "pong" });
    next.send({ type: "resync", seq: 90, state: sessionState({ activeGames: ["go"] }) });
    await until(session, () => session.status === "live");
    expect(session.state?.activeGames).toEqual(["go"]);
  });
});

describe("a session's state", () => {
  test("follows games, settings and presence of all devices, and is replaced by a state", async () => {
    const { session, socket } = await liveSession();
    socket.send([
      { type: "game_joined", seq: 11, gameId: "go", activeGames: ["go"] },
      { type: "settings_updated", seq: 12, settings: { sound: false } },
      {
        type: "presence_updated",
        presence: "away",
        lastActive: deviceOf(2).lastActive,
        devices: [deviceOf(2, { presence: "away" })],
      },
      { type: "from_the_future", seq: 13 },
    ]);
    await until(session, () => session.state?.presence === "away");
    expect(session.state).toEqual(
      sessionState({
        activeGames: ["go"],
        settings: { sound: false },
        presence: "away",
        lastActive: deviceOf(2).lastActive,
        devices: [deviceOf(2, { presence: "away" })],
      }),
    );
    socket.send([
      { type: "game_left", seq: 14, gameId: "go", activeGames: [] },
      { type: "state", ...sessionState({ settings: { sound: true } }) },
    ]);
    await until(session, () => session.state?.presence === "online");
    expect(session.state).toEqual(sessionState({ settings: { sound: true } }));
  });

  test("holds what an own frame did when its promise resolves", async () => {
    const { session, socket } = await liveSession();
    const answer = async (result: object) => socket.ack((await socket.frame()).id, result);
    const joined = session.send({ type: "join_game", gameId: "go" });
    await answer({ activeGames: ["go"] });
    await joined;
    expect(session.state?.activeGames).toEqual(["go"]);
    const left = session.send({ type: "leave_game", gameId: "go" });
    await answer({ activeGames: [] });
    await left;
    expect(session.state?.activeGames).toEqual([]);
    const set = session.send({ type: "update_settings", settings: { sound: true } });
    await answer({ settings: { sound: true, size: 3 } });
    await set;
    expect(session.state?.settings).toEqual({ sound: true, size: 3 });
    const gone = session.send({ type: "update_presence", presence: "away" });
    await answer({ presence: "online" });
    expect(await gone).toEqual({ presence: "online" });
    const synced = session.send({ type: "sync_state" });
    await answer(sessionState({ activeGames: ["chess"] }));
    await synced;
    expect(session.state).toEqual(sessionState({ activeGames: ["chess"] }));
  });

  test("is not taken back by the answer to a frame that was sent again", async () => {
    const { session, socket, reconnect } = await liveSession();
    const sent = session.send({ type: "join_game", gameId: "go" });
    const first = await socket.frame();
    const next = await reconnect();
    next.send([
      { type: "welcome", protocol: 2, connectionId: "c2", seq: 10, resumed: true },
      { type: "game_joined", seq: 11, gameId: "go", activeGames: ["go"] },
      { type: "game_left", seq: 12, gameId: "go", activeGames: [] },
    ]);
    const again = await next.frame();
    expect(again.id).toBe(first.id);
    next.ack(again.id, { activeGames: ["go"] });
    expect(await sent).toEqual({ activeGames: ["go"] });
    expect(session.state?.activeGames).toEqual([]);
  });
});

describe("the caller's own session", () => {
  test("is found by asking who the cookie belongs to, once, and its handles share a socket", async () => {
    const { client, server, clock } = await setUp();
    server.answer = () => ({ status: 200, body: { user: { id: USER_ID } } });
    const [one, two] = [client.session(), client.session()];
    const socket = await server.socket();
    expect(socket.url.pathname).toBe(`/parties/session/${USER_ID}`);
    socket.send(greeting(1));
    await until(two, () => two.status === "live");
    expect(one.getSnapshot()).toBe(two.getSnapshot());
    socket.cut();
    await until(two, () => two.status === "reconnecting");
    clock.advance(1_000);
    await server.socket();
    expect(paths({ server })).toEqual(["/api/me"]);
    one.close();
    two.close();
    expect(server.unreadSockets).toEqual([]);
  });

  test("is found with a bearer token too, which then buys the ticket", async () => {
    const { client, server } = await setUp({ auth: { kind: "bearer", token: () => "mine" } });
    server.answer = (path) =>
      path === "/api/me"
        ? { status: 200, body: { user: { id: USER_ID } } }
        : { status: 200, body: { ticket: "a ticket" } };
    client.session();
    const socket = await server.socket();
    expect(socket.url.searchParams.get("ticket")).toBe("a ticket");
    expect(server.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ["/api/me", "Bearer mine"],
      ["/api/tickets", "Bearer mine"],
    ]);
    expect(JSON.parse(server.requests[1]?.body ?? "")).toEqual({ party: "session", name: USER_ID });
  });

  test("is asked for again with the token that was renewed for it", async () => {
    const { client, server } = await setUp({
      auth: { kind: "bearer", token: () => "old", refresh: () => Promise.resolve("new") },
    });
    server.answer = (path) => {
      if (server.requests.at(-1)?.headers.authorization !== "Bearer new") {
        return { status: 401, body: refusal("unauthenticated") };
      }
      return { status: 200, body: path === "/api/me" ? { user: { id: USER_ID } } : { ticket: "t" } };
    };
    client.session();
    await server.socket();
    expect(paths({ server })).toEqual(["/api/me", "/api/me", "/api/tickets"]);
  });

  test("of nobody is closed as unauthenticated", async () => {
    const { client, server } = await setUp();
    server.answer = () => ({ status: 401, body: refusal("unauthenticated") });
    const session = client.session();
    await until(session, () => session.status === "closed");
    expect(session.closed?.code).toBe("unauthenticated");
    expect(paths({ server })).toEqual(["/api/me", "/auth/refresh"]);
  });
});

describe("a session that is ended", () => {
  const end = (socket: Awaited<ReturnType<typeof liveSession>>["socket"]) => {
    socket.send({ type: "logged_out" });
    socket.send({ type: "error", code: "unauthenticated", message: "Sign in again", traceId: "t" });
    socket.close(4401);
  };

  test("closes for good when its cookie is worth nothing any more, and takes waiting frames along", async () => {
    const { session, server, socket, clock } = await liveSession();
    server.answer = () => ({ status: 401, body: refusal("unauthenticated") });
    const rejected = reasonOf(session.send({ type: "join_game", gameId: "go" }));
    await socket.frame();
    end(socket);
    await until(session, () => session.status === "closed");
    expect(await rejected).toMatchObject({ code: "unauthenticated" });
    expect(session.closed).toMatchObject({ code: "unauthenticated", error: { traceId: "t" } });
    expect(paths({ server })).toEqual(["/auth/refresh"]);
    expect(clock.pending).toBe(0);
  });

  test("goes on when somebody has signed in again in another tab, without what was asked for before", async () => {
    const { session, server, socket } = await liveSession();
    server.answer = () => ({ status: 200 });
    const rejected = reasonOf(session.send({ type: "join_game", gameId: "go" }));
    await socket.frame();
    end(socket);
    expect(await rejected).toMatchObject({ code: "unauthenticated" });
    const next = await server.socket();
    expect(next.url.searchParams.get("since")).toBeNull();
    const again = sessionState({ sessionId: deviceOf(2).id, devices: [deviceOf(2)] });
    next.send(greeting(10, again));
    await until(session, () => session.status === "live");
    expect(session.state).toEqual(again);
    const sent = session.send({ type: "join_game", gameId: "chess" });
    const frame = await next.frame();
    expect(frame).toMatchObject({ gameId: "chess" });
    next.ack(frame.id, { activeGames: ["chess"] });
    await sent;
    // What ends this connection later is judged by itself.
    next.close(4403);
    await until(session, () => session.status === "closed");
    expect(session.closed?.code).toBe("forbidden");
  });

  test("is closed as unauthenticated when somebody else has signed in instead", async () => {
    const { session, server, socket } = await liveSession();
    server.answer = () => ({ status: 200 });
    end(socket);
    (await server.socket()).close(4403);
    await until(session, () => session.status === "closed");
    expect(session.closed).toMatchObject({ code: "unauthenticated", error: { code: "unauthenticated" } });
  });
});
