import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COALESCE_MS } from "../../parties/kernel/broadcaster.ts";
import { MAX_LOGGED_EVENTS } from "../../parties/kernel/events.ts";
import { type Counter, newCounter } from "../helpers/counters.ts";
import { crash, hibernate } from "../helpers/objects.ts";
import { operator, person } from "../helpers/principals.ts";
import type { Frame, TestSocket } from "../helpers/sockets.ts";
import { holdTimers } from "../helpers/timers.ts";

const seqs = (frames: readonly Frame[]) => frames.map(({ seq }) => seq);
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Takes events until the one with this `seq` has come. */
async function hear(socket: TestSocket, seq: number): Promise<void> {
  let heard: Frame;
  do heard = await socket.next("added");
  while (heard.seq !== seq);
}

async function add(counter: Counter, times: number): Promise<void> {
  for (let done = 0; done < times; done++) await counter.rpc.add({ by: 1 });
}

describe("promise 6: catch up, exactly once, in order", () => {
  test.each([{ batch: false }, { batch: true }])(
    "a socket that was closed during events 11 to 15 gets each once, in order ($batch)",
    async ({ batch }) => {
      const counter = newCounter();
      const first = await counter.join({ batch });
      await add(counter, 10);
      await hear(first, 10);
      first.close();
      await first.closed;
      await add(counter, 5);

      const second = await counter.open({ since: 10, batch });
      const welcome = await second.next("welcome");
      expect(welcome).toMatchObject({ seq: 10, resumed: true });
      expect(welcome).not.toHaveProperty("state");
      await add(counter, 1);
      await hear(second, 16);
      expect(seqs(first.all("added"))).toEqual(range(1, 10));
      expect(seqs(second.all("added"))).toEqual(range(11, 16));
      expect(second.all("resync")).toEqual([]);
      if (batch) expect(JSON.parse(second.messages[1] ?? "")).toHaveLength(5);
    },
  );

  test("a socket that hibernates before events 11 to 15 gets each once, in order", async () => {
    const counter = newCounter();
    const socket = await counter.join();
    await add(counter, 10);
    await hear(socket, 10);
    await hibernate(counter.object);
    await add(counter, 5);
    await hear(socket, 15);
    expect(seqs(socket.all("added"))).toEqual(range(1, 15));
  });

  test("a socket that a crash dropped resumes where it was", async () => {
    const counter = newCounter();
    const socket = await counter.join();
    await add(counter, 10);
    await hear(socket, 10);
    await crash(counter.object);
    await socket.closed;
    await add(counter, 5);
    const back = await counter.join({ since: 10 });
    await hear(back, 15);
    expect(seqs(back.all("added"))).toEqual(range(11, 15));
  });

  test("a newcomer gets the state and the seq that belongs to it, and no event that it holds", async () => {
    const counter = newCounter();
    await add(counter, 3);
    const socket = await counter.open();
    expect(await socket.next("welcome")).toMatchObject({ protocol: 1, seq: 3, state: { total: 3 } });
    await add(counter, 1);
    await hear(socket, 4);
    expect(seqs(socket.all("added"))).toEqual([4]);
  });

  test("who missed nothing gets nothing", async () => {
    const counter = newCounter();
    await add(counter, 3);
    const socket = await counter.open({ since: 3 });
    expect(await socket.next("welcome")).toMatchObject({ resumed: true, seq: 3 });
    await add(counter, 1);
    await hear(socket, 4);
    expect(socket.frames).toHaveLength(2);
  });

  test("a log that no longer reaches back gives a resync with the whole state", async () => {
    const counter = newCounter();
    await counter.rpc.addMany({ times: MAX_LOGGED_EVENTS + 200 });
    const { first, last } = (await counter.rpc.inspect({})).events;
    expect(last - first + 1).toBe(MAX_LOGGED_EVENTS);

    const late = await counter.open({ since: first - 2 });
    expect(await late.next("welcome")).not.toHaveProperty("state");
    expect(await late.next("resync")).toMatchObject({ seq: last, state: { total: last } });
    expect(late.all("added")).toEqual([]);

    const justInTime = await counter.join({ since: first - 1, batch: true });
    await hear(justInTime, last);
    expect(seqs(justInTime.all("added"))).toEqual(range(first, last));
  });

  test("a `since` from the future gives a resync", async () => {
    const counter = newCounter();
    await add(counter, 2);
    const socket = await counter.open({ since: 3 });
    await socket.next("welcome");
    expect(await socket.next("resync")).toMatchObject({ seq: 2, state: { total: 2 } });
  });

  test.each(["", "x", "-1", "1.5", "NaN", "Infinity", "9007199254740992", "1e400"])(
    "a malformed `since` (%j) is a bad request",
    async (since) => {
      const socket = await newCounter().open({ since });
      expect(await socket.next("error")).toMatchObject({ code: "bad_request" });
      expect(await socket.closed).toMatchObject({ code: 4400 });
    },
  );

  test("a change that makes old events untrue sends everyone a new state, now or when they come back", async () => {
    const counter = newCounter();
    const here = await counter.join();
    await add(counter, 3);
    await hear(here, 3);
    await counter.rpc.restart({ total: 100 });
    const { seq } = await here.next("resync");
    expect(here.all("resync")).toMatchObject([{ state: { total: 100 } }]);

    const away = await counter.open({ since: 3 });
    await away.next("welcome");
    expect(await away.next("resync")).toMatchObject({ seq, state: { total: 100 } });
    const resumed = await counter.open({ since: Number(seq) });
    expect(await resumed.next("welcome")).toMatchObject({ resumed: true });
    await add(counter, 1);
    await hear(resumed, Number(seq) + 1);
    expect(resumed.frames).toHaveLength(2);
  });

  test("an event for one audience reaches its members only, live and on catching up", async () => {
    const counter = newCounter();
    const insider = await counter.join({ principal: operator(), batch: true });
    const outsider = await counter.join({ principal: person(), batch: true });
    await counter.rpc.whisper({ by: 7 });
    await add(counter, 1);
    await Promise.all([hear(insider, 2), hear(outsider, 2)]);
    expect(insider.all("whispered")).toMatchObject([{ by: 7, seq: 1 }]);

    const insiderBack = await counter.join({ principal: operator(), since: 0 });
    const outsiderBack = await counter.join({ principal: person(), since: 0 });
    await Promise.all([hear(insiderBack, 2), hear(outsiderBack, 2)]);
    expect(seqs(insiderBack.frames.slice(1))).toEqual([1, 2]);
    for (const socket of [outsider, outsiderBack]) expect(socket.messages.join()).not.toContain("whispered");
  });

  test("membership of an audience survives hibernation", async () => {
    const counter = newCounter();
    const insider = await counter.join({ principal: operator() });
    const outsider = await counter.join({ principal: person() });
    await hibernate(counter.object);
    await counter.rpc.whisper({ by: 7 });
    await add(counter, 1);
    await Promise.all([insider.next("whispered"), hear(outsider, 2)]);
    expect(outsider.all("whispered")).toEqual([]);
  });

  test("sockets whose audiences differ only in how they are spelled do not share what they hear", async () => {
    const counter = newCounter();
    const split = await counter.join({ principal: operator("Split audiences") });
    const joined = await counter.join({ principal: operator("Joined audience") });
    await counter.rpc.emitTo({ audience: "left" });
    await counter.rpc.emitTo({ audience: "left right" });
    await add(counter, 1);
    await Promise.all([hear(split, 3), hear(joined, 3)]);
    expect(seqs(split.all("whispered"))).toEqual([1]);
    expect(seqs(joined.all("whispered"))).toEqual([2]);
  });

  test("who joins while events wait to leave together hears none of them twice", async () => {
    const held = holdTimers(COALESCE_MS);
    const counter = newCounter();
    const early = await counter.join({ batch: true });
    await add(counter, 3);
    const late = await counter.open({ batch: true });
    expect(await late.next("welcome")).toMatchObject({ seq: 3, state: { total: 3 } });
    await add(counter, 1);
    await held.fire(counter.object);
    await Promise.all([hear(early, 4), hear(late, 4)]);
    expect(seqs(early.all("added"))).toEqual(range(1, 4));
    expect(seqs(late.all("added"))).toEqual([4]);
  });

  test("who resumes while events wait to leave together hears each once", async () => {
    const held = holdTimers(COALESCE_MS);
    const counter = newCounter();
    const early = await counter.join();
    await add(counter, 3);
    const late = await counter.join({ since: 1 });
    await add(counter, 1);
    await held.fire(counter.object);
    await Promise.all([hear(early, 4), hear(late, 4)]);
    expect(seqs(early.all("added"))).toEqual(range(1, 4));
    expect(seqs(late.all("added"))).toEqual([2, 3, 4]);
  });

  test("what a failed handler emitted is neither sent nor logged", async () => {
    const counter = newCounter();
    const socket = await counter.join({ principal: person() });
    await socket.ask({ type: "fail", coded: true });
    await add(counter, 1);
    await hear(socket, 1);
    expect(socket.all("added")).toEqual([{ type: "added", by: 1, total: 1, seq: 1 }]);
  });

  test("however sockets come and go, all hear the same events in the same order, each once", async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("add" as const),
        who: fc.integer({ min: 0, max: 2 }),
        times: fc.integer({ min: 1, max: 6 }),
      }),
      fc.record({ kind: fc.constant("leave" as const), who: fc.integer({ min: 0, max: 2 }), batch: fc.boolean() }),
      fc.record({ kind: fc.constant("hibernate" as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const counter = newCounter();
        const people = await Promise.all(
          Array.from({ length: 3 }, async () => ({
            principal: person(),
            heard: [] as Frame[],
            socket: await counter.join({ principal: person() }),
          })),
        );
        let emitted = 0;
        for (const now of steps) {
          const who = people["who" in now ? now.who : 0];
          if (who === undefined) throw new Error("No one");
          if (now.kind === "add") {
            emitted += now.times;
            await Promise.all(
              Array.from({ length: now.times }, async () => await who.socket.ask({ type: "add", by: 1 })),
            );
          } else if (now.kind === "leave") {
            who.socket.close();
            await who.socket.closed;
            who.heard.push(...who.socket.all("added"));
            who.socket = await counter.join({
              principal: who.principal,
              since: who.heard.at(-1)?.seq ?? 0,
              batch: now.batch,
            });
          } else {
            // The platform lets no party sleep while a timer runs; what waits has left by then.
            await Promise.all(people.map(async ({ socket, heard }) => await heardAll(socket, heard, emitted)));
            await hibernate(counter.object);
          }
        }
        for (const { socket, heard } of people) {
          await heardAll(socket, heard, emitted);
          const all = [...heard, ...socket.all("added")];
          expect(all).toEqual(range(1, emitted).map((seq) => ({ type: "added", by: 1, total: seq, seq })));
        }
      }),
      { numRuns: 15 },
    );
  });
});

/** Waits until the last of what was emitted has come, over this socket or the ones before it. */
async function heardAll(socket: TestSocket, before: readonly Frame[], emitted: number): Promise<void> {
  const last = () => socket.all("added").at(-1)?.seq ?? before.at(-1)?.seq ?? 0;
  while (last() < emitted) await socket.next("added");
}
