import { describe, expect, test } from "vitest";
import { type TestClock, useClock } from "../helpers/clock.ts";
import { type Counter, newCounter } from "../helpers/counters.ts";
import { catchLogs } from "../helpers/logs.ts";
import { crash, hibernate } from "../helpers/objects.ts";
import { elsewhere, person } from "../helpers/principals.ts";
import type { TestSocket } from "../helpers/sockets.ts";

/** What a socket may send at once, and how much too much it is forgiven (parties/kernel/spec.ts, sockets.ts). */
const BURST = 60;
const FORGIVEN_FLOOD = 1_000;
const FORGIVEN_NONSENSE = 20;
const MAX_BYTES = 16 * 1024;

async function setUp(): Promise<{ clock: TestClock; counter: Counter; socket: TestSocket }> {
  const clock = useClock();
  const counter = newCounter();
  return { clock, counter, socket: await counter.join({ principal: person() }) };
}

/** A frame of exactly so many bytes, padded with a field that is too much. */
function frameOf(bytes: number, padding = "x"): string {
  const [head, tail] = ['{"type":"add","by":1,"pad":"', '","id":"big"}'];
  const room = bytes - head.length - tail.length;
  const width = new TextEncoder().encode(padding).byteLength;
  return head + padding.repeat(Math.floor(room / width)) + "x".repeat(room % width) + tail;
}

