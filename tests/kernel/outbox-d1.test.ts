import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TestClock, useClock } from "../helpers/clock.ts";
import { type Counter, newCounter } from "../helpers/counters.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { breakD1 } from "../helpers/faults.ts";
import { catchLogs } from "../helpers/logs.ts";
import { alarmOf, crash, hibernate, ringAlarms } from "../helpers/objects.ts";

const db = withD1Migrations();
const INSERT = "INSERT INTO notes (who, text) VALUES (?, ?)";

beforeAll(async () => {
  // One row more for each time a statement is executed: what comes twice is seen.
  await db.exec(
    "CREATE TABLE notes (n INTEGER PRIMARY KEY AUTOINCREMENT, who TEXT NOT NULL, text TEXT NOT NULL CHECK (text <> 'poison'))",
  );
});
beforeEach(() => void catchLogs());

interface Writer {
  clock: TestClock;
  counter: Counter;
  note(text: string, options?: { withinMs?: number; slot?: string }): Promise<void>;
  /** What D1 holds of this writer, in the order it came in. */
  stored(): Promise<string[]>;
  outbox(): Promise<{ pending: { rows: number }[]; dead: { id: number }[] }>;
  /** Rings the alarm whenever it is due, until nothing waits or so many have rung. */
  drain(alarms?: number): Promise<void>;
}

function setUp(): Writer {
  const clock = useClock();
  const counter = newCounter();
  return {
    clock,
    counter,
    note: async (text, options = {}) =>
      await counter.rpc.writeD1({ sql: INSERT, params: [counter.name, text], ...options }),
    stored: async () => {
      const { results } = await db
        .prepare("SELECT text FROM notes WHERE who = ? ORDER BY n")
        .bind(counter.name)
        .all<{ text: string }>();
      return results.map(({ text }) => text);
    },
    outbox: async () => (await counter.rpc.inspect({})).outbox,
    drain: async (alarms = 40) => {
      for (let rung = 0; rung < alarms; rung++) {
        const at = await alarmOf(counter.object);
        if (at === null) return;
        clock.set(Math.max(at, clock.now()));
        await ringAlarms(counter.object).catch(() => undefined);
      }
    },
  };
}

