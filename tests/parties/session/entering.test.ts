import { expect, test } from "vitest";
import { newId } from "../../../parties/kernel/index.ts";
import { useClock } from "../../helpers/clock.ts";
import { person } from "../../helpers/principals.ts";
import { openSocket, type TestSocket } from "../../helpers/sockets.ts";
import { givenSessions } from "../support.ts";

/** What a socket that was turned away was told. */
async function refusalOf(socket: TestSocket) {
  const { code, ...error } = await socket.next("error");
  return {
    code,
    retryAfterMs: error["retryAfterMs"],
    close: (await socket.closed).code,
    welcomes: socket.all("welcome"),
  };
}

test("only its owner may open a socket to a session party, on a session that has not ended", async () => {
  const sessions = givenSessions();
  const made = await sessions.create();
  const found = await sessions.cookie(made);
  if (!found.valid) throw new Error("The session has just begun");
  const { principal } = found;
  const to = { party: "session", name: sessions.user.id };
  const forbidden = { code: "forbidden", close: 4403, welcomes: [] };
  expect(await refusalOf(await openSocket(to))).toMatchObject(forbidden);
  for (const stranger of [person(), person({ role: "super_admin" }), person({ name: sessions.user.name })])
    expect(await refusalOf(await openSocket({ ...to, principal: stranger }))).toMatchObject(forbidden);
  // A stranger's principal with this very session's id.
  const thief = { ...person(), sessionId: made.sessionId };
  expect(await refusalOf(await openSocket({ ...to, principal: thief }))).toMatchObject(forbidden);

  const ended = { code: "unauthenticated", close: 4401, welcomes: [] };
  const unknown = { ...principal, sessionId: newId("session") };
  expect(await refusalOf(await openSocket({ ...to, principal: unknown }))).toMatchObject(ended);
  const socket = await openSocket({ ...to, principal });
  expect(await socket.next("initial_state")).toMatchObject({ sessionId: made.sessionId });
  await sessions.party.revokeSession({ sessionId: made.sessionId });
  expect(await refusalOf(await openSocket({ ...to, principal }))).toMatchObject(ended);
  expect(await refusalOf(await openSocket({ ...to, principal, since: 0 }))).toMatchObject(ended);
});

test("a person has at most 100 sockets here, and room again when one closes", { timeout: 60_000 }, async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const [laptop, phone] = [await sessions.create(), await sessions.create()];
  const sockets = [];
  for (let n = 0; n < 100; n++) {
    sockets.push(await sessions.join(n % 2 === 0 ? laptop : phone));
    clock.advance(500);
  }
  expect(await refusalOf(await sessions.open(phone))).toEqual({
    code: "rate_limited",
    retryAfterMs: 5_000,
    close: 4429,
    welcomes: [],
  });
  const [first] = sockets;
  first?.close();
  await first?.closed;
  clock.advance(500);
  expect((await sessions.join(phone)).isOpen).toBe(true);
  // Nobody else is held up by it.
  const others = givenSessions();
  expect((await others.join(await others.create())).isOpen).toBe(true);
});

test("a person opens at most 60 sockets at once and two a second after that, however often they close", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await sessions.create();
  for (let n = 0; n < 60; n++) {
    const socket = await sessions.join(made);
    socket.close();
    await socket.closed;
  }
  expect(await refusalOf(await sessions.open(made))).toMatchObject({ code: "rate_limited", close: 4429 });
  clock.advance(500);
  expect((await sessions.join(made)).isOpen).toBe(true);
  expect(await refusalOf(await sessions.open(made))).toMatchObject({ code: "rate_limited", close: 4429 });
});

test("frames that are too large, or not what the protocol says, are refused and change nothing", async () => {
  const sessions = givenSessions();
  const made = await sessions.create();
  const socket = await sessions.join(made);
  const before = await sessions.party.readState(made);
  for (const [frame, code] of [
    [{ type: "broadcast_event", event: "big", data: "x".repeat(16 * 1024) }, "too_large"],
    [{ type: "broadcast_event", event: "" }, "bad_request"],
    [{ type: "broadcast_event", event: "x".repeat(65) }, "bad_request"],
    [{ type: "join_game" }, "bad_request"],
    [{ type: "join_game", gameId: "" }, "bad_request"],
    [{ type: "join_game", gameId: "x".repeat(101) }, "bad_request"],
    [{ type: "join_game", gameId: 7 }, "bad_request"],
    [{ type: "join_game", gameId: "chess", userId: "usr_somebody-else-00000000" }, "bad_request"],
    [{ type: "update_presence", presence: "invisible" }, "bad_request"],
    [{ type: "update_settings", settings: ["theme"] }, "bad_request"],
    [{ type: "logout_all", except: "me" }, "bad_request"],
    [{ type: "initial_state" }, "bad_request"],
    [{ type: "closeSession" }, "bad_request"],
    [{ type: "constructor" }, "bad_request"],
  ] as const) {
    expect(await socket.ask(frame)).toMatchObject({ type: "error", code });
  }
  expect(await sessions.party.readState(made)).toEqual(before);
  expect((await sessions.party.inspect({})).events).toEqual({ first: 0, last: 0 });
  expect(socket.isOpen).toBe(true);
});

test("a value that is nested too deep for anybody is refused, and the party lives on", async () => {
  const sessions = givenSessions();
  const made = await sessions.create();
  const socket = await sessions.join(made);
  const deep = "[".repeat(8_000) + "]".repeat(8_000);
  socket.sendRaw(`{"type":"broadcast_event","event":"deep","data":${deep},"id":"event"}`);
  socket.sendRaw(`{"type":"update_settings","settings":{"deep":${deep}},"id":"settings"}`);
  for (const id of ["event", "settings"]) expect(await socket.answer(id)).toMatchObject({ code: "bad_request" });
  expect((await sessions.party.readState(made)).settings).toEqual({});
  expect(await socket.ask({ type: "ping" })).toMatchObject({ type: "ack" });
});

test("of 300 frames in one burst what is allowed takes effect, the rest is told to wait, over all devices together", async () => {
  useClock();
  const sessions = givenSessions();
  const sockets = [];
  for (let n = 0; n < 3; n++) sockets.push(await sessions.join(await sessions.create()));
  const sent = sockets.flatMap((socket) =>
    Array.from({ length: 100 }, () => ({ socket, id: socket.send({ type: "broadcast_event", event: "spam" }) })),
  );
  const answers = await Promise.all(sent.map(async ({ socket, id }) => await socket.answer(id)));
  expect(answers.filter(({ type }) => type === "ack")).toHaveLength(120);
  expect(new Set(answers.filter(({ type }) => type === "error").map(({ code }) => code))).toEqual(
    new Set(["rate_limited"]),
  );
  expect((await sessions.party.inspect({})).events.last).toBe(120);
  for (const socket of sockets) expect(socket.isOpen).toBe(true);
});
