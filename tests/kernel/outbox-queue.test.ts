import { beforeEach, describe, expect, test } from "vitest";
import { useClock } from "../helpers/clock.ts";
import { newCounter } from "../helpers/counters.ts";
import { breakQueue } from "../helpers/faults.ts";
import { catchLogs } from "../helpers/logs.ts";
import { alarmOf, ringAlarms } from "../helpers/objects.ts";

beforeEach(() => void catchLogs());

describe("promise 8: outbox, to a queue", () => {
  test("messages leave in batches of at most 100, in order, each with a key of its own", async () => {
    useClock();
    const counter = newCounter();
    const queue = breakQueue();
    for (let n = 0; n < 130; n++) await counter.rpc.enqueue({ payload: { n } });
    await ringAlarms(counter.object);
    expect(queue.calls).toBe(2);
    expect(queue.bodies).toEqual(
      Array.from({ length: 130 }, (_, n) => ({ key: `test-counter:${counter.name}#${n + 1}`, payload: { n } })),
    );
    expect((await counter.rpc.inspect({})).outbox).toEqual({ pending: [], dead: [] });
  });

  test.each(["before", "after"] as const)(
    "a message keeps its key when it is sent again because sending failed %s it took effect",
    async (when) => {
      const clock = useClock();
      const counter = newCounter();
      const queue = breakQueue();
      queue.fail(when, 2);
      await counter.rpc.enqueue({ payload: "a" });
      for (let rung = 0; rung < 3; rung++) {
        clock.set(Math.max(clock.now(), (await alarmOf(counter.object)) ?? 0));
        await ringAlarms(counter.object);
        await counter.rpc.enqueue({ payload: `later ${rung}` });
      }
      const keys = (queue.bodies as { key: string; payload: string }[])
        .filter(({ payload }) => payload === "a")
        .map(({ key }) => key);
      expect(keys).toHaveLength(3);
      expect(new Set(keys).size).toBe(1);
    },
  );

  test("a queue that is not bound keeps its messages and says so", async () => {
    useClock();
    const counter = newCounter();
    await counter.rpc.enqueue({ binding: "NoQueue", payload: 1 });
    await ringAlarms(counter.object);
    expect(await counter.rpc.inspect({})).toMatchObject({
      jobs: [{ lastError: "There is no queue binding named NoQueue" }],
      outbox: { pending: [{ rows: 1 }], dead: [] },
    });
  });
});
