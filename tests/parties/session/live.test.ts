import { expect, test } from "vitest";
import { newId } from "../../../parties/kernel/index.ts";
import { sessionProtocol, sessionStateSchema } from "../../../schema/parties/session.ts";
import { useClock } from "../../helpers/clock.ts";
import { crash, hibernate } from "../../helpers/objects.ts";
import type { Frame, TestSocket } from "../../helpers/sockets.ts";
import { holdTimers } from "../../helpers/timers.ts";
import { givenSessions, type Sessions } from "../support.ts";

/** A party that is about to tell presence is not put to sleep before: held back, for those tests that do not listen. */
const PRESENCE_EVERY_MS = 1_000;

/** The same person on two devices, both connected. */
async function twoDevices(sessions: Sessions = givenSessions()) {
  const deviceIds = [newId("device"), newId("device")] as const;
  const [laptop, phone] = [
    await sessions.create({ deviceId: deviceIds[0] }),
    await sessions.create({ deviceId: deviceIds[1] }),
  ];
  return {
    sessions,
    laptop,
    phone,
    deviceIds,
    sockets: [await sessions.join(laptop), await sessions.join(phone)] as const,
  };
}

/** The events that came to each device, when all that was emitted so far has come. */
async function eventsOn(...sockets: readonly TestSocket[]): Promise<Frame[][]> {
  const last = crypto.randomUUID();
  await sockets[0]?.ask({ type: "broadcast_event", event: last });
  return await Promise.all(
    sockets.map(async (socket) => {
      while ((await socket.next("event"))["event"] !== last);
      return socket.frames.filter(({ type, event }) => Object.hasOwn(sessionProtocol.events, type) && event !== last);
    }),
  );
}

test("a device is welcomed without the state, and then told all of it", async () => {
  const { sessions, laptop, deviceIds } = await twoDevices();
  const socket = await sessions.open(laptop);
  const welcome = await socket.next("welcome");
  expect(welcome).toMatchObject({ protocol: 3, seq: 0 });
  expect(welcome).not.toHaveProperty("state");
  const { type, ...state } = await socket.next("initial_state");
  expect(socket.frames.slice(0, 2).map((frame) => frame.type)).toEqual(["welcome", type]);
  expect(sessionStateSchema.strict().parse(state)).toEqual(state);
  expect(state).toMatchObject({
    sessionId: laptop.sessionId,
    deviceId: deviceIds[0],
    activeGames: [],
    settings: {},
    presence: "online",
  });
  expect(await sessions.party.readState({ sessionId: laptop.sessionId })).toEqual(state);
});

test("a game that one device joins is seen on the other, in the order of joining", async () => {
  const { sockets } = await twoDevices();
  const [laptop, phone] = sockets;
  expect(await laptop.ask({ type: "join_game", gameId: "chess" })).toMatchObject({
    result: { activeGames: ["chess"] },
  });
  await phone.ask({ type: "join_game", gameId: "go" });
  await laptop.ask({ type: "join_game", gameId: "bridge" });
  expect(await phone.ask({ type: "leave_game", gameId: "go" })).toMatchObject({
    result: { activeGames: ["chess", "bridge"] },
  });
  await phone.ask({ type: "join_game", gameId: "go" });
  for (const events of await eventsOn(...sockets)) {
    expect(events).toEqual([
      { type: "game_joined", gameId: "chess", activeGames: ["chess"], seq: 1 },
      { type: "game_joined", gameId: "go", activeGames: ["chess", "go"], seq: 2 },
      { type: "game_joined", gameId: "bridge", activeGames: ["chess", "go", "bridge"], seq: 3 },
      { type: "game_left", gameId: "go", activeGames: ["chess", "bridge"], seq: 4 },
      { type: "game_joined", gameId: "go", activeGames: ["chess", "bridge", "go"], seq: 5 },
    ]);
  }
});

test("joining twice, or leaving what one has not joined, answers the games and tells nobody", async () => {
  const { sockets } = await twoDevices();
  const [laptop, phone] = sockets;
  await laptop.ask({ type: "join_game", gameId: "chess" });
  for (const frame of [
    { type: "join_game", gameId: "chess" },
    { type: "leave_game", gameId: "go" },
  ]) {
    for (const socket of sockets) expect(await socket.ask(frame)).toMatchObject({ result: { activeGames: ["chess"] } });
  }
  expect((await eventsOn(laptop, phone)).map((events) => events.length)).toEqual([1, 1]);
});