describe("promise 8: outbox, to D1", () => {
  test("a statement arrives within its time and leaves nothing behind", async () => {
    const { clock, counter, note, stored } = setUp();
    await note("a", { withinMs: 30_000 });
    clock.advance(29_999);
    await ringAlarms(counter.object);
    expect(await stored()).toEqual([]);
    clock.advance(1);
    await ringAlarms(counter.object);
    expect(await stored()).toEqual(["a"]);
    expect(await counter.rpc.inspect({})).toMatchObject({ jobs: [], outbox: { pending: [], dead: [] } });
  });

  test("state and row are one: what failed sends nothing, what was answered is sent after a crash", async () => {
    const { counter, note, stored, drain } = setUp();
    await expect(counter.rpc.sendThenFail({ to: "x" })).rejects.toMatchObject({ code: "conflict" });
    expect((await counter.rpc.inspect({})).outbox.pending).toEqual([]);
    await note("a");
    await crash(counter.object);
    await drain();
    expect(await stored()).toEqual(["a"]);
  });

  test("many statements leave as one batch of D1, in order", async () => {
    const { note, stored, drain } = setUp();
    const d1 = breakD1("test-counter:");
    const texts = Array.from({ length: 50 }, (_, n) => `note ${n}`);
    for (const text of texts) await note(text, { withinMs: 1_000 });
    await drain();
    expect(await stored()).toEqual(texts);
    expect(d1.calls).toBe(1);
    expect(d1.statements).toBe(51);
  });

  test("D1 failing eight times in a row loses nothing, doubles nothing and drains when it is back", async () => {
    const { note, stored, outbox, drain } = setUp();
    const d1 = breakD1("test-counter:");
    d1.fail("before", 8);
    for (const text of ["a", "b", "c"]) await note(text);
    await drain(8);
    expect(d1.calls).toBe(8);
    expect(await stored()).toEqual([]);
    expect(await outbox()).toMatchObject({ pending: [{ rows: 3 }], dead: [] });
    await drain();
    expect(await stored()).toEqual(["a", "b", "c"]);
    expect(await outbox()).toEqual({ pending: [], dead: [] });
  });

  test("D1 failing for three hours is still not taken for poison", async () => {
    const { clock, note, stored, outbox, drain } = setUp();
    const d1 = breakD1("test-counter:");
    d1.fail("before");
    await note("a");
    const end = clock.now() + 3 * 3_600_000;
    while (clock.now() < end) await drain(5);
    expect(await outbox()).toMatchObject({ pending: [{ rows: 1 }], dead: [] });
    d1.heal();
    await drain();
    expect(await stored()).toEqual(["a"]);
  });

  test("an answer that is lost after the commit does not repeat the effect", async () => {
    const { note, stored, outbox, drain } = setUp();
    const d1 = breakD1("test-counter:");
    d1.fail("after", 3);
    await note("a");
    await note("b");
    await drain();
    expect(await stored()).toEqual(["a", "b"]);
    expect(await outbox()).toEqual({ pending: [], dead: [] });
  });

  test.each(["before it sends", "after the commit"])(
    "a party that crashes %s has its statement there once when it is back",
    async (when) => {
      const { counter, note, stored, outbox, drain } = setUp();
      const d1 = breakD1("test-counter:");
      d1.fail(async (real) => {
        if (when !== "before it sends") await real();
        await crash(counter.object);
        throw new Error("No one is there to hear this");
      }, 1);
      await note("a");
      await note("b");
      await drain();
      expect(d1.calls).toBeGreaterThan(1);
      expect(await stored()).toEqual(["a", "b"]);
      expect(await outbox()).toEqual({ pending: [], dead: [] });
    },
  );

  test("a batch and its mark are one transaction", async () => {
    const { counter, note, drain } = setUp();
    await note("a");
    await drain();
    const mark = await db
      .prepare("SELECT batch FROM outbox_marks WHERE source = ?")
      .bind(`test-counter:${counter.name}`)
      .first("batch");
    expect(mark).toBe(1);
    await note("poison");
    await drain();
    const after = await db
      .prepare("SELECT batch FROM outbox_marks WHERE source = ?")
      .bind(`test-counter:${counter.name}`)
      .first("batch");
    expect(after).toBe(1);
  });

  test.each([
    ["a broken constraint", INSERT, ["x", "poison"]],
    ["a syntax error", "INSERT IN notes", []],
    ["too few values", INSERT, ["x"]],
  ])("%s in the middle of a batch goes to the dead letters and blocks nothing", async (_, sql, params) => {
    const { counter, note, stored, outbox, drain } = setUp();
    await note("a");
    await note("b");
    await counter.rpc.writeD1({ sql, params });
    await note("c");
    await counter.rpc.writeD1({ sql, params });
    await note("d");
    await drain();
    expect(await stored()).toEqual(["a", "b", "c", "d"]);
    expect(await outbox()).toMatchObject({
      pending: [],
      dead: [{ id: 3, reason: expect.any(String) as unknown }, { id: 5 }],
    });
  });

  test("a poison row reaches the dead letters and its neighbours arrive once, whichever answer is lost", async () => {
    const d1 = breakD1("test-counter:");
    for (let lost = 1; lost <= 8; lost++) {
      const { note, stored, outbox, drain } = setUp();
      let calls = 0;
      d1.fail(async (real) => {
        const result = await real();
        if (++calls === lost) throw new Error("Network connection lost.");
        return result;
      });
      for (const text of ["a", "poison", "b", "c"]) await note(text);
      await drain();
      expect(await stored()).toEqual(["a", "b", "c"]);
      expect(await outbox()).toMatchObject({ pending: [], dead: [{ id: 2 }] });
    }
  });

  test("a row that was poison, and is none any more when its batch comes again, doubles nothing", async () => {
    const { counter, note, stored, outbox, drain } = setUp();
    const table = `late_${counter.name.replaceAll("-", "")}`;
    await note("a");
    await counter.rpc.writeD1({ sql: `INSERT INTO ${table} VALUES (1)`, params: [] });
    await note("b");
    await drain(2);
    expect(await stored()).toEqual(["a"]);
    await db.exec(`CREATE TABLE ${table} (n INTEGER PRIMARY KEY)`);
    await drain();
    expect(await stored()).toEqual(["a", "b"]);
    expect(await db.prepare(`SELECT count(*) AS n FROM ${table}`).first("n")).toBe(1);
    expect(await outbox()).toEqual({ pending: [], dead: [] });
  });

  test("a table that never comes does not block for ever", async () => {
    const { counter, note, stored, outbox, drain } = setUp();
    await counter.rpc.writeD1({ sql: "INSERT INTO nowhere VALUES (1)", params: [] });
    await note("a");
    await drain();
    expect(await stored()).toEqual(["a"]);
    expect(await outbox()).toMatchObject({
      pending: [],
      dead: [{ id: 1, reason: expect.stringContaining("nowhere") as unknown }],
    });
  });

  test("a batch that arrives late, behind newer ones, changes nothing", async () => {
    const { note, stored, drain } = setUp();
    const d1 = breakD1("test-counter:");
    let late: (() => Promise<unknown>) | undefined;
    d1.fail(async (real) => {
      late = real;
      return await Promise.reject(new Error("Network connection lost."));
    }, 1);
    await note("a");
    await drain();
    await note("b");
    await drain();
    await expect(late?.()).rejects.toThrow(/outbox_mark_is_fresh/);
    expect(await stored()).toEqual(["a", "b"]);
  });

  test("of one slot only the last value counts, at the earliest deadline", async () => {
    const { clock, counter, note, stored, drain } = setUp();
    const start = clock.now();
    await note("1", { slot: "count", withinMs: 300_000 });
    clock.advance(1_000);
    await note("2", { slot: "count", withinMs: 300_000 });
    await note("other", { slot: "other", withinMs: 600_000 });
    await note("3", { slot: "count", withinMs: 300_000 });
    expect(await alarmOf(counter.object)).toBe(start + 300_000);
    await drain();
    expect(await stored()).toEqual(["other", "3"]);
  });

  test("what follows a slot's row that was replaced and has arrived is new to D1", async () => {
    const { note, stored, drain } = setUp();
    await note("1", { slot: "count" });
    await note("2", { slot: "count" });
    await drain();
    await note("other");
    await drain();
    expect(await stored()).toEqual(["2", "other"]);
  });

  test("a slot's row that is in flight is left alone: its batch is repeated unchanged, and its newer value follows", async () => {
    const { note, stored, drain } = setUp();
    const d1 = breakD1("test-counter:");
    d1.fail("after", 1);
    await note("1", { slot: "count" });
    await note("other");
    await drain(1);
    await note("2", { slot: "count" });
    await note("3", { slot: "count" });
    await drain();
    expect(await stored()).toEqual(["1", "other", "3"]);
    // Each batch and its mark: both rows, both rows again, the newer value.
    expect(d1.statements).toBe(3 + 3 + 2);
  });

  test("whatever fails and whenever it crashes, each statement is there once and in order", async () => {
    const fault = fc.constantFrom("none", "before", "after", "crash before", "crash after", "hibernate" as const);
    const d1 = breakD1("test-counter:");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ fault, rows: fc.integer({ min: 0, max: 3 }), poison: fc.boolean() }), { maxLength: 10 }),
        async (steps) => {
          const { counter, note, stored, outbox, drain } = setUp();
          const expected: string[] = [];
          let poisonous = 0;
          for (const [index, step] of steps.entries()) {
            for (let row = 0; row < step.rows; row++) {
              expected.push(`${index}.${row}`);
              await note(`${index}.${row}`);
            }
            if (step.poison) {
              poisonous += 1;
              await note("poison");
            }
            if (step.fault === "before" || step.fault === "after") d1.fail(step.fault, 1);
            else if (step.fault === "hibernate") await hibernate(counter.object);
            else if (step.fault !== "none") {
              d1.fail(async (real) => {
                if (step.fault === "crash after") await real();
                await crash(counter.object);
                throw new Error("No one is there to hear this");
              }, 1);
            }
            await drain(1);
          }
          d1.heal();
          await drain();
          expect(await stored()).toEqual(expected);
          const { pending, dead } = await outbox();
          expect({ pending, dead: dead.length }).toEqual({ pending: [], dead: poisonous });
        },
      ),
      { numRuns: 20 },
    );
  }, 60_000);
});

test("the test's database is the party's", () => {
  expect(env.DB).toBe(db);
});
