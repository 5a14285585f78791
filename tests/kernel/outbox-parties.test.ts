import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { type TestClock, useClock } from "../helpers/clock.ts";
import { TestCounter } from "../helpers/counter-party.ts";
import { type Counter, newCounter } from "../helpers/counters.ts";
import { breakDeliveries, type DeliveryFaults } from "../helpers/faults.ts";
import { catchLogs } from "../helpers/logs.ts";
import { alarmOf, crash, hibernate, ringAlarms, rowsOf } from "../helpers/objects.ts";

interface Pair {
  clock: TestClock;
  from: Counter;
  to: Counter;
  /** Puts a call of `to` into the outbox of `from`. */
  send(method: string, input: unknown, withinMs?: number): Promise<void>;
  /** Deliveries to `to`. Those of other tests' parties may still be under way. */
  deliveries: DeliveryFaults;
  /** What `to` has applied, in order. */
  arrived(): Promise<unknown[]>;
  /** Rings the alarm of `from` whenever it is due, until nothing waits or so many alarms have rung. */
  drain(alarms?: number): Promise<void>;
}

function setUp(): Pair {
  const clock = useClock();
  const [from, to] = [newCounter(), newCounter()];
  return {
    clock,
    from,
    to,
    deliveries: breakDeliveries(to.name),
    send: async (method, input, withinMs = 0) => await from.rpc.send({ to: to.name, method, input, withinMs }),
    arrived: async () => (await to.rpc.runs({})).runs.map(({ job }) => job),
    drain: async (alarms = 40) => {
      for (let rung = 0; rung < alarms; rung++) {
        const at = await alarmOf(from.object);
        if (at === null) return;
        clock.set(Math.max(at, clock.now()));
        await ringAlarms(from.object).catch(() => undefined);
      }
    },
  };
}

beforeEach(() => void catchLogs());
afterEach(() => TestCounter.work.clear());

