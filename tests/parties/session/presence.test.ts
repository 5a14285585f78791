import { expect, test } from "vitest";
import { crash, hibernate } from "../../helpers/objects.ts";
import type { Frame, TestSocket } from "../../helpers/sockets.ts";
import { type HeldTimers, holdTimers } from "../../helpers/timers.ts";
import { givenSessions, type Held, type Sessions } from "../support.ts";

/** The party tells presence at most once in this time. */
const PRESENCE_EVERY_MS = 1_000;

type Told = Frame & { presence: string; devices: { id: string; presence: string }[] };

/** Waits until this socket has been told something that is so. */
async function heard(socket: TestSocket, isSo: (told: Told) => boolean): Promise<Told> {
  for (;;) {
    const told = (await socket.next("presence_updated")) as Told;
    if (isSo(told)) return told;
  }
}

/** What each session shows, by its id, and what all of them make together. */
async function shown(sessions: Sessions, { sessionId }: Held) {
  const { presence, devices } = await sessions.party.readState({ sessionId });
  return { presence, devices: Object.fromEntries(devices.map((device) => [device.id, device.presence])) };
}

/** Lets the party say all that it still has to say about presence. */
async function quiet(timers: HeldTimers, sessions: Sessions): Promise<void> {
  while (timers.waiting > 0) await timers.fire(sessions.object);
}

/** How often a device has been told of presence so far. */
async function timesTold(sockets: readonly TestSocket[]): Promise<number[]> {
  const last = crypto.randomUUID();
  await sockets[0]?.ask({ type: "broadcast_event", event: last });
  for (const socket of sockets) while ((await socket.next("event"))["event"] !== last);
  return sockets.map((socket) => socket.all("presence_updated").length);
}

async function leave(socket: TestSocket): Promise<void> {
  socket.close();
  await socket.closed;
}

test("a person is online when one device is, else away when one is, and offline when the last has left", async () => {
  const timers = holdTimers(PRESENCE_EVERY_MS);
  const sessions = givenSessions();
  const [laptop, phone] = [await sessions.create(), await sessions.create()];
  const both = (one: string, other: string) => ({ [laptop.sessionId]: one, [phone.sessionId]: other });
  expect(await shown(sessions, laptop)).toEqual({ presence: "offline", devices: both("offline", "offline") });
  const first = await sessions.join(laptop);
  expect(await shown(sessions, phone)).toEqual({ presence: "online", devices: both("online", "offline") });
  const second = await sessions.join(phone);
  const tab = await sessions.join(phone);
  await quiet(timers, sessions);
  await heard(first, ({ devices }) => devices.every(({ presence }) => presence === "online"));

  expect(await second.ask({ type: "update_presence", presence: "away" })).toMatchObject({
    result: { presence: "online" },
  });
  await quiet(timers, sessions);
  await heard(
    first,
    ({ presence, devices }) => presence === "online" && devices.some((one) => one.presence === "away"),
  );
  expect(await first.ask({ type: "update_presence", presence: "away" })).toMatchObject({
    result: { presence: "away" },
  });
  await quiet(timers, sessions);
  await heard(second, ({ presence }) => presence === "away");
  expect(await first.ask({ type: "update_presence", presence: "offline" })).toMatchObject({
    result: { presence: "away" },
  });
  await leave(second);
  expect(await shown(sessions, laptop)).toEqual({ presence: "away", devices: both("offline", "away") });
  await leave(tab);
  expect(await shown(sessions, laptop)).toEqual({ presence: "offline", devices: both("offline", "offline") });
  await first.ask({ type: "update_presence", presence: "online" });
  await leave(first);
  expect(await shown(sessions, laptop)).toEqual({ presence: "offline", devices: both("offline", "offline") });
});

test("each device hears one presence_updated for one change, with all of the truth", async () => {
  const timers = holdTimers(PRESENCE_EVERY_MS);
  const sessions = givenSessions();
  const made = [await sessions.create(), await sessions.create(), await sessions.create()] as const;
  const sockets = [await sessions.join(made[0]), await sessions.join(made[1]), await sessions.join(made[2])];
  await quiet(timers, sessions);
  const before = await timesTold(sockets);

  await sockets[0]?.ask({ type: "update_presence", presence: "away" });
  await quiet(timers, sessions);
  expect(await timesTold(sockets)).toEqual(before.map((n) => n + 1));
  for (const socket of sockets) {
    const { type: _, ...told } = socket.all("presence_updated").at(-1) ?? { type: "none" };
    const { presence, lastActive, devices } = await sessions.party.readState(made[0]);
    expect(told).toEqual({ presence, lastActive, devices });
    expect(devices.map((device) => device.presence).toSorted()).toEqual(["away", "online", "online"]);
  }
});

