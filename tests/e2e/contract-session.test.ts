import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { expectBody, expectError } from "./contract-checks.ts";
import {
  auditShape,
  bareWelcomeShape,
  presenceUpdatedShape,
  resumedShape,
  sessionStateShape,
  signedInShape,
} from "./contract-shapes.ts";
import { type Glade, ON, openGlade } from "./contract-stage.ts";
import { connect, newcomer, type SocketCall, type Wire, type WireFrame } from "./wire.ts";

let site: Glade["site"];
let call: Glade["call"];

beforeAll(async () => {
  ({ site, call } = await openGlade());
});

afterAll(async () => {
  await site.stop();
});

const initialShape = sessionStateShape.extend({ type: z.literal("initial_state") });
const stateShape = sessionStateShape.extend({ type: z.literal("state") });
const errorFrameShape = z.strictObject({
  type: z.literal("error"),
  id: z.string().optional(),
  code: z.string(),
  message: z.string().min(1),
  issues: z.array(z.looseObject({})).optional(),
  traceId: z.string().min(1),
});

/** Somebody new, with a second session on another device. */
async function twoDevices() {
  const person = await newcomer(site, "Sess");
  const { email, name } = person;
  const second = expectBody(await call("POST", "/auth/dev", { body: { email, name } }), 200, signedInShape);
  return { ...person, path: `/parties/session/${person.userId}`, second };
}

async function open(path: string, options: Partial<SocketCall>): Promise<Wire> {
  return await connect(site, path, { on: ON, ...options });
}

/** Opens a person's own party, and takes what it says first. */
async function join(path: string, token: string) {
  const wire = await open(path, { token });
  const welcome = bareWelcomeShape.parse(await wire.next());
  return { wire, welcome, initial: initialShape.parse(await wire.next()) };
}

/** Waits until a socket is told this of who is reachable. */
async function presence(wire: Wire, isIt: (told: z.infer<typeof presenceUpdatedShape>) => boolean): Promise<void> {
  let told;
  do told = presenceUpdatedShape.parse(await wire.next("presence_updated"));
  while (!isIt(told));
}

const eventsOf = ({ frames }: Wire) => frames.filter(({ seq, type }) => seq !== undefined && type !== "welcome");

