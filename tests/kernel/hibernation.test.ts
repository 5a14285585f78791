import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { SocketAttachment } from "../../parties/kernel/sockets.ts";
import { COALESCE_MS } from "../../parties/kernel/broadcaster.ts";
import { SIGNAL_MS } from "../helpers/counter-party.ts";
import { newCounter } from "../helpers/counters.ts";
import { crash, hibernate } from "../helpers/objects.ts";
import { elsewhere, person } from "../helpers/principals.ts";
import { holdTimers } from "../helpers/timers.ts";

describe("promise 9: hibernation", () => {
  test("a party that is asleep knows its sockets and people when it wakes", async () => {
    const counter = newCounter();
    const ada = person();
    const sockets = [
      await counter.join({ principal: ada }),
      await counter.join({ principal: elsewhere(ada) }),
      await counter.join({ principal: person() }),
      await counter.join(),
    ];
    await hibernate(counter.object);
    expect((await counter.rpc.inspect({})).sockets).toEqual({ open: 4, people: 3, anonymous: 1 });
    expect(await sockets[1]?.ask({ type: "add", by: 1 })).toMatchObject({ type: "ack" });
  });

  test("a socket that closes while its party sleeps is gone when the party wakes, and the party is told once", async () => {
    const counter = newCounter();
    const [stays, leaves] = [await counter.join({ principal: person() }), await counter.join({ principal: person() })];
    await hibernate(counter.object);
    leaves.close();
    await leaves.closed;
    expect(await stays.next("waved")).toMatchObject({ people: 1 });
    expect((await counter.rpc.inspect({})).sockets).toMatchObject({ open: 1, people: 1 });
    expect(await runInDurableObject(counter.object, (party) => party.departures)).toBe(1);
  });

  test("a socket that fails and then closes leaves once, with its person counted once", async () => {
    const counter = newCounter();
    const ada = person();
    const socket = await counter.join({ principal: ada });
    await counter.join({ principal: elsewhere(ada) });
    const seen = await runInDurableObject(counter.object, (party) => {
      const [connection] = [...party.getConnections<SocketAttachment>()].filter(
        ({ id }) => id === socket.all("welcome")[0]?.["connectionId"],
      );
      if (connection === undefined) throw new Error("No such connection");
      party.onError(connection);
      party.onClose(connection);
      return { departures: party.departures, people: party.peopleHere };
    });
    expect(seen).toEqual({ departures: 1, people: 1 });
  });

  test("ping is answered without waking the party", async () => {
    const counter = newCounter();
    const socket = await counter.join();
    const before = (await counter.rpc.inspect({})).counters.frames;
    socket.sendRaw("ping");
    await socket.next("pong");
    expect((await counter.rpc.inspect({})).counters.frames).toBe(before);
  });

  test("a party that is left alone holds no timer", async () => {
    const timers = holdTimers(COALESCE_MS, SIGNAL_MS);
    const counter = newCounter();
    const socket = await counter.join({ principal: person() });
    await socket.ask({ type: "wave" });
    await socket.ask({ type: "wave" });
    expect(timers.waiting).toBeGreaterThan(0);
    for (let round = 0; round < 5; round++) await timers.fire(counter.object);
    expect(timers.waiting).toBe(0);
  });

  test("sockets of an ended session close with 4401, hibernating ones included, and others stay", async () => {
    const counter = newCounter();
    const ada = person();
    const [laptop, secondTab, phone] = [
      await counter.join({ principal: ada }),
      await counter.join({ principal: ada }),
      await counter.join({ principal: elsewhere(ada) }),
    ];
    await hibernate(counter.object);
    await counter.rpc.closeSession({ userId: ada.user.id, sessionId: ada.sessionId });
    for (const socket of [laptop, secondTab]) {
      expect(await socket.closed).toMatchObject({ code: 4401 });
      expect(socket.frames.slice(-2)).toMatchObject([
        { type: "logged_out" },
        { type: "error", code: "unauthenticated" },
      ]);
      expect(socket.all("logged_out")).toEqual([{ type: "logged_out" }]);
    }
    expect(phone.all("logged_out")).toEqual([]);
    expect(await phone.ask({ type: "add", by: 1 })).toMatchObject({ type: "ack" });
    const back = await counter.open({ principal: ada });
    expect(await back.closed).toMatchObject({ code: 4401 });
  });

  test("sockets of a session that lives on elsewhere close without a word of logging out, and may come back", async () => {
    const counter = newCounter();
    const ada = person();
    const socket = await counter.join({ principal: ada });
    await hibernate(counter.object);
    await counter.rpc.closeSession({ userId: ada.user.id, sessionId: ada.sessionId, ended: false });
    expect(await socket.closed).toMatchObject({ code: 1013 });
    expect(socket.frames.at(-1)).toMatchObject({ type: "error", code: "unavailable" });
    expect(socket.all("logged_out")).toEqual([]);
    const back = await counter.join({ principal: ada });
    expect(await back.ask({ type: "add", by: 1 })).toMatchObject({ type: "ack" });
  });

  test("all sessions of a person may be ended at once; another person's socket does not hear of it", async () => {
    const counter = newCounter();
    const ada = person();
    const [laptop, phone, other] = [
      await counter.join({ principal: ada }),
      await counter.join({ principal: elsewhere(ada) }),
      await counter.join({ principal: person() }),
    ];
    await hibernate(counter.object);
    await counter.rpc.closeSession({ userId: ada.user.id, sessionId: null });
    for (const socket of [laptop, phone]) {
      expect(await socket.closed).toMatchObject({ code: 4401 });
      expect(socket.all("logged_out")).toHaveLength(1);
    }
    expect(await other.ask({ type: "add", by: 1 })).toMatchObject({ type: "ack" });
    expect(other.all("logged_out")).toEqual([]);
  });

  test("a peer that does not answer the close is not listened to any more, also after a wake", async () => {
    const counter = newCounter();
    const ada = person();
    const socket = await counter.join({ principal: ada });
    await counter.rpc.closeSession({ userId: ada.user.id, sessionId: ada.sessionId });
    expect((await counter.rpc.inspect({})).sockets).toMatchObject({ open: 0, people: 0 });
    await hibernate(counter.object);
    expect((await counter.rpc.inspect({})).sockets).toMatchObject({ open: 0, people: 0 });
    expect(await socket.closed).toMatchObject({ code: 4401 });
    expect(await counter.rpc.total({})).toEqual({ total: 0 });
  });

  test("sockets that a crash dropped are not counted", async () => {
    const counter = newCounter();
    const socket = await counter.join({ principal: person() });
    await crash(counter.object);
    await socket.closed;
    expect((await counter.rpc.inspect({})).sockets).toMatchObject({ open: 0, people: 0 });
  });
});
