import { acting } from "../helpers/dom.ts";
import { renderToString } from "react-dom/server";
import { describe, expect, onTestFinished, test } from "vitest";
import { useUserSession, type UserSession, type UseUserSessionOptions } from "../../../client/react/index.ts";
import { Screen, takeOver } from "../helpers/screen.tsx";
import type { ScriptedSocket } from "../helpers/scripted-server.ts";
import { DEVICE_ID, deviceOf, greeting, sessionState, USER_ID } from "../helpers/session-fixtures.ts";
import { reasonOf, setUp } from "../helpers/setup.ts";

const OTHER_ID = "usr_0000000000000000000b1";

/** Shows what the hook gives and lets the test look at it, at every render. */
function Devices({ onRender, ...options }: UseUserSessionOptions & { onRender?: (session: UserSession) => void }) {
  const session = useUserSession(options);
  onRender?.(session);
  return (
    <ul data-connected={session.isConnected}>
      {session.state?.activeGames.map((game) => (
        <li key={game}>{game}</li>
      ))}
    </ul>
  );
}

class SessionScreen extends Screen<UserSession, Partial<UseUserSessionOptions>> {
  constructor() {
    super((options, seen) => <Devices userId={USER_ID} {...options} onRender={seen} />);
  }

  get session(): UserSession {
    return this.given;
  }
}

async function shown(options: Partial<UseUserSessionOptions> = {}, state = sessionState()) {
  const setup = await setUp();
  const screen = new SessionScreen();
  await screen.show(setup.client, options);
  onTestFinished(() => screen.unmount());
  const socket = await setup.server.socket();
  socket.send(greeting(1, state));
  await screen.until(({ isConnected }) => isConnected);
  return { ...setup, screen, socket };
}

/** What the server does to the sockets of a session that ends, when its cookie is worth nothing any more. */
function end({ server, socket }: Pick<Awaited<ReturnType<typeof shown>>, "server" | "socket">): void {
  server.answer = () => ({ status: 401 });
  socket.send([{ type: "logged_out" }, { type: "error", code: "unauthenticated", message: "ended", traceId: "t" }]);
  socket.close(4401);
}

