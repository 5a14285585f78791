import { describe, expect, test } from "vitest";
import { newCounter } from "../helpers/counters.ts";
import { crash, hibernate } from "../helpers/objects.ts";
import { person } from "../helpers/principals.ts";

describe("promise 5: acknowledged means durable", () => {
  test("after every acknowledged frame a crash loses nothing of it", async () => {
    const counter = newCounter();
    const principal = person();
    let total = 0;
    for (let by = 1; by <= 10; by++) {
      const socket = await counter.join({ principal });
      expect(await socket.ask({ type: "add", by })).toMatchObject({ type: "ack", result: { total: (total += by) } });
      await crash(counter.object);
      expect(await counter.rpc.total({})).toEqual({ total });
      expect((await counter.rpc.inspect({})).events.last).toBe(by);
    }
  });

  test("after every acknowledged frame an eviction loses nothing of it", async () => {
    const counter = newCounter();
    const socket = await counter.join({ principal: person() });
    for (let total = 1; total <= 10; total++) {
      expect(await socket.ask({ type: "add", by: 1 })).toMatchObject({ type: "ack", result: { total } });
      await hibernate(counter.object);
      expect(await counter.rpc.total({})).toEqual({ total });
    }
  });

  test("after every answered call a crash loses nothing of it", async () => {
    const counter = newCounter();
    for (let total = 1; total <= 10; total++) {
      expect(await counter.rpc.add({ by: 1 })).toEqual({ total });
      await crash(counter.object);
      expect(await counter.rpc.total({})).toEqual({ total });
    }
  });

  test("a frame that is sent again after a crash took its answer has one effect", async () => {
    const counter = newCounter();
    const principal = person();
    const first = await counter.join({ principal });
    await first.ask({ type: "add", by: 5, id: "once" });
    await crash(counter.object);
    const second = await counter.join({ principal });
    expect(await second.ask({ type: "add", by: 5, id: "once" })).toMatchObject({ type: "ack", result: { total: 5 } });
    expect(await counter.rpc.total({})).toEqual({ total: 5 });
  });

  test("state, event, answer, outbox row and job of one frame stand or fall together", async () => {
    const counter = newCounter();
    const socket = await counter.join({ principal: person() });
    expect(await socket.ask({ type: "fail", coded: true, id: "f" })).toMatchObject({ type: "error" });
    await expect(counter.rpc.sendThenFail({ to: `${counter.name}-b` })).rejects.toMatchObject({ code: "conflict" });
    expect(await counter.rpc.inspect({})).toMatchObject({
      events: { last: 0 },
      jobs: [],
      outbox: { pending: [], dead: [] },
    });
    expect(await counter.rpc.total({})).toEqual({ total: 0 });
  });
});