test("many changes within a second cost one signal at once and one in the end, which is the latest", async () => {
  const timers = holdTimers(PRESENCE_EVERY_MS);
  const sessions = givenSessions();
  const [laptop, phone] = [await sessions.create(), await sessions.create()];
  const sockets = [await sessions.join(laptop), await sessions.join(phone)];
  await quiet(timers, sessions);
  const before = await timesTold(sockets);
  for (const presence of ["away", "offline", "online", "away", "online", "offline"])
    await sockets[0]?.ask({ type: "update_presence", presence });
  expect(await timesTold(sockets)).toEqual(before.map((n) => n + 1));
  await quiet(timers, sessions);
  expect(await timesTold(sockets)).toEqual(before.map((n) => n + 2));
  const latest = sockets[1]?.all("presence_updated").at(-1) as Told | undefined;
  expect(latest?.devices.find(({ id }) => id === laptop.sessionId)?.presence).toBe("offline");
});

test("devices hear who comes and goes, and which sessions there are", async () => {
  const timers = holdTimers(PRESENCE_EVERY_MS);
  const sessions = givenSessions();
  const laptop = await sessions.create();
  const socket = await sessions.join(laptop);
  const phone = await sessions.create();
  await quiet(timers, sessions);
  await heard(socket, ({ devices }) => devices.some(({ id }) => id === phone.sessionId));
  const other = await sessions.join(phone);
  await quiet(timers, sessions);
  await heard(socket, ({ devices }) => devices.every(({ presence }) => presence === "online"));
  await leave(other);
  await quiet(timers, sessions);
  await heard(socket, ({ devices }) => devices.some(({ presence }) => presence === "offline"));
  await sessions.party.revokeSession({ sessionId: phone.sessionId });
  await quiet(timers, sessions);
  const { devices } = await heard(socket, (told) => told.devices.length === 1);
  expect(devices).toMatchObject([{ id: laptop.sessionId, presence: "online" }]);
});

test("being away outlives an eviction, a lost connection and a crash, until the device says otherwise", async () => {
  holdTimers(PRESENCE_EVERY_MS);
  const sessions = givenSessions();
  const made = await sessions.create();
  const socket = await sessions.join(made);
  await socket.ask({ type: "update_presence", presence: "away" });
  await hibernate(sessions.object);
  expect((await shown(sessions, made)).presence).toBe("away");
  await leave(socket);
  expect((await shown(sessions, made)).presence).toBe("offline");
  const back = await sessions.open(made);
  expect(await back.next("initial_state")).toMatchObject({ presence: "away" });
  await crash(sessions.object);
  await back.closed;
  expect((await shown(sessions, made)).presence).toBe("offline");
  const again = await sessions.open(made);
  expect(await again.next("initial_state")).toMatchObject({ presence: "away" });
  await again.ask({ type: "update_presence", presence: "online" });
  expect((await shown(sessions, made)).presence).toBe("online");
});

test("a device that leaves while the party sleeps is missed by the others", async () => {
  const timers = holdTimers(PRESENCE_EVERY_MS);
  const sessions = givenSessions();
  const [laptop, phone] = [await sessions.create(), await sessions.create()];
  const [stays, leaves] = [await sessions.join(laptop), await sessions.join(phone)];
  await quiet(timers, sessions);
  await heard(stays, ({ devices }) => devices.every(({ presence }) => presence === "online"));
  await hibernate(sessions.object);
  // Nothing but this close wakes the party.
  leaves.close();
  const { devices } = await heard(stays, (told) => told.devices.some(({ presence }) => presence === "offline"));
  expect(devices.find(({ presence }) => presence === "offline")?.id).toBe(phone.sessionId);
});

test("a party without sockets holds no timer, whatever becomes of its sessions", async () => {
  const timers = holdTimers(PRESENCE_EVERY_MS);
  const sessions = givenSessions();
  const [one, two] = [await sessions.create(), await sessions.create()];
  await sessions.rotate(one);
  await sessions.party.revokeSession({ sessionId: two.sessionId });
  expect(timers.waiting).toBe(0);
  const socket = await sessions.join(one);
  expect(timers.waiting).toBe(1);
  await quiet(timers, sessions);
  await socket.ask({ type: "update_presence", presence: "away" });
  await quiet(timers, sessions);
  await leave(socket);
  await quiet(timers, sessions);
  await sessions.create();
  expect(timers.waiting).toBe(0);
});

test("using a session moves it to the top of the list that everybody is told", async () => {
  const sessions = givenSessions();
  const [first, second] = [await sessions.create(), await sessions.create()];
  const socket = await sessions.join(first);
  const { devices } = await heard(socket, () => true);
  expect(devices.map(({ id }) => id)).toEqual([second.sessionId, first.sessionId]);
});
