import { describe, expect, test } from "vitest";
import { MAX_LOGGED_EVENTS } from "../../parties/kernel/events.ts";
import { newGreeter } from "../helpers/greeters.ts";
import { hibernate } from "../helpers/objects.ts";
import { person } from "../helpers/principals.ts";

describe("a party with a greeting", () => {
  test("welcomes without the state, and brings it in the next frame", async () => {
    const greeter = newGreeter();
    await greeter.rpc.count({ by: 7 });
    const socket = await greeter.open({ principal: person() });
    const welcome = await socket.next("welcome");
    expect(welcome).toMatchObject({ protocol: 1, seq: 0 });
    expect(welcome).not.toHaveProperty("state");
    const state = { total: 7, yours: welcome["connectionId"] };
    expect(await socket.next("initial_state")).toEqual({ type: "initial_state", ...state });
    expect(socket.frames.map(({ type }) => type)).toEqual(["welcome", "initial_state"]);
  });

  test("gives those who resume what they have missed, and no state", async () => {
    const greeter = newGreeter();
    await greeter.rpc.emitMany({ times: 3 });
    const socket = await greeter.open({ since: 1 });
    expect(await socket.next("welcome")).toMatchObject({ seq: 1, resumed: true });
    expect([await socket.next("counted"), await socket.next("counted")]).toMatchObject([{ seq: 2 }, { seq: 3 }]);
    expect(socket.all("initial_state")).toEqual([]);
  });

  test.each([
    ["behind the log", 0],
    ["ahead of the log", 1_000_000],
  ])("gives those who come back %s a resync with the state, and no greeting", async (_, since) => {
    const greeter = newGreeter();
    await greeter.rpc.count({ by: 2 });
    await greeter.rpc.emitMany({ times: MAX_LOGGED_EVENTS + 200 });
    const socket = await greeter.open({ since });
    const welcome = await socket.next("welcome");
    expect(welcome).not.toHaveProperty("resumed");
    expect(welcome).not.toHaveProperty("state");
    expect(await socket.next("resync")).toMatchObject({ seq: MAX_LOGGED_EVENTS + 200, state: { total: 2 } });
    expect(socket.all("initial_state")).toEqual([]);
  });

  test("greets newcomers also when it has just woken", async () => {
    const greeter = newGreeter();
    await greeter.join();
    await greeter.rpc.count({ by: 1 });
    await hibernate(greeter.object);
    const socket = await greeter.join();
    expect(await socket.next("initial_state")).toMatchObject({ total: 1 });
  });

  test("resyncs those who are here with the state in its frame, as every party does", async () => {
    const greeter = newGreeter();
    const socket = await greeter.join();
    await greeter.rpc.count({ by: 5 });
    await greeter.rpc.restart({});
    expect(await socket.next("resync")).toMatchObject({ state: { total: 0 } });
    expect(socket.all("initial_state")).toHaveLength(1);
  });
});
