import { runInDurableObject } from "cloudflare:test";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ATTEMPTS_BEFORE_PARKING, retryDelayMs } from "../../parties/kernel/scheduler.ts";
import { type TestClock, useClock } from "../helpers/clock.ts";
import { TestCounter } from "../helpers/counter-party.ts";
import { type Counter, newCounter } from "../helpers/counters.ts";
import { catchLogs } from "../helpers/logs.ts";
import { alarmOf, crash, hibernate, ringAlarms, rowsOf } from "../helpers/objects.ts";

const HOUR_MS = 3_600_000;
const MAX_RETRY_MS = 5 * 60_000;

function setUp(): { clock: TestClock; counter: Counter } {
  return { clock: useClock(), counter: newCounter() };
}

function whenItWorks(counter: Counter, work: (party: TestCounter, label: string) => void | Promise<void>): void {
  TestCounter.work.set(counter.name, work);
  onTestFinished(() => void TestCounter.work.delete(counter.name));
}

async function runsOf(counter: Counter): Promise<{ job: string; at: number }[]> {
  return (await counter.rpc.runs({})).runs;
}

/** Moves the clock to the next alarm and rings it. */
async function nextAlarm(clock: TestClock, counter: Counter): Promise<void> {
  const at = await alarmOf(counter.object);
  if (at === null) throw new Error("No alarm is set");
  clock.set(Math.max(at, clock.now()));
  await ringAlarms(counter.object);
}