describe("a session's socket", () => {
  test("says welcome, and then initial_state with all that the devices share", async () => {
    const { path, userId, sessionId, accessToken, second } = await twoDevices();
    const { welcome, initial } = await join(path, accessToken);
    expect(welcome).toMatchObject({ protocol: 3, userId });
    expect(initial).toMatchObject({ sessionId, activeGames: [], settings: {}, presence: "online" });
    expect(new Map(initial.devices.map(({ id, presence: shown }) => [id, shown]))).toEqual(
      new Map([
        [sessionId, "online"],
        [second.sessionId, "offline"],
      ]),
    );
    const own = initial.devices.find(({ id }) => id === sessionId);
    expect(initial.deviceId).toBe(own?.deviceId);
    expect(JSON.stringify(initial)).not.toMatch(/secret|hash|token/i);
  });

  test("answers each frame by its id, and tells all devices of what has happened, in one order", async () => {
    const { path, accessToken, second } = await twoDevices();
    const [{ wire: one, initial }, { wire: two }] = [
      await join(path, accessToken),
      await join(path, second.accessToken),
    ];
    const results = [
      [{ type: "join_game", id: "1", gameId: "chess" }, { activeGames: ["chess"] }],
      [{ type: "join_game", id: "2", gameId: "go" }, { activeGames: ["chess", "go"] }],
      [{ type: "leave_game", id: "3", gameId: "chess" }, { activeGames: ["go"] }],
      [
        { type: "update_settings", id: "4", settings: { theme: "dark", size: 2 } },
        { settings: { theme: "dark", size: 2 } },
      ],
      [{ type: "update_settings", id: "5", settings: { size: null } }, { settings: { theme: "dark" } }],
      [{ type: "broadcast_event", id: "6", event: "wave", data: { to: "all" } }, {}],
    ] as const;
    for (const [frame, result] of results) expect(await one.ask(frame)).toEqual({ type: "ack", id: frame.id, result });
    for (const wire of [one, two]) await wire.next("event");
    const events = eventsOf(two);
    expect(events.map((event) => ({ ...event, seq: 0 }))).toEqual([
      { type: "game_joined", seq: 0, gameId: "chess", activeGames: ["chess"] },
      { type: "game_joined", seq: 0, gameId: "go", activeGames: ["chess", "go"] },
      { type: "game_left", seq: 0, gameId: "chess", activeGames: ["go"] },
      { type: "settings_updated", seq: 0, settings: { theme: "dark", size: 2 } },
      { type: "settings_updated", seq: 0, settings: { theme: "dark" } },
      { type: "event", seq: 0, event: "wave", data: { to: "all" }, deviceId: initial.deviceId },
    ]);
    const order = events.map(({ seq = 0 }) => seq);
    expect(order).toEqual([...new Set(order)].toSorted((a, b) => a - b));
    expect(eventsOf(one)).toEqual(events);
    // Repeated, it has no second effect: the next event is another's.
    expect(await one.ask(results[5][0])).toEqual({ type: "ack", id: "6", result: {} });
    await two.ask({ type: "leave_game", id: "7", gameId: "go" });
    expect(await one.next("game_left")).toMatchObject({ activeGames: [] });
    expect(eventsOf(one)).toHaveLength(7);
  });

  test("says who is reachable, as signals without seq", async () => {
    const { path, accessToken, second } = await twoDevices();
    const { wire: one } = await join(path, accessToken);
    const { wire: two } = await join(path, second.accessToken);
    const online = (told: z.infer<typeof presenceUpdatedShape>) =>
      told.devices.filter((device) => device.presence === "online").length;
    await presence(one, (told) => online(told) === 2);
    const away = { type: "update_presence", presence: "away" };
    expect(await one.ask({ ...away, id: "1" })).toEqual({ type: "ack", id: "1", result: { presence: "online" } });
    expect(await two.ask({ ...away, id: "2" })).toEqual({ type: "ack", id: "2", result: { presence: "away" } });
    for (const wire of [one, two]) await presence(wire, (told) => told.presence === "away");
    await two.close();
    await presence(one, (told) => told.devices.some((device) => device.presence === "offline"));
  });

  test("answers a heartbeat, a ping in text, and a wish for the whole state", async () => {
    const { path, accessToken, second } = await twoDevices();
    const { wire, initial } = await join(path, accessToken);
    const { wire: other } = await join(path, second.accessToken);
    expect(await wire.ask({ type: "ping", id: "1" })).toEqual({ type: "ack", id: "1", result: {} });
    expect(await wire.next("pong")).toEqual({ type: "pong" });
    wire.send("ping");
    await wire.hears("pong");
    const { result } = await wire.ask({ type: "sync_state", id: "2" });
    const { type: _, ...state } = stateShape.parse(await wire.next("state"));
    expect(sessionStateShape.parse(result)).toEqual(state);
    expect(state.deviceId).toBe(initial.deviceId);
    await other.ask({ type: "ping", id: "3" });
    expect(other.frames.filter(({ type }) => type === "state")).toEqual([]);
  });

  test("answers what is malformed with a coded error, and stays", async () => {
    const { path, accessToken } = await twoDevices();
    const { wire } = await join(path, accessToken);
    const bad: [unknown, string][] = [
      ["nonsense", "bad_request"],
      [{ type: "nonsense", id: "1" }, "bad_request"],
      [{ type: "join_game", gameId: "chess" }, "bad_request"],
      [{ type: "join_game", id: "2" }, "bad_request"],
      [{ type: "join_game", id: "3", gameId: "" }, "bad_request"],
      [{ type: "join_game", id: "4", gameId: "chess", as: "white" }, "bad_request"],
      [{ type: "update_presence", id: "5", presence: "asleep" }, "bad_request"],
      [{ type: "update_settings", id: "6", settings: { __proto: 1 } }, "bad_request"],
      [{ type: "broadcast_event", id: "7", event: "x", data: "y".repeat(17 * 1_024) }, "too_large"],
    ];
    for (const [frame, code] of bad) {
      wire.send(frame);
      expect(errorFrameShape.parse(await wire.next("error"))).toMatchObject({ code });
    }
    expect(await wire.ask({ type: "join_game", id: "8", gameId: "chess" })).toMatchObject({ type: "ack" });
    expect(await wire.next("game_joined")).toMatchObject({ activeGames: ["chess"] });
    expect(eventsOf(wire)).toHaveLength(1);
  });

  test("brings what was missed, each once and in order, or a resync", async () => {
    const { path, accessToken, second } = await twoDevices();
    const { wire: here } = await join(path, accessToken);
    const { wire: away, welcome } = await join(path, second.accessToken);
    await away.close();
    for (const gameId of ["a", "b", "c"]) await here.ask({ type: "join_game", id: gameId, gameId });
    const missed: WireFrame[] = [];
    for (let n = 0; n < 3; n++) missed.push(await here.next("game_joined"));

    const back = await open(`${path}?since=${welcome.seq}`, { token: second.accessToken });
    expect(resumedShape.parse(await back.next()).seq).toBe(welcome.seq);
    for (const event of missed) expect(await back.next("game_joined")).toEqual(event);
    await here.ask({ type: "leave_game", id: "d", gameId: "a" });
    expect(await back.next("game_left")).toMatchObject({ activeGames: ["b", "c"] });
    expect(back.frames.filter(({ type }) => type === "initial_state" || type === "resync")).toEqual([]);

    const lost = await open(`${path}?since=999999`, { token: second.accessToken });
    expect(bareWelcomeShape.parse(await lost.next()).userId).toBe(welcome.userId);
    const { state, ...resync } = await lost.next("resync");
    expect(resync).toEqual({ type: "resync", seq: eventsOf(back).at(-1)?.seq });
    expect(sessionStateShape.parse(state).activeGames).toEqual(["b", "c"]);
  });

  test("opens with a ticket of its owner's, once, and with nobody else's", async () => {
    const { path, userId, accessToken } = await twoDevices();
    const other = await newcomer(site, "Other");
    const ticketFor = async (token: string, name: string) =>
      await call("POST", "/api/tickets", { token, body: { party: "session", name } });
    const ticketShape = z.strictObject({ ticket: z.string(), expiresIn: z.literal(30) });
    const { ticket } = expectBody(await ticketFor(accessToken, userId), 200, ticketShape);
    const wire = await open(`${path}?ticket=${ticket}`, { origin: null });
    expect(bareWelcomeShape.parse(await wire.next()).userId).toBe(userId);
    expect((await (await open(`${path}?ticket=${ticket}`, { origin: null })).closed).code).toBe(4401);
    const foreign = expectBody(await ticketFor(other.accessToken, userId), 200, ticketShape);
    expect((await (await open(`${path}?ticket=${foreign.ticket}`, { origin: null })).closed).code).toBe(4403);
    expectError(await ticketFor(accessToken, "nobody"), 404, "not_found");
  });
});