test("one takes part in at most 100 games", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const socket = await sessions.join(await sessions.create());
  for (let n = 0; n < 100; n++) {
    clock.advance(1_000);
    await socket.ask({ type: "join_game", gameId: `game ${n}` });
  }
  clock.advance(1_000);
  expect(await socket.ask({ type: "join_game", gameId: "one more" })).toMatchObject({ code: "conflict" });
  expect(await socket.ask({ type: "join_game", gameId: "game 7" })).toMatchObject({ type: "ack" });
  await socket.ask({ type: "leave_game", gameId: "game 7" });
  expect(await socket.ask({ type: "join_game", gameId: "one more" })).toMatchObject({ type: "ack" });
});

test("settings are merged one level deep, null removes one, and all devices are told the whole", async () => {
  const { sockets } = await twoDevices();
  const [laptop, phone] = sockets;
  const update = async (socket: TestSocket, settings: object) =>
    await socket.ask({ type: "update_settings", settings });
  expect(await update(laptop, { theme: "dark", volume: 3 })).toMatchObject({
    type: "ack",
    result: { settings: { theme: "dark", volume: 3 } },
  });
  await update(phone, { editor: { tabs: 2, wrap: true } });
  expect((await update(laptop, { editor: { tabs: 4 }, volume: null, gone: null }))["result"]).toEqual({
    settings: { theme: "dark", editor: { tabs: 4 } },
  });
  const [, events] = await eventsOn(laptop, phone);
  expect(events?.map(({ settings }) => settings)).toEqual([
    { theme: "dark", volume: 3 },
    { theme: "dark", volume: 3, editor: { tabs: 2, wrap: true } },
    { theme: "dark", editor: { tabs: 4 } },
  ]);
});

test("names that JavaScript gives a meaning are refused, or are names like any other", async () => {
  const sessions = givenSessions();
  const made = await sessions.create();
  const socket = await sessions.join(made);
  for (const name of ["__defineGetter__", "_private", "", "1st", "a b", "x".repeat(65), "ключ"]) {
    const settings = JSON.parse(`{"theme": "dark", ${JSON.stringify(name)}: {"isAdmin": true}}`) as object;
    expect(await socket.ask({ type: "update_settings", settings })).toMatchObject({ code: "bad_request" });
  }
  expect((await sessions.party.readState(made)).settings).toEqual({});
  // This one is no name at all, wherever it stands.
  const planted = JSON.parse('{"__proto__": {"isAdmin": true}, "deep": {"__proto__": {"isAdmin": true}}}') as object;
  await socket.ask({ type: "update_settings", settings: planted });
  expect(Object.keys((await sessions.party.readState(made)).settings)).toEqual(["deep"]);
  await socket.ask({ type: "update_settings", settings: { deep: null } });
  const settings = { constructor: "mine", toString: 1, hasOwnProperty: { nested: [null, true] } };
  expect(await socket.ask({ type: "update_settings", settings })).toMatchObject({ type: "ack", result: { settings } });
  expect((await sessions.party.readState(made)).settings).toEqual(settings);
  expect(({} as Record<string, unknown>)["isAdmin"]).toBeUndefined();
});

test("settings that would grow too large are refused as a whole", async () => {
  const { sessions, laptop, sockets } = await twoDevices();
  const [socket] = sockets;
  await socket.ask({ type: "update_settings", settings: { theme: "dark", first: "x".repeat(4_000) } });
  const before = await sessions.party.readState(laptop);
  expect(
    await socket.ask({ type: "update_settings", settings: { theme: null, second: "x".repeat(5_000) } }),
  ).toMatchObject({ code: "unprocessable" });
  expect(await sessions.party.readState(laptop)).toEqual(before);
  expect((await eventsOn(...sockets)).map((events) => events.length)).toEqual([1, 1]);
  expect(
    await socket.ask({ type: "update_settings", settings: { first: null, second: "x".repeat(5_000) } }),
  ).toMatchObject({ type: "ack" });
});

test("a custom event reaches every device once, its sender's too, and says which device it is from", async () => {
  const { sockets, deviceIds } = await twoDevices();
  const [laptop, phone] = sockets;
  const id = laptop.send({ type: "broadcast_event", event: "dice", data: { rolled: [3, 6] } });
  expect(await laptop.answer(id)).toMatchObject({ type: "ack", result: {} });
  // Sent again, for the answer might have been lost.
  laptop.send({ type: "broadcast_event", event: "dice", data: { rolled: [3, 6] }, id });
  await laptop.answer(id);
  await phone.ask({ type: "broadcast_event", event: "passed" });
  for (const events of await eventsOn(...sockets)) {
    expect(events).toEqual([
      { type: "event", event: "dice", data: { rolled: [3, 6] }, deviceId: deviceIds[0], seq: 1 },
      { type: "event", event: "passed", data: null, deviceId: deviceIds[1], seq: 2 },
    ]);
  }
});