describe("promise 7: many jobs, one alarm", () => {
  test("several jobs share the alarm, each runs when it is due and then is gone", async () => {
    const { clock, counter } = setUp();
    const start = clock.now();
    for (const inMs of [3_000, 1_000, 2_000]) await counter.rpc.once({ inMs, id: `in ${inMs}`, label: `in ${inMs}` });
    expect(await alarmOf(counter.object)).toBe(start + 1_000);
    for (let rung = 0; rung < 3; rung++) await nextAlarm(clock, counter);
    expect(await runsOf(counter)).toEqual([1_000, 2_000, 3_000].map((ms) => ({ job: `in ${ms}`, at: start + ms })));
    expect(await alarmOf(counter.object)).toBeNull();
    expect((await counter.rpc.inspect({})).jobs).toEqual([]);
  });

  test("hundreds of jobs that are due at once all run", async () => {
    const { clock, counter } = setUp();
    for (let n = 0; n < 120; n++) await counter.rpc.once({ inMs: 10, id: `job ${n}`, label: `job ${n}` });
    clock.advance(10);
    await ringAlarms(counter.object);
    expect(new Set((await runsOf(counter)).map(({ job }) => job)).size).toBe(120);
  });

  test("a job that comes due while another waits for somebody who is away does not wait with it", async () => {
    const { counter } = setUp();
    const { promise: isBack, resolve: comeBack } = Promise.withResolvers<void>();
    whenItWorks(counter, async (_, label) => {
      if (label === "slow") await isBack;
    });
    await counter.rpc.once({ inMs: 0, id: "slow", label: "slow" });
    const ringing = ringAlarms(counter.object);
    const ran = async () => (await runsOf(counter)).map(({ job }) => job);
    await vi.waitFor(async () => expect(await ran()).toEqual(["slow"]));
    await counter.rpc.once({ inMs: 0, id: "quick", label: "quick" });
    await vi.waitFor(async () => expect(await ran()).toEqual(["slow", "quick"]));
    expect((await counter.rpc.inspect({})).jobs).toMatchObject([{ id: "slow" }]);
    comeBack();
    await ringing;
    expect((await counter.rpc.inspect({})).jobs).toEqual([]);
  });

  test("a job registered twice is there once, with the earlier deadline and the newer input", async () => {
    const { clock, counter } = setUp();
    await counter.rpc.once({ inMs: 1_000, label: "older" });
    await counter.rpc.once({ inMs: 5_000, label: "newer" });
    expect((await counter.rpc.inspect({})).jobs).toMatchObject([{ id: "work", dueAt: clock.now() + 1_000 }]);
    await nextAlarm(clock, counter);
    expect(await runsOf(counter)).toMatchObject([{ job: "newer" }]);
  });

  test("a recurring job registered again at every start is there once and keeps its deadlines", async () => {
    const { clock, counter } = setUp();
    const start = clock.now();
    await counter.rpc.every({ ms: HOUR_MS });
    clock.advance(1_000);
    await counter.rpc.every({ ms: HOUR_MS, label: "new input" });
    expect((await counter.rpc.inspect({})).jobs).toMatchObject([{ dueAt: start + HOUR_MS }]);
    await nextAlarm(clock, counter);
    expect(await runsOf(counter)).toEqual([{ job: "new input", at: start + HOUR_MS }]);
  });

  test("a recurring job whose interval changed starts anew", async () => {
    const { clock, counter } = setUp();
    await counter.rpc.every({ ms: HOUR_MS });
    await counter.rpc.every({ ms: HOUR_MS / 2 });
    expect((await counter.rpc.inspect({})).jobs).toMatchObject([{ dueAt: clock.now() + HOUR_MS / 2 }]);
  });

  test("a recurring job does not drift over 1,000 runs that are each a little late", async () => {
    const { clock, counter } = setUp();
    const start = clock.now();
    await counter.rpc.every({ ms: HOUR_MS });
    await runInDurableObject(counter.object, async (party) => {
      for (let run = 1; run <= 1_000; run++) {
        clock.set(start + run * HOUR_MS + (run % 7) * 500);
        await party.onAlarm();
      }
    });
    expect(await runsOf(counter)).toHaveLength(1_000);
    expect((await counter.rpc.inspect({})).jobs).toMatchObject([{ dueAt: start + 1_001 * HOUR_MS }]);
  });

  test("deadlines that passed unnoticed are made up for by one run", async () => {
    const { clock, counter } = setUp();
    const start = clock.now();
    await counter.rpc.every({ ms: HOUR_MS });
    clock.advance(10.5 * HOUR_MS);
    await ringAlarms(counter.object);
    expect(await runsOf(counter)).toHaveLength(1);
    expect((await counter.rpc.inspect({})).jobs).toMatchObject([{ dueAt: start + 11 * HOUR_MS }]);
  });

  test("a cron job keeps its local time across a daylight-saving change", async () => {
    const { clock, counter } = setUp();
    // The clocks of Berlin go forward on 25 March 2040.
    clock.set(Date.parse("2040-03-24T00:00:00Z"));
    await counter.rpc.cron({ pattern: "0 7 * * *", zone: "Europe/Berlin" });
    for (let day = 0; day < 3; day++) await nextAlarm(clock, counter);
    expect((await runsOf(counter)).map(({ at }) => new Date(at).toISOString())).toEqual([
      "2040-03-24T06:00:00.000Z",
      "2040-03-25T05:00:00.000Z",
      "2040-03-26T05:00:00.000Z",
    ]);
  });

  test("a job that throws is tried again with growing delays, long past the platform's own six retries", async () => {
    catchLogs();
    const { clock, counter } = setUp();
    whenItWorks(counter, () => {
      throw new Error("Not today");
    });
    await counter.rpc.once({ inMs: 0 });
    for (let attempt = 1; attempt < ATTEMPTS_BEFORE_PARKING; attempt++) {
      await nextAlarm(clock, counter);
      expect((await counter.rpc.inspect({})).jobs).toMatchObject([
        { attempts: attempt, parked: false, lastError: "Not today" },
      ]);
    }
    const at = (await runsOf(counter)).map((run) => run.at);
    expect(at).toHaveLength(ATTEMPTS_BEFORE_PARKING - 1);
    const delays = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    for (const [index, delay] of delays.entries()) {
      expect(delay).toBeGreaterThanOrEqual(Math.min(MAX_RETRY_MS, 1_000 * 2 ** index) / 2);
      if (index > 0 && delay < MAX_RETRY_MS / 2) expect(delay).toBeGreaterThanOrEqual(delays[index - 1] ?? 0);
    }
  });

  test("a job that fails on and on is parked, does not hold the alarm, and runs again once an operator retries it", async () => {
    catchLogs();
    const { clock, counter } = setUp();
    let broken = true;
    whenItWorks(counter, () => {
      if (broken) throw new Error("Not today");
    });
    await counter.rpc.once({ inMs: 0 });
    for (let attempt = 1; attempt <= ATTEMPTS_BEFORE_PARKING; attempt++) await nextAlarm(clock, counter);
    expect((await counter.rpc.inspect({})).jobs).toMatchObject([
      { attempts: ATTEMPTS_BEFORE_PARKING, parked: true, lastError: "Not today" },
    ]);
    expect(await alarmOf(counter.object)).toBeNull();

    broken = false;
    await counter.rpc.retryJob({ id: "work" });
    await nextAlarm(clock, counter);
    expect((await counter.rpc.inspect({})).jobs).toEqual([]);
    await expect(counter.rpc.retryJob({ id: "work" })).rejects.toMatchObject({ code: "not_found" });
  });

  test("a job that throws does not keep others from running", async () => {
    catchLogs();
    const { clock, counter } = setUp();
    whenItWorks(counter, (_, label) => {
      if (label === "bad") throw new Error("Not today");
    });
    for (const label of ["good 1", "bad", "good 2"]) await counter.rpc.once({ inMs: 10, id: label, label });
    clock.advance(10);
    await ringAlarms(counter.object);
    expect((await counter.rpc.inspect({})).jobs).toMatchObject([{ id: "bad", attempts: 1 }]);
  });

  test("a recurring job that failed goes back to its own deadlines once it succeeds", async () => {
    catchLogs();
    const { clock, counter } = setUp();
    const start = clock.now();
    let failures = 2;
    whenItWorks(counter, () => {
      if (failures-- > 0) throw new Error("Not yet");
    });
    await counter.rpc.every({ ms: HOUR_MS });
    for (let rung = 0; rung < 3; rung++) await nextAlarm(clock, counter);
    expect((await counter.rpc.inspect({})).jobs).toMatchObject([
      { attempts: 0, lastError: null, dueAt: start + 2 * HOUR_MS },
    ]);
  });

  test("a job that no code knows is kept for the deployment that does", async () => {
    catchLogs();
    const { counter } = setUp();
    await counter.rpc.scheduleUnknown({});
    await ringAlarms(counter.object);
    expect((await counter.rpc.inspect({})).jobs).toMatchObject([
      { id: "forgotten", attempts: 1, lastError: "No job is named forgotten" },
    ]);
  });

  test("an eviction between due and run loses nothing", async () => {
    const { clock, counter } = setUp();
    await counter.rpc.once({ inMs: 10 });
    clock.advance(10);
    await hibernate(counter.object);
    await ringAlarms(counter.object);
    expect(await runsOf(counter)).toHaveLength(1);
  });

  test("a job that never ends holds up no other, and has failed after a minute", async () => {
    const { clock, counter } = setUp();
    const real = globalThis.setTimeout;
    const spy = vi
      .spyOn(globalThis, "setTimeout")
      .mockImplementation((work: () => void, ms?: number) => real(work, ms === 60_000 ? 1 : ms));
    onTestFinished(() => spy.mockRestore());
    whenItWorks(counter, async () => await new Promise<void>(() => undefined));
    await counter.rpc.once({ inMs: 10 });
    clock.advance(10);
    await ringAlarms(counter.object);
    expect((await counter.rpc.inspect({})).jobs).toMatchObject([
      { id: "work", attempts: 1, lastError: "No answer in 60000 ms" },
    ]);
  });

  test("a crash during a run is followed by another run, when the watchdog rings", async () => {
    const { clock, counter } = setUp();
    let crashes = 1;
    whenItWorks(counter, async (party) => {
      if (crashes-- > 0) party.die();
      await Promise.resolve();
    });
    await counter.rpc.once({ inMs: 10 });
    clock.advance(10);
    await expect(ringAlarms(counter.object)).rejects.toThrow();
    const watchdog = await alarmOf(counter.object);
    expect(watchdog).not.toBeNull();
    await nextAlarm(clock, counter);
    expect(await runsOf(counter)).toHaveLength(1);
    expect((await counter.rpc.inspect({})).jobs).toEqual([]);
  });

  test("a crash while a job waits for an answer is followed by another run, and what it had written stays", async () => {
    const { clock, counter } = setUp();
    let crashes = 1;
    whenItWorks(counter, async (party) => {
      // Written before, and durable by the time that the outside answers.
      await party.storage.sync();
      if (crashes-- > 0) party.die();
    });
    await counter.rpc.once({ inMs: 10 });
    clock.advance(10);
    await expect(ringAlarms(counter.object)).rejects.toThrow();
    await nextAlarm(clock, counter);
    expect(await runsOf(counter)).toHaveLength(2);
    expect((await counter.rpc.inspect({})).jobs).toEqual([]);
  });

  test("while jobs run the alarm already stands, and after them it stands for the next", async () => {
    const { clock, counter } = setUp();
    let during: number | null = null;
    whenItWorks(counter, async (party) => void (during = await party.storage.getAlarm()));
    await counter.rpc.once({ inMs: 10 });
    await counter.rpc.once({ inMs: HOUR_MS, id: "later" });
    clock.advance(10);
    await ringAlarms(counter.object);
    expect(during).toBe(clock.now() + 30_000);
    expect(await alarmOf(counter.object)).toBe(clock.now() - 10 + HOUR_MS);
  });

  test.each(["once", "cancel and once"])("a job registered again during its own run (%s) runs again", async (how) => {
    const { clock, counter } = setUp();
    let again = true;
    whenItWorks(counter, ({ scheduler }) => {
      if (!again) return;
      again = false;
      if (how !== "once") scheduler.cancel("work");
      scheduler.once("work", { inMs: HOUR_MS });
    });
    await counter.rpc.once({ inMs: 10 });
    await nextAlarm(clock, counter);
    expect((await counter.rpc.inspect({})).jobs).toMatchObject([{ attempts: 0, dueAt: clock.now() + HOUR_MS }]);
    await nextAlarm(clock, counter);
    expect(await runsOf(counter)).toHaveLength(2);
  });

  test("a recurring job that changes its own interval keeps the new one", async () => {
    const { clock, counter } = setUp();
    whenItWorks(counter, ({ scheduler }) => {
      scheduler.cancel("work");
      scheduler.every("work", { ms: 2 * HOUR_MS });
    });
    await counter.rpc.every({ ms: HOUR_MS });
    await nextAlarm(clock, counter);
    expect((await counter.rpc.inspect({})).jobs).toMatchObject([{ dueAt: clock.now() + 2 * HOUR_MS }]);
  });

  test("a recurring job that cancels itself is gone", async () => {
    const { clock, counter } = setUp();
    whenItWorks(counter, ({ scheduler }) => scheduler.cancel("work"));
    await counter.rpc.every({ ms: HOUR_MS });
    await nextAlarm(clock, counter);
    expect((await counter.rpc.inspect({})).jobs).toEqual([]);
    expect(await alarmOf(counter.object)).toBeNull();
  });

  test("a job that makes itself due again at once lets the alarm end and go on later", async () => {
    const { counter } = setUp();
    let left = 100;
    whenItWorks(counter, ({ scheduler }) => {
      if (left-- > 0) scheduler.once("work", { inMs: 0 });
    });
    await counter.rpc.once({ inMs: 0 });
    expect(await ringAlarms(counter.object)).toBeGreaterThan(1);
    expect(await runsOf(counter)).toHaveLength(101);
  });

  test("registering a job that is being retried does not shorten its delay", async () => {
    catchLogs();
    const { counter } = setUp();
    whenItWorks(counter, () => {
      throw new Error("Not today");
    });
    await counter.rpc.once({ inMs: 0 });
    await ringAlarms(counter.object);
    const [before] = (await counter.rpc.inspect({})).jobs;
    await counter.rpc.once({ inMs: 0 });
    expect((await counter.rpc.inspect({})).jobs).toMatchObject([{ dueAt: before?.dueAt, attempts: 1 }]);
  });

  test("the clock going back makes no job run early or twice", async () => {
    const { clock, counter } = setUp();
    await counter.rpc.every({ ms: HOUR_MS });
    await nextAlarm(clock, counter);
    clock.advance(-5 * HOUR_MS);
    await ringAlarms(counter.object);
    await crash(counter.object);
    await ringAlarms(counter.object);
    expect(await runsOf(counter)).toHaveLength(1);
  });

  test("a read does not write: the alarm is set once for many changes of the same deadline", async () => {
    const { counter } = setUp();
    await counter.rpc.once({ inMs: HOUR_MS });
    const writes = await runInDurableObject(counter.object, async (party, { storage }) => {
      let set = 0;
      const real = storage.setAlarm.bind(storage);
      storage.setAlarm = async (at) => {
        set += 1;
        await real(at);
      };
      for (let n = 0; n < 10; n++) party.scheduler.arm();
      return await Promise.resolve(set);
    });
    expect(writes).toBe(0);
    expect(await rowsOf(counter.object, "k_jobs")).toHaveLength(1);
  });
});

test("the delay before a retry grows to its ceiling, half of it certain and half chance", () => {
  for (let attempt = 1; attempt < 40; attempt++) {
    const ceiling = Math.min(MAX_RETRY_MS, 1_000 * 2 ** (attempt - 1));
    expect(retryDelayMs(attempt, 0)).toBe(ceiling / 2);
    expect(retryDelayMs(attempt, 0.999_999)).toBeLessThanOrEqual(ceiling);
    expect(retryDelayMs(attempt, 0.999_999)).toBeGreaterThan(ceiling * 0.99);
  }
});
