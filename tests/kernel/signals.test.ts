import { describe, expect, test } from "vitest";
import { COALESCE_MS } from "../../parties/kernel/broadcaster.ts";
import { TOLD_MS } from "../helpers/greeter-party.ts";
import { newGreeter } from "../helpers/greeters.ts";
import { hibernate } from "../helpers/objects.ts";
import { elsewhere, person } from "../helpers/principals.ts";
import { holdTimers } from "../helpers/timers.ts";

describe("tell", () => {
  test("reaches the one socket, not its person's others and nobody else", async () => {
    const greeter = newGreeter();
    const ada = person();
    const [asks, sibling, tab, stranger] = [
      await greeter.join({ principal: ada }),
      await greeter.join({ principal: elsewhere(ada) }),
      await greeter.join({ principal: ada }),
      await greeter.join(),
    ];
    await hibernate(greeter.object);
    expect(await asks.ask({ type: "whisper" })).toMatchObject({ type: "ack" });
    expect(await asks.next("told")).toEqual({ type: "told", to: asks.all("welcome")[0]?.["connectionId"] });
    // What follows it has come: nothing else was on the way.
    await greeter.rpc.emitMany({ times: 1 });
    for (const socket of [sibling, tab, stranger]) {
      await socket.next("counted");
      expect(socket.all("told")).toEqual([]);
    }
  });
});

describe("a signal inside a transaction", () => {
  test("waits for the commit and tells what is true then, once a key however often it was set", async () => {
    const held = holdTimers(COALESCE_MS, TOLD_MS);
    const greeter = newGreeter();
    const socket = await greeter.join({ principal: person() });
    expect(await socket.ask({ type: "count", by: 3, fails: false })).toMatchObject({ type: "ack" });
    expect(await socket.next("counted")).toMatchObject({ total: 3 });
    for (let round = 0; round < 3; round++) await held.fire(greeter.object);
    expect(await socket.next("total")).toEqual({ type: "total", total: 3 });
    expect(socket.frames.map(({ type }) => type).slice(2)).toEqual(["counted", "ack", "total"]);
  });

  test("leaves at once where nothing else has just left, as it stood when the transaction ended", async () => {
    holdTimers(COALESCE_MS, TOLD_MS);
    const greeter = newGreeter();
    const socket = await greeter.join({ principal: person() });
    await greeter.rpc.count({ by: 4 });
    expect(await socket.next("total")).toEqual({ type: "total", total: 4 });
  });

  test("is throttled over transactions, and the last one tells the last state", async () => {
    const held = holdTimers(COALESCE_MS, TOLD_MS);
    const greeter = newGreeter();
    const socket = await greeter.join({ principal: person() });
    for (let n = 0; n < 5; n++) await greeter.rpc.count({ by: 1 });
    expect(await socket.next("total")).toEqual({ type: "total", total: 1 });
    for (let round = 0; round < 3; round++) await held.fire(greeter.object);
    expect(await socket.next("total")).toEqual({ type: "total", total: 5 });
    expect(socket.all("total")).toHaveLength(2);
  });

  test("is not sent when the transaction fails, nor with the next one that succeeds", async () => {
    const held = holdTimers(COALESCE_MS, TOLD_MS);
    const greeter = newGreeter();
    const socket = await greeter.join({ principal: person() });
    expect(await socket.ask({ type: "count", by: 9, fails: true })).toMatchObject({ code: "conflict" });
    await expect(greeter.rpc.count({ by: 9, fails: true })).rejects.toMatchObject({ code: "conflict" });
    expect(held.waiting).toBe(0);
    await greeter.rpc.emitMany({ times: 1 });
    expect(await socket.next("counted")).toMatchObject({ total: 0 });
    for (let round = 0; round < 3; round++) await held.fire(greeter.object);
    await socket.ask({ type: "whisper" });
    expect(socket.all("total")).toEqual([]);
  });

  test("comes after the snapshot of a transaction that resyncs", async () => {
    const greeter = newGreeter();
    const socket = await greeter.join({ principal: person() });
    await greeter.rpc.restart({});
    expect(await socket.next("total")).toEqual({ type: "total", total: 0 });
    expect(socket.frames.map(({ type }) => type).slice(-2)).toEqual(["resync", "total"]);
  });
});