describe("the end of a session", () => {
  test("is told to its socket before that closes with 4401, and only to its own", async () => {
    const { path, accessToken, second } = await twoDevices();
    const { wire: one } = await join(path, accessToken);
    const { wire: two } = await join(path, second.accessToken);
    const begun = performance.now();
    expect((await call("DELETE", `/api/sessions/${second.sessionId}`, { token: accessToken })).status).toBe(204);
    const { code, at } = await two.closed;
    expect([code, at - begun < 1_000]).toEqual([4401, true]);
    const [word, error] = two.frames.slice(-2);
    expect(word).toEqual({ type: "logged_out" });
    expect(errorFrameShape.parse(error)).toMatchObject({ code: "unauthenticated" });
    await presence(one, ({ devices }) => devices.length === 1);
    expect(one.frames.filter(({ type }) => type === "logged_out")).toEqual([]);
  });

  test("comes to all devices by logout_all", async () => {
    const { path, accessToken, second } = await twoDevices();
    const { wire: one } = await join(path, accessToken);
    const { wire: two } = await join(path, second.accessToken);
    expect(await one.ask({ type: "logout_all", id: "1" })).toEqual({ type: "ack", id: "1", result: { revoked: 2 } });
    for (const wire of [one, two]) {
      expect((await wire.closed).code).toBe(4401);
      expect(wire.frames.filter(({ type }) => type === "logged_out")).toHaveLength(1);
    }
    for (const token of [accessToken, second.accessToken])
      expectError(await call("GET", "/api/me", { token }), 401, "unauthenticated");
  });
});

describe("over HTTP", () => {
  test("the state is that of the socket, of the session that asks", async () => {
    const { path, accessToken, second } = await twoDevices();
    const { wire } = await join(path, accessToken);
    await wire.ask({ type: "join_game", id: "1", gameId: "chess" });
    const state = expectBody(await call("GET", "/api/me/state", { token: second.accessToken }), 200, sessionStateShape);
    expect(state).toMatchObject({ sessionId: second.sessionId, activeGames: ["chess"], presence: "online" });
    expect(state.devices).toHaveLength(2);
    expectError(await call("GET", "/api/me/state"), 401, "unauthenticated");
  });

  test("the audit log tells what happened to the caller's own account, the newest first, by page", async () => {
    const { accessToken, sessionId, second } = await twoDevices();
    const stranger = await newcomer(site, "Stranger");
    await call("DELETE", `/api/sessions/${second.sessionId}`, { token: accessToken });
    const page = async (query = "") =>
      expectBody(await call("GET", `/api/me/audit${query}`, { token: accessToken }), 200, auditShape);
    await expect.poll(async () => (await page()).entries.length).toBe(3);
    const { entries, nextCursor } = await page();
    expect(entries.map(({ kind, sessionId: of, provider }) => [kind, of, provider])).toEqual([
      ["session_revoked", second.sessionId, "dev"],
      ["sign_in", second.sessionId, "dev"],
      ["sign_in", sessionId, "dev"],
    ]);
    expect(nextCursor).toBeNull();
    const first = await page("?limit=2");
    expect(first.entries).toEqual(entries.slice(0, 2));
    const rest = await page(`?limit=2&cursor=${encodeURIComponent(first.nextCursor ?? "")}`);
    expect(rest).toEqual({ entries: entries.slice(2), nextCursor: null });
    const audit = "/api/me/audit";
    await expect
      .poll(async () => (await call("GET", audit, { token: stranger.accessToken })).json)
      .toMatchObject({ entries: [{ sessionId: stranger.sessionId }] });
    for (const query of ["?cursor=nonsense", "?limit=0", "?limit=101"])
      expectError(await call("GET", `${audit}${query}`, { token: accessToken }), 400, "bad_request");
    expectError(await call("GET", audit), 401, "unauthenticated");
  });
});
