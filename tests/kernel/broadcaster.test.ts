import { describe, expect, test } from "vitest";
import { COALESCE_MS } from "../../parties/kernel/broadcaster.ts";
import { SIGNAL_MS } from "../helpers/counter-party.ts";
import { newCounter } from "../helpers/counters.ts";
import { person } from "../helpers/principals.ts";
import { holdTimers } from "../helpers/timers.ts";

describe("events that leave together", () => {
  test("the first of a quiet time leaves at once, the rest of the window as one message", async () => {
    const held = holdTimers(COALESCE_MS);
    const counter = newCounter();
    const socket = await counter.join({ batch: true });
    for (let done = 0; done < 4; done++) await counter.rpc.add({ by: 1 });
    await socket.next("added");
    expect(socket.all("added")).toHaveLength(1);
    await held.fire(counter.object);
    await socket.next("added");
    expect(socket.messages).toHaveLength(3);
    expect(JSON.parse(socket.messages[2] ?? "")).toMatchObject([{ seq: 2 }, { seq: 3 }, { seq: 4 }]);
  });

  test("a socket that did not ask for arrays gets one frame a message, in the same order", async () => {
    const held = holdTimers(COALESCE_MS);
    const counter = newCounter();
    const socket = await counter.join();
    for (let done = 0; done < 4; done++) await counter.rpc.add({ by: 1 });
    await held.fire(counter.object);
    for (let seq = 1; seq <= 4; seq++) expect(await socket.next("added")).toMatchObject({ seq });
    expect(socket.messages).toHaveLength(5);
  });

  test("a lone frame is no array, also for those who take arrays", async () => {
    const counter = newCounter();
    const socket = await counter.join({ batch: true });
    await counter.rpc.add({ by: 1 });
    await socket.next("added");
    expect(JSON.parse(socket.messages[1] ?? "")).toMatchObject({ type: "added" });
  });

  test("after a quiet window the next event leaves at once again", async () => {
    const held = holdTimers(COALESCE_MS);
    const counter = newCounter();
    const socket = await counter.join();
    await counter.rpc.add({ by: 1 });
    await held.fire(counter.object);
    expect(held.waiting).toBe(0);
    await counter.rpc.add({ by: 1 });
    await socket.next("added");
    expect(await socket.next("added")).toMatchObject({ seq: 2 });
  });

  test("a thousand events of one transaction cost each socket one message", async () => {
    const counter = newCounter();
    const socket = await counter.join({ batch: true });
    await counter.rpc.addMany({ times: 1_000 });
    await socket.next("added");
    expect(socket.messages).toHaveLength(2);
    expect(socket.all("added")).toHaveLength(1_000);
  });
});

describe("signals", () => {
  test("leave at once, then at most once in their interval, and the latest in the end", async () => {
    const held = holdTimers(COALESCE_MS, SIGNAL_MS);
    const counter = newCounter();
    const ada = await counter.join({ principal: person() });
    expect(await ada.ask({ type: "wave" })).toMatchObject({ type: "ack" });
    await ada.next("waved");
    for (let done = 0; done < 5; done++) await ada.ask({ type: "wave" });
    await counter.join({ principal: person() });
    expect(ada.all("waved")).toHaveLength(1);
    await held.fire(counter.object);
    expect(await ada.next("waved")).toMatchObject({ people: 2 });
    for (let round = 0; round < 3; round++) await held.fire(counter.object);
    await ada.ask({ type: "wave" });
    await ada.next("waved");
    expect(ada.all("waved")).toHaveLength(3);
  });

  test("of different keys do not hold each other back", async () => {
    holdTimers(SIGNAL_MS);
    const counter = newCounter();
    const [ada, bob] = [await counter.join({ principal: person() }), await counter.join({ principal: person() })];
    await ada.ask({ type: "wave" });
    await bob.ask({ type: "wave" });
    await ada.next("waved");
    await ada.next("waved");
    expect(ada.all("waved")).toHaveLength(2);
  });

  test("carry no seq and are not logged", async () => {
    const counter = newCounter();
    const ada = await counter.join({ principal: person() });
    await ada.ask({ type: "wave" });
    expect(await ada.next("waved")).not.toHaveProperty("seq");
    expect((await counter.rpc.inspect({})).events.last).toBe(0);
  });
});