describe("promise 3: parse, authorise, limit, handle, answer", () => {
  test.each([
    ["text that is not JSON", "hello"],
    ["an empty message", ""],
    ["a list of frames", '[{"type":"add","by":1,"id":"a"}]'],
    ["null", "null"],
    ["an unknown type", '{"type":"explode","id":"a"}'],
    ["a type that every object has", '{"type":"constructor","id":"a"}'],
    ["a prototype in the payload", '{"type":"add","by":1,"id":"a","__proto__":{"x":1}}'],
    ["a missing field", '{"type":"add","id":"a"}'],
    ["a field of the wrong kind", '{"type":"add","by":"1","id":"a"}'],
    ["an extra field", '{"type":"add","by":1,"id":"a","admin":true}'],
    ["no id", '{"type":"add","by":1}'],
    ["an empty id", '{"type":"add","by":1,"id":""}'],
    ["an id of 65 characters", `{"type":"add","by":1,"id":"${"i".repeat(65)}"}`],
    ["an id that is a number", '{"type":"add","by":1,"id":7}'],
    ["deep nesting", `{"type":"add","by":${"[".repeat(5_000)}${"]".repeat(5_000)},"id":"a"}`],
  ])("%s is answered bad_request and changes nothing", async (_, message) => {
    const { counter, socket } = await setUp();
    socket.sendRaw(message);
    expect(await socket.next("error")).toMatchObject({ code: "bad_request" });
    expect(await counter.rpc.total({})).toEqual({ total: 0 });
    expect(await socket.ask({ type: "add", by: 1 })).toMatchObject({ type: "ack" });
  });

  test("binary where text is due is answered bad_request", async () => {
    const { socket } = await setUp();
    socket.sendRaw(new TextEncoder().encode('{"type":"add","by":1,"id":"a"}').buffer);
    expect(await socket.next("error")).toMatchObject({ code: "bad_request", message: "Frames are text" });
  });

  test("a refused frame says which paths are wrong", async () => {
    const { socket } = await setUp();
    expect(await socket.ask({ type: "add", by: "one" })).toMatchObject({ issues: [{ path: ["by"] }] });
  });

  test("a frame of 16 KiB is read and one of 17 KiB is too large, each with its id", async () => {
    const { socket } = await setUp();
    socket.sendRaw(frameOf(MAX_BYTES));
    expect(await socket.next("error")).toMatchObject({ code: "bad_request", id: "big" });
    socket.sendRaw(frameOf(MAX_BYTES + 1));
    expect(await socket.next("error")).toMatchObject({ code: "too_large", id: "big" });
    socket.sendRaw(frameOf(17 * 1024));
    expect(await socket.next("error")).toMatchObject({ code: "too_large", id: "big" });
    expect(await socket.ask({ type: "add", by: 1 })).toMatchObject({ type: "ack" });
  });

  test("the size of a frame is counted in bytes, not in characters", async () => {
    const { socket } = await setUp();
    socket.sendRaw(frameOf(MAX_BYTES, "🌱"));
    expect(await socket.next("error")).toMatchObject({ code: "bad_request" });
    socket.sendRaw(frameOf(MAX_BYTES + 1, "🌱"));
    expect(await socket.next("error")).toMatchObject({ code: "too_large" });
  });

  test("of 500 frames in one burst what is allowed takes effect, the rest is told to wait, and the socket stays", async () => {
    const { clock, counter, socket } = await setUp();
    const other = await counter.join({ principal: person() });
    const ids = Array.from({ length: 500 }, () => socket.send({ type: "add", by: 1 }));
    const answers = await Promise.all(ids.map(async (id) => await socket.answer(id)));
    expect(answers.filter(({ type }) => type === "ack")).toHaveLength(BURST);
    const refused = answers.filter(({ type }) => type === "error");
    expect(refused.every(({ code, retryAfterMs }) => code === "rate_limited" && retryAfterMs === 50)).toBe(true);
    expect(await counter.rpc.total({})).toEqual({ total: BURST });

    expect(await other.ask({ type: "add", by: 1 })).toMatchObject({ type: "ack" });
    clock.advance(50);
    expect(await socket.ask({ type: "add", by: 1 })).toMatchObject({ type: "ack" });
  });

  test("a socket that floods on and on is closed, others are not", async () => {
    const { counter, socket } = await setUp();
    const other = await counter.join({ principal: person() });
    for (let sent = 0; sent < BURST + FORGIVEN_FLOOD; sent++) socket.send({ type: "add", by: 1 });
    const last = socket.send({ type: "add", by: 1 });
    expect(await socket.answer(last)).toMatchObject({ code: "rate_limited" });
    expect(await socket.closed).toEqual({ code: 4429, reason: "rate_limited" });
    expect(await other.ask({ type: "add", by: 1 })).toMatchObject({ type: "ack", result: { total: BURST + 1 } });
  });

  test("a socket that talks nonsense on and on is closed, and nothing it still sends is heard", async () => {
    const { counter, socket } = await setUp();
    for (let sent = 0; sent <= FORGIVEN_NONSENSE; sent++) socket.sendRaw("nonsense");
    socket.send({ type: "add", by: 1 });
    expect(await socket.closed).toEqual({ code: 4400, reason: "bad_request" });
    expect(socket.all("error")).toHaveLength(FORGIVEN_NONSENSE + 1);
    expect(await counter.rpc.total({})).toEqual({ total: 0 });
    expect((await counter.rpc.inspect({})).sockets.open).toBe(0);
  });

  test("a person's sockets share one limit, other people have their own", async () => {
    const { counter } = await setUp();
    const ada = person();
    const sockets = await Promise.all(
      [ada, elsewhere(ada), elsewhere(ada)].map(async (principal) => await counter.join({ principal })),
    );
    const answers = await Promise.all(
      sockets.flatMap((socket) => Array.from({ length: BURST }, async () => await socket.ask({ type: "add", by: 1 }))),
    );
    expect(answers.filter(({ type }) => type === "ack")).toHaveLength(120);
    const bob = await counter.join({ principal: person() });
    expect(await bob.ask({ type: "add", by: 1 })).toMatchObject({ type: "ack" });
  });

  test("the same id ten times at once has one effect and one answer", async () => {
    const { counter, socket } = await setUp();
    for (let sent = 0; sent < 10; sent++) socket.send({ type: "add", by: 5, id: "same" });
    const answers = await Promise.all(Array.from({ length: 10 }, async () => await socket.answer("same")));
    for (const answer of answers) expect(answer).toEqual({ type: "ack", id: "same", result: { total: 5 } });
    expect(await counter.rpc.total({})).toEqual({ total: 5 });
  });

  test("the same id from another device of the same person, and after an eviction, has no second effect", async () => {
    const { counter } = await setUp();
    const ada = person();
    const laptop = await counter.join({ principal: ada });
    const phone = await counter.join({ principal: elsewhere(ada) });
    await laptop.ask({ type: "add", by: 5, id: "same" });
    expect(await phone.ask({ type: "add", by: 5, id: "same" })).toMatchObject({ result: { total: 5 } });
    await hibernate(counter.object);
    expect(await phone.ask({ type: "add", by: 5, id: "same" })).toMatchObject({ result: { total: 5 } });
    expect(await counter.rpc.total({})).toEqual({ total: 5 });
  });

  test("the ids of different people do not collide", async () => {
    const { counter, socket } = await setUp();
    const bob = await counter.join({ principal: person() });
    await socket.ask({ type: "add", by: 5, id: "same" });
    expect(await bob.ask({ type: "add", by: 5, id: "same" })).toMatchObject({ result: { total: 10 } });
  });

  test("a frame that was refused may be sent again under its id", async () => {
    const { socket } = await setUp();
    expect(await socket.ask({ type: "fail", coded: true, id: "f" })).toMatchObject({ code: "conflict" });
    expect(await socket.ask({ type: "add", by: 1, id: "f" })).toMatchObject({ type: "ack", result: { total: 1 } });
  });

  test("every frame of an anonymous reader is answered unauthenticated, and the reader stays and listens", async () => {
    const { counter, socket } = await setUp();
    const reader = await counter.join();
    for (const frame of [{ type: "add", by: 1 }, { type: "wave" }, { type: "explode" }]) {
      expect(await reader.ask(frame)).toMatchObject({ type: "error", code: "unauthenticated" });
    }
    await socket.ask({ type: "add", by: 3 });
    expect(await reader.next("added")).toMatchObject({ by: 3, total: 3 });
    expect(await counter.rpc.total({})).toEqual({ total: 3 });
  });

  test("a transient frame is handled without a trace in storage", async () => {
    const { counter, socket } = await setUp();
    const before = await counter.rpc.inspect({});
    expect(await socket.ask({ type: "wave" })).toMatchObject({ type: "ack", result: {} });
    expect(await socket.next("waved")).toMatchObject({ people: 1 });
    expect((await counter.rpc.inspect({})).events).toEqual(before.events);
  });
});