describe("promise 8: outbox, from party to party", () => {
  test("a call arrives once, after its time, and leaves nothing behind", async () => {
    const { clock, from, send, arrived } = setUp();
    await send("note", { text: "a" }, 1_000);
    await ringAlarms(from.object);
    expect(await arrived()).toEqual([]);
    clock.advance(1_000);
    await ringAlarms(from.object);
    expect(await arrived()).toEqual(["a"]);
    expect(await from.rpc.inspect({})).toMatchObject({ jobs: [], outbox: { pending: [], dead: [] } });
    expect(await rowsOf(from.object, "k_flights")).toEqual([]);
  });

  test("calls to one receiver arrive in the order they were sent in, in batches, across evictions", async () => {
    const { from, send, arrived, drain, deliveries } = setUp();
    const texts = Array.from({ length: 30 }, (_, n) => `note ${n}`);
    for (const [n, text] of texts.entries()) {
      await send("note", { text }, n % 2 === 0 ? 500 : 0);
      if (n % 10 === 9) await hibernate(from.object);
    }
    await drain();
    expect(await arrived()).toEqual(texts);
    expect(deliveries.calls).toBe(1);
  });

  test("more than fits one batch arrives whole and in order", async () => {
    const { from, to, arrived, drain, deliveries } = setUp();
    await from.rpc.sendMany({ to: to.name, times: 450, bytes: 10 });
    await drain();
    expect(await arrived()).toHaveLength(450);
    expect(deliveries.sent.map(({ rows }) => rows.length)).toEqual([200, 200, 50]);
    deliveries.sent.length = 0;
    await from.rpc.sendMany({ to: to.name, times: 12, bytes: 100_000 });
    await drain();
    expect(deliveries.sent.map(({ rows }) => rows.length)).toEqual([5, 5, 2]);
  });

  test("a receiver that is away for eight tries and more loses nothing and gets each call once, in order, when it is back", async () => {
    const { from, send, arrived, drain, deliveries } = setUp();
    deliveries.fail("before");
    await send("note", { text: "a" });
    await drain(12);
    expect(deliveries.calls).toBeGreaterThan(8);
    await send("note", { text: "b" });
    expect((await from.rpc.inspect({})).outbox).toMatchObject({ pending: [{ rows: 2 }], dead: [] });
    deliveries.heal();
    await drain();
    expect(await arrived()).toEqual(["a", "b"]);
  });

  test("flushing tries at once, also while the receiver is thought to be away", async () => {
    const { from, send, arrived, drain, deliveries } = setUp();
    deliveries.fail("before", 5);
    await send("note", { text: "a" });
    await drain(4);
    expect(await from.rpc.flush({})).toEqual({ waiting: 1 });
    expect(await from.rpc.flush({})).toEqual({ waiting: 0 });
    expect(await arrived()).toEqual(["a"]);
  });

  test("an answer that is lost after the receiver's commit does not repeat the effect", async () => {
    const { send, arrived, drain, deliveries } = setUp();
    deliveries.fail("after", 3);
    await send("note", { text: "a" });
    await send("note", { text: "b" });
    await drain();
    expect(deliveries.calls).toBe(4);
    expect(await arrived()).toEqual(["a", "b"]);
  });

  test("a batch that is repeated is the same batch, whatever was sent meanwhile", async () => {
    const { send, drain, deliveries } = setUp();
    deliveries.fail("after", 1);
    await send("note", { text: "a" });
    await drain(1);
    await send("note", { text: "b" });
    await drain();
    expect(deliveries.sent.map(({ rows }) => rows.map(({ id }) => id))).toEqual([[1], [1], [2]]);
  });

  test.each(["before it sends", "after the receiver's commit"])(
    "a sender that crashes %s delivers once when it is back",
    async (when) => {
      const { from, send, arrived, drain, deliveries } = setUp();
      await send("note", { text: "a" });
      deliveries.fail(async (real) => {
        if (when !== "before it sends") await real();
        await crash(from.object);
        throw new Error("No one is there to hear this");
      }, 1);
      await drain();
      expect(deliveries.calls).toBe(2);
      expect(await arrived()).toEqual(["a"]);
      expect((await from.rpc.inspect({})).outbox).toEqual({ pending: [], dead: [] });
    },
  );

  test("a receiver that crashes while it applies has applied each once in the end", async () => {
    const { to, send, arrived, drain, deliveries } = setUp();
    deliveries.fail(async (real) => {
      await crash(to.object);
      return await real();
    }, 2);
    for (const text of ["a", "b", "c"]) await send("note", { text });
    await drain();
    expect(await arrived()).toEqual(["a", "b", "c"]);
  });

  test.each([
    ["a method that does not exist", "nothing", {}],
    ["an input that is refused", "note", { text: 7 }],
    ["a coded refusal", "refuse", { code: "conflict" }],
    ["a method that is no command", "total", {}],
  ])("%s in the middle of a batch goes to the dead letters and blocks nothing", async (_, method, input) => {
    const { from, to, send, arrived, drain } = setUp();
    await send("note", { text: "a" });
    await send(method, input);
    await send("note", { text: "b" });
    await drain();
    expect(await arrived()).toEqual(["a", "b"]);
    expect((await from.rpc.inspect({})).outbox).toMatchObject({
      pending: [],
      dead: [{ id: 2, body: { method, input }, reason: expect.any(String) as unknown }],
    });
    expect(await to.rpc.total({})).toEqual({ total: 0 });
  });

  test("a row that is refused still reaches the dead letters when the answer is lost", async () => {
    const { from, send, arrived, drain, deliveries } = setUp();
    deliveries.fail("after", 2);
    await send("note", { text: "a" });
    await send("refuse", { code: "conflict" });
    await send("note", { text: "b" });
    await drain();
    expect(await arrived()).toEqual(["a", "b"]);
    expect((await from.rpc.inspect({})).outbox).toMatchObject({ pending: [], dead: [{ id: 2 }] });
  });

  test("a receiver that fails on a row eight times gets those behind it, the row goes to the dead letters", async () => {
    const { from, to, send, arrived, drain } = setUp();
    await send("note", { text: "a" });
    await send("crash", {});
    await send("note", { text: "b" });
    await drain(7);
    expect(await arrived()).toEqual(["a"]);
    expect((await from.rpc.inspect({})).outbox).toMatchObject({ pending: [{ rows: 2 }], dead: [] });
    await drain();
    expect(await arrived()).toEqual(["a", "b"]);
    expect((await from.rpc.inspect({})).outbox).toMatchObject({ pending: [], dead: [{ id: 2 }] });
    expect(await to.rpc.total({})).toEqual({ total: 0 });
  });

  test("a receiver that asks to come back later is not taken for one that fails", async () => {
    const { from, send, arrived, drain } = setUp();
    await send("refuse", { code: "rate_limited" });
    await send("note", { text: "a" });
    await drain(20);
    expect((await from.rpc.inspect({})).outbox).toMatchObject({ pending: [{ rows: 2 }], dead: [] });
    expect(await arrived()).toEqual([]);
  });

  test("a receiver that is away does not hold up another", async () => {
    const { from, send, drain, deliveries } = setUp();
    deliveries.fail("before");
    const other = newCounter();
    await send("add", { by: 1 });
    await from.rpc.send({ to: other.name, method: "add", input: { by: 2 } });
    await drain(3);
    expect(await other.rpc.total({})).toEqual({ total: 2 });
    expect((await from.rpc.inspect({})).outbox.pending).toHaveLength(1);
  });

  test("a receiver that never answers is given up after ten seconds and asked again", async () => {
    const { from, send, arrived, drain, deliveries } = setUp();
    const real = globalThis.setTimeout;
    const spy = vi
      .spyOn(globalThis, "setTimeout")
      .mockImplementation((work: () => void, ms?: number) => real(work, ms === 10_000 ? 1 : ms));
    onTestFinished(() => spy.mockRestore());
    deliveries.fail(async () => await new Promise(() => undefined), 1);
    await send("note", { text: "a" });
    await ringAlarms(from.object);
    expect((await from.rpc.inspect({})).jobs).toMatchObject([{ lastError: "No answer in 10000 ms" }]);
    spy.mockRestore();
    await drain();
    expect(await arrived()).toEqual(["a"]);
  });

  test("an answer that comes too late, behind newer batches, changes nothing", async () => {
    const { to, from, send, arrived, drain, deliveries } = setUp();
    await send("note", { text: "a" });
    await drain();
    await send("note", { text: "b" });
    await drain();
    const [first] = deliveries.sent;
    await to.object.deliver(first?.source ?? "", first?.rows ?? []);
    expect(await arrived()).toEqual(["a", "b"]);
    expect((await from.rpc.inspect({})).outbox.pending).toEqual([]);
  });

  test("senders are told apart: the same row number of another sender is applied", async () => {
    const { to, send, arrived, drain } = setUp();
    await send("note", { text: "a" });
    await drain();
    const other = newCounter();
    await other.rpc.send({ to: to.name, method: "note", input: { text: "b" } });
    await other.rpc.flush({});
    expect(await arrived()).toEqual(["a", "b"]);
  });

  test("a row that is sent while its lane is being delivered is not forgotten", async () => {
    const { from, to, send, arrived, drain, deliveries } = setUp();
    deliveries.fail(async (real) => {
      const reply = await real();
      await from.rpc.send({ to: to.name, method: "note", input: { text: "b" } });
      return reply;
    }, 1);
    await send("note", { text: "a" });
    await drain();
    expect(await arrived()).toEqual(["a", "b"]);
    expect(await from.rpc.inspect({})).toMatchObject({ jobs: [], outbox: { pending: [] } });
  });

  test("a party may send to itself", async () => {
    const { from, drain } = setUp();
    await from.rpc.send({ to: from.name, method: "add", input: { by: 4 } });
    await drain();
    expect(await from.rpc.total({})).toEqual({ total: 4 });
  });

  test("two parties may send to each other at the same time", async () => {
    const { from, to } = setUp();
    await from.rpc.send({ to: to.name, method: "add", input: { by: 1 } });
    await to.rpc.send({ to: from.name, method: "add", input: { by: 2 } });
    await Promise.all([from.rpc.flush({}), to.rpc.flush({})]);
    expect([await from.rpc.total({}), await to.rpc.total({})]).toEqual([{ total: 2 }, { total: 1 }]);
  });

  test("what a job sends leaves like what a method sends", async () => {
    const { clock, from, to, arrived, drain } = setUp();
    TestCounter.work.set(from.name, (party) => party.sendNote(to.name, "from a job"));
    await from.rpc.once({ inMs: 5 });
    clock.advance(5);
    await drain();
    expect(await arrived()).toEqual(["from a job"]);
  });
});