test("a device that dropped catches up on what it missed, exactly once and in order", async () => {
  holdTimers(PRESENCE_EVERY_MS);
  const { sessions, phone, sockets } = await twoDevices();
  const [laptop, dropped] = sockets;
  await laptop.ask({ type: "broadcast_event", event: "before" });
  await dropped.next("event");
  dropped.close();
  await dropped.closed;
  for (const event of ["one", "two"]) await laptop.ask({ type: "broadcast_event", event });
  await hibernate(sessions.object);
  await laptop.ask({ type: "join_game", gameId: "chess" });
  const back = await sessions.open(phone, { since: 1 });
  expect(await back.next("welcome")).toMatchObject({ resumed: true, seq: 1 });
  await laptop.ask({ type: "broadcast_event", event: "after" });
  const [events] = await eventsOn(back);
  expect(events?.map(({ seq, type, event }) => [seq, event ?? type])).toEqual([
    [2, "one"],
    [3, "two"],
    [4, "game_joined"],
    [5, "after"],
  ]);
  expect(back.all("initial_state")).toEqual([]);
});

test("a device that cannot be caught up is told the whole state", async () => {
  const { sessions, phone, sockets } = await twoDevices();
  await sockets[0].ask({ type: "join_game", gameId: "chess" });
  const back = await sessions.open(phone, { since: 77 });
  expect(await back.next("resync")).toMatchObject({
    seq: 1,
    state: { sessionId: phone.sessionId, activeGames: ["chess"] },
  });
  expect(back.all("initial_state")).toEqual([]);
});

test("a device that asks gets the state twice over, and no other device hears of it", async () => {
  const { sessions, laptop, sockets } = await twoDevices();
  const [asking, other] = sockets;
  await asking.ask({ type: "join_game", gameId: "chess" });
  const answer = await asking.ask({ type: "sync_state" });
  const { type: _, ...state } = await asking.next("state");
  expect(state).toMatchObject({ sessionId: laptop.sessionId, activeGames: ["chess"] });
  expect(answer["result"]).toEqual(state);
  expect(await sessions.party.readState(laptop)).toEqual(state);
  await eventsOn(...sockets);
  expect(other.all("state")).toEqual([]);
});

test("a heartbeat is answered to its sender only, and as text without waking the party", async () => {
  holdTimers(PRESENCE_EVERY_MS);
  const { sessions, sockets } = await twoDevices();
  const [laptop, phone] = sockets;
  expect(await laptop.ask({ type: "ping" })).toMatchObject({ type: "ack", result: {} });
  await laptop.next("pong");
  await eventsOn(...sockets);
  expect(phone.all("pong")).toEqual([]);
  const before = (await sessions.party.inspect({})).counters.frames;
  await hibernate(sessions.object);
  for (const socket of sockets) {
    socket.sendRaw("ping");
    await socket.next("pong");
  }
  // A party that had been woken would have counted.
  expect((await sessions.party.inspect({})).counters).toMatchObject({ frames: 0, calls: 1 });
  expect(before).toBeGreaterThan(0);
});

test("what all devices share outlives an eviction and a crash", async () => {
  holdTimers(PRESENCE_EVERY_MS);
  const { sessions, laptop, sockets } = await twoDevices();
  const [socket] = sockets;
  await socket.ask({ type: "join_game", gameId: "chess" });
  await socket.ask({ type: "update_settings", settings: { theme: "dark" } });
  const shared = { activeGames: ["chess"], settings: { theme: "dark" } };
  await hibernate(sessions.object);
  expect((await socket.ask({ type: "sync_state" }))["result"]).toMatchObject({ ...shared, presence: "online" });
  await crash(sessions.object);
  for (const one of sockets) await one.closed;
  expect(await sessions.party.readState(laptop)).toMatchObject({ ...shared, presence: "offline" });
  const back = await sessions.open(laptop);
  expect(await back.next("initial_state")).toMatchObject({ ...shared, presence: "online" });
});

test("two people share nothing", async () => {
  const [one, two] = [await twoDevices(), await twoDevices()];
  await one.sockets[0].ask({ type: "broadcast_event", event: "secret" });
  await one.sockets[0].ask({ type: "update_settings", settings: { theme: "dark" } });
  expect(await eventsOn(...two.sockets)).toEqual([[], []]);
  expect(await two.sessions.party.readState(two.laptop)).toMatchObject({ settings: {}, activeGames: [] });
});