describe("useUserSession", () => {
  test("opens one socket under StrictMode and leaves nothing behind", async () => {
    const { screen, server, socket, clock } = await shown({}, sessionState({ devices: [deviceOf(1), deviceOf(2)] }));
    expect(screen.session).toMatchObject({ deviceId: DEVICE_ID, status: "live", devices: [deviceOf(1), deviceOf(2)] });
    await screen.unmount();
    await socket.closed;
    expect(server.unreadSockets).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("renders without a state on the server, and takes over from there", async () => {
    const { client, server } = await setUp();
    const tree = <Devices client={client} userId={USER_ID} />;
    const html = renderToString(tree);
    expect(html).toBe('<ul data-connected="false"></ul>');
    expect(server.unreadSockets).toEqual([]);

    const { complaints, unmount } = await takeOver(html, tree);
    await server.socket();
    expect(complaints).toEqual([]);
    await unmount();
  });

  test("connects only while somebody is signed in and it is enabled", async () => {
    const { client, server } = await setUp();
    const screen = new SessionScreen();
    await screen.show(client, { userId: null });
    await screen.show(client, { enabled: false });
    expect(screen.session).toMatchObject({ status: "closed", isConnected: false });
    expect(server.unreadSockets).toEqual([]);
    await screen.show(client, { enabled: true });
    const socket = await server.socket();
    await screen.show(client, { enabled: false });
    await socket.closed;
    await screen.unmount();
    expect(server.unreadSockets).toEqual([]);
  });

  test("forgets one person when it is given another", async () => {
    const { screen, client, server, socket } = await shown({}, sessionState({ activeGames: ["go"] }));
    await screen.show(client, { userId: OTHER_ID });
    await socket.closed;
    expect((await server.socket()).url.pathname).toBe(`/parties/session/${OTHER_ID}`);
    expect(screen.lines).toEqual([]);
  });

  test("keeps what it shows while the connection is being restored", async () => {
    const { screen, socket } = await shown({}, sessionState({ activeGames: ["go"] }));
    socket.cut();
    await screen.until(({ isConnected }) => !isConnected);
    expect(screen.session.status).toBe("reconnecting");
    expect(screen.lines).toEqual(["go"]);
  });

  test("shows what other devices do", async () => {
    const { screen, socket } = await shown();
    socket.send({ type: "game_joined", seq: 2, gameId: "go", activeGames: ["go"] });
    await screen.until(({ state }) => state?.activeGames.length === 1);
    expect(screen.lines).toEqual(["go"]);
    const devices = [deviceOf(2, { presence: "away" }), deviceOf(1, { presence: "offline" })];
    socket.send({ type: "presence_updated", presence: "away", lastActive: deviceOf(2).lastActive, devices });
    await screen.until(({ state }) => state?.presence === "away");
    expect(screen.session.devices).toEqual(devices);
  });

  test("learns which session it has when that was replaced while the connection was away", async () => {
    const { screen, clock, server, socket } = await shown();
    socket.cut();
    await screen.until(({ isConnected }) => !isConnected);
    await acting(() => clock.advance(1_000));
    const next = await server.socket();
    const { presence, lastActive, ...again } = sessionState({ sessionId: deviceOf(2).id, devices: [deviceOf(2)] });
    next.send([
      { type: "welcome", protocol: 2, connectionId: "c2", seq: 1, resumed: true },
      { type: "presence_updated", presence, lastActive, devices: [deviceOf(2)] },
    ]);
    const asked = await next.frame();
    expect(asked.type).toBe("sync_state");
    next.ack(asked.id, { presence, lastActive, ...again });
    await screen.until(({ state }) => state?.sessionId === deviceOf(2).id);
    next.send({ type: "presence_updated", presence: "away", lastActive, devices: [deviceOf(2)] });
    await screen.until(({ state }) => state?.presence === "away");
    expect(next.unreadFrames).toEqual([]);
  });

  test("hands on the events of all devices, to the latest function", async () => {
    const { screen, client, socket } = await shown({ onEvent: () => expect.unreachable() });
    const heard: unknown[] = [];
    await screen.show(client, { onEvent: (...event) => heard.push(event) });
    socket.send([
      { type: "event", seq: 2, event: "scrolled", data: { to: 3 }, deviceId: DEVICE_ID },
      { type: "game_joined", seq: 3, gameId: "go", activeGames: ["go"] },
    ]);
    await screen.until(({ state }) => state?.activeGames.length === 1);
    expect(heard).toEqual([["scrolled", { to: 3 }, DEVICE_ID]]);
  });
});

describe("its actions", () => {
  const answer = async (socket: ScriptedSocket, frame: object, result: object) => {
    const sent = await socket.frame();
    expect(sent).toMatchObject(frame);
    socket.ack(sent.id, result);
  };

  test("stay the same and resolve with what the server says", async () => {
    const { screen, socket } = await shown();
    const { joinGame, leaveGame, updatePresence, updateSettings, broadcastEvent } = screen.session;
    const joined = joinGame("go");
    await answer(socket, { type: "join_game", gameId: "go" }, { activeGames: ["go"] });
    expect(await joined).toEqual(["go"]);
    await screen.until(({ state }) => state?.activeGames.length === 1);
    expect(screen.session.joinGame).toBe(joinGame);
    const left = leaveGame("go");
    await answer(socket, { type: "leave_game", gameId: "go" }, { activeGames: [] });
    expect(await left).toEqual([]);
    const away = updatePresence("away");
    await answer(socket, { type: "update_presence", presence: "away" }, { presence: "online" });
    expect(await away).toBe("online");
    const set = updateSettings({ sound: true });
    await answer(socket, { type: "update_settings", settings: { sound: true } }, { settings: { sound: true } });
    expect(await set).toEqual({ sound: true });
    const told = broadcastEvent("scrolled");
    await answer(socket, { type: "broadcast_event", event: "scrolled", data: null }, {});
    await told;
  });

  test("reject with the server's code", async () => {
    const { screen, socket } = await shown();
    const refused = screen.session.joinGame("");
    socket.refuse((await socket.frame()).id, "bad_request");
    await expect(refused).rejects.toMatchObject({ code: "bad_request" });
  });

  test("are refused while nothing is connected", async () => {
    const { client } = await setUp();
    const screen = new SessionScreen();
    await screen.show(client, { userId: null });
    await expect(screen.session.joinGame("go")).rejects.toMatchObject({ code: "unavailable" });
    await screen.unmount();
  });

  test("may be left alone: what fails then is no unhandled rejection", async () => {
    const { screen, socket } = await shown();
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    onTestFinished(() => {
      process.off("unhandledRejection", note);
    });
    void screen.session.joinGame("go");
    await socket.frame();
    await screen.unmount();
    // Node reports after the microtasks of a turn; the next one is late enough.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(unhandled).toEqual([]);
  });
});

describe("onLoggedOut", () => {
  test("is called once, as the latest function, when the session ends elsewhere", async () => {
    const calls: string[] = [];
    const live = await shown({ onLoggedOut: () => calls.push("first") });
    const { screen, client, clock, server } = live;
    await screen.show(client, { onLoggedOut: () => calls.push("latest") });
    const rejected = reasonOf(screen.session.joinGame("go"));
    await live.socket.frame();
    end(live);
    await screen.until(({ status }) => status === "closed");
    expect(await rejected).toMatchObject({ code: "unauthenticated" });
    expect(screen.session.closed?.code).toBe("unauthenticated");
    await screen.show(client, { onLoggedOut: () => calls.push("later") });
    expect(calls).toEqual(["latest"]);
    expect(clock.pending).toBe(0);
    expect(server.unreadSockets).toEqual([]);
  });

  test("is called for the one who logged out everywhere, after the promise of that has what it wants", async () => {
    const calls: string[] = [];
    const live = await shown({ onLoggedOut: () => calls.push("logged out") });
    const revoked = live.screen.session.logoutAllDevices();
    const noted = revoked.then((count) => calls.push(`revoked ${count}`));
    const frame = await live.socket.frame();
    expect(frame.type).toBe("logout_all");
    live.socket.ack(frame.id, { revoked: 3 });
    end(live);
    await live.screen.until(({ status }) => status === "closed");
    await noted;
    expect(calls).toEqual(["revoked 3", "logged out"]);
  });

  test("is called when the session had ended before the page could connect, once for all tries", async () => {
    const { client, server } = await setUp();
    server.answer = () => ({ status: 401 });
    const screen = new SessionScreen();
    let calls = 0;
    const onLoggedOut = () => (calls += 1);
    await screen.show(client, { onLoggedOut });
    (await server.socket()).close(4401);
    await screen.until(({ closed }) => closed !== undefined);
    await screen.show(client, { onLoggedOut, enabled: false });
    await screen.show(client, { onLoggedOut });
    (await server.socket()).close(4401);
    await screen.until(({ closed }) => closed !== undefined);
    expect(calls).toBe(1);
    await screen.unmount();
  });

  test("is called again when another session that was live ends", async () => {
    let calls = 0;
    const onLoggedOut = () => (calls += 1);
    const live = await shown({ onLoggedOut });
    const { screen, client, server } = live;
    end(live);
    await screen.until(({ status }) => status === "closed");
    await screen.show(client, { onLoggedOut, enabled: false });
    await screen.show(client, { onLoggedOut });
    const socket = await server.socket();
    socket.send(greeting(1));
    await screen.until(({ isConnected }) => isConnected);
    end({ server, socket });
    await screen.until(({ status }) => status === "closed");
    expect(calls).toBe(2);
  });

  test("is called when somebody else has signed in here while the connection was away", async () => {
    let calls = 0;
    const { screen, clock, server, socket } = await shown({ onLoggedOut: () => (calls += 1) });
    socket.cut();
    await screen.until(({ status }) => status === "reconnecting");
    await acting(() => clock.advance(1_000));
    (await server.socket()).close(4403);
    await screen.until(({ status }) => status === "closed");
    expect(calls).toBe(1);
  });

  test("is not called when the person has signed in again in another tab", async () => {
    const { screen, server, socket } = await shown({ onLoggedOut: () => expect.unreachable() });
    server.answer = () => ({ status: 200 });
    socket.send({ type: "logged_out" });
    socket.close(4401);
    const next = await server.socket();
    next.send(greeting(1, sessionState({ activeGames: ["go"] })));
    await screen.until(({ state }) => state?.activeGames.length === 1);
    expect(screen.session.isConnected).toBe(true);
  });

  test("is not called for unmounting, for being disabled, or for a drop", async () => {
    const onLoggedOut = () => expect.unreachable();
    const { screen, client, clock, server, socket } = await shown({ onLoggedOut });
    socket.cut();
    await screen.until(({ status }) => status === "reconnecting");
    await acting(() => clock.advance(1_000));
    const next = await server.socket();
    next.welcome({ seq: 1, resumed: true });
    await screen.until(({ isConnected }) => isConnected);
    await screen.show(client, { onLoggedOut, enabled: false });
    await next.closed;
    await screen.show(client, { onLoggedOut });
    const last = await server.socket();
    server.answer = () => ({ status: 401 });
    last.send({ type: "logged_out" });
    last.close(4401);
    await screen.until(({ status }) => status === "reconnecting");
    await screen.unmount();
    expect(clock.pending).toBe(0);
  });
});