describe("promise 4: errors with codes", () => {
  test("a coded refusal undoes what the handler did and says why", async () => {
    const { counter, socket } = await setUp();
    expect(await socket.ask({ type: "fail", coded: true })).toMatchObject({
      type: "error",
      code: "conflict",
      message: "As asked",
    });
    expect(await counter.rpc.total({})).toEqual({ total: 0 });
    expect(socket.all("added")).toEqual([]);
  });

  test("an uncoded failure undoes what the handler did, tells nothing, and its trace id finds it in the log", async () => {
    const logs = catchLogs();
    const { counter, socket } = await setUp();
    const error = await socket.ask({ type: "fail", coded: false });
    expect(error).toMatchObject({ type: "error", code: "internal" });
    expect(socket.messages.join()).not.toMatch(/SELECT|secret|stack|\.ts/);
    expect(logs).toContainEqual(
      expect.objectContaining({
        level: "error",
        event: "handler.failed",
        traceId: error["traceId"],
        error: "SELECT secret FROM internals",
      }),
    );
    expect(await counter.rpc.total({})).toEqual({ total: 0 });
    expect((await counter.rpc.inspect({})).events.last).toBe(0);
  });

  test("a command that waits is refused, and nothing of it stays", async () => {
    const { counter } = await setUp();
    await expect(counter.rpc.wait({})).rejects.toMatchObject({ code: "internal" });
    expect(await counter.rpc.total({})).toEqual({ total: 0 });
  });

  test("a failed method undoes what it did, and its code, wait and details reach the caller", async () => {
    catchLogs();
    const { rpc } = newCounter();
    await expect(rpc.refuse({ code: "rate_limited" })).rejects.toMatchObject({
      code: "rate_limited",
      retryAfterMs: 5_000,
      details: { theirs: 1 },
    });
    await expect(rpc.crash({})).rejects.toMatchObject({
      code: "internal",
      message: expect.not.stringContaining("SELECT") as unknown,
    });
    expect(await rpc.total({})).toEqual({ total: 0 });
  });

  test("a call is parsed before its method runs, and only declared methods can be called", async () => {
    const { rpc, object } = newCounter();
    await expect(rpc.add({ by: 0.5 })).rejects.toMatchObject({ code: "bad_request", issues: [{ path: ["by"] }] });
    for (const method of ["constructor", "toString", "snapshot", "onAlarm", "__proto__"]) {
      expect(await object.call({ method, input: "{}", traceId: "t" })).toMatchObject({
        ok: false,
        error: { code: "not_found" },
      });
    }
  });

  test("a call that the platform lost is unavailable, and may be repeated", async () => {
    catchLogs();
    const { rpc, object } = newCounter();
    await rpc.addOnce({ actor: "a", id: "1", by: 1 });
    const lost = rpc.hang({}).catch((error: unknown) => error);
    await crash(object);
    expect(await lost).toMatchObject({ code: "unavailable", retryAfterMs: 1_000 });
    expect(await rpc.addOnce({ actor: "a", id: "1", by: 1 })).toEqual({ total: 1 });
  });
});

test.each([1000, 4000, null])("a peer that closes with %s is answered", async (code) => {
  const socket = await newCounter().join();
  socket.close(code);
  expect((await socket.closed).code).toBe(code ?? 1000);
});
