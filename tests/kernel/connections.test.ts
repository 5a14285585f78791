import { describe, expect, test } from "vitest";
import { useClock } from "../helpers/clock.ts";
import { ROOM } from "../helpers/greeter-party.ts";
import { newGreeter } from "../helpers/greeters.ts";
import { hibernate } from "../helpers/objects.ts";
import { elsewhere, person } from "../helpers/principals.ts";
import type { TestSocket } from "../helpers/sockets.ts";

/** What somebody is told for whom there is no room. */
async function refusalOf(socket: TestSocket) {
  const error = await socket.next("error");
  const { code } = await socket.closed;
  expect(socket.all("welcome")).toEqual([]);
  return { code, error };
}

describe("a person's sockets", () => {
  test("may be so many, over all devices; one more is refused with 4429 and the others stay", async () => {
    useClock();
    const greeter = newGreeter();
    const ada = person();
    const open = [
      await greeter.join({ principal: ada }),
      await greeter.join({ principal: ada }),
      await greeter.join({ principal: elsewhere(ada) }),
    ];
    const refusal = await refusalOf(await greeter.open({ principal: elsewhere(ada) }));
    expect(refusal).toMatchObject({ code: 4429, error: { code: "rate_limited", retryAfterMs: 5_000 } });
    expect((await greeter.rpc.inspect({})).sockets).toMatchObject({ open: ROOM.open, people: 1 });
    for (const socket of open) expect(await socket.ask({ type: "whisper" })).toMatchObject({ type: "ack" });
  });

  test("count when they sleep, too", async () => {
    const greeter = newGreeter();
    const ada = person();
    for (let n = 0; n < ROOM.open; n++) await greeter.join({ principal: ada });
    await hibernate(greeter.object);
    expect(await refusalOf(await greeter.open({ principal: ada }))).toMatchObject({ code: 4429 });
  });

  test("make room when one closes, by itself or because its session ended", async () => {
    useClock();
    const greeter = newGreeter();
    const ada = person();
    const phone = elsewhere(ada);
    const [first] = [await greeter.join({ principal: ada }), await greeter.join({ principal: ada })];
    await greeter.join({ principal: phone });
    first?.close();
    await first?.closed;
    await greeter.join({ principal: ada });
    await greeter.rpc.closeSession({ userId: ada.user.id, sessionId: phone.sessionId });
    await greeter.join({ principal: ada });
    expect((await greeter.rpc.inspect({})).sockets.open).toBe(ROOM.open);
  });

  test("are not opened faster than the rate, however soon they close; a refused try is no way around it", async () => {
    const clock = useClock();
    const greeter = newGreeter();
    const ada = person();
    for (let n = 0; n < ROOM.capacity; n++) {
      const socket = await greeter.join({ principal: ada });
      socket.close();
      await socket.closed;
    }
    for (let n = 0; n < 3; n++) {
      const { code, error } = await refusalOf(await greeter.open({ principal: ada }));
      expect([code, error["message"]]).toEqual([4429, "You connect too often"]);
    }
    clock.advance(1_000 / ROOM.perSecond);
    await greeter.join({ principal: ada });
    expect(await refusalOf(await greeter.open({ principal: ada }))).toMatchObject({ code: 4429 });
  });

  test("do not take other people's room, and strangers are not counted", async () => {
    useClock();
    const greeter = newGreeter();
    const ada = person();
    for (let n = 0; n < ROOM.open; n++) await greeter.join({ principal: ada });
    await greeter.join({ principal: person() });
    for (let n = 0; n < ROOM.open + ROOM.capacity; n++) await greeter.join();
    expect(await refusalOf(await greeter.open({ principal: ada }))).toMatchObject({ code: 4429 });
    expect((await greeter.rpc.inspect({})).sockets).toMatchObject({
      open: ROOM.open + 1 + ROOM.open + ROOM.capacity,
      anonymous: ROOM.open + ROOM.capacity,
    });
  });
});
