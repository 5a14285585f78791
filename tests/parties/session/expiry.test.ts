import { expect, test } from "vitest";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { alarmOf, hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { givenSessions } from "../support.ts";

withD1Migrations();
const DAY_MS = 24 * 60 * 60_000;

test("a job clears what has expired, when it has, and then has nothing to do", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const [idle, made] = [await sessions.create(), await sessions.create()];
  // What signing in owes to the audit log goes first.
  await ringAlarms(sessions.object);
  clock.advance(500);
  expect(await ringAlarms(sessions.object)).toBe(1);
  expect(await alarmOf(sessions.object)).toBe(clock.now() - 500 + 7 * DAY_MS);

  clock.advance(3 * DAY_MS - 500);
  const used = await sessions.rotate(made);
  await hibernate(sessions.object);
  clock.advance(4 * DAY_MS - 1);
  expect(await ringAlarms(sessions.object)).toBe(0);
  expect(await rowsOf(sessions.object, "sessions")).toHaveLength(2);
  clock.advance(1);
  expect(await ringAlarms(sessions.object)).toBe(1);
  expect((await rowsOf(sessions.object, "sessions")).map((row) => row["id"])).toEqual([used.sessionId]);
  expect(await rowsOf(sessions.object, "retired_secrets")).toHaveLength(1);
  expect(await sessions.cookie(idle)).toEqual({ valid: false });

  clock.advance(3 * DAY_MS);
  expect(await ringAlarms(sessions.object)).toBe(1);
  for (const table of ["sessions", "retired_secrets", "tickets", "doors"])
    expect(await rowsOf(sessions.object, table)).toEqual([]);
  expect(await alarmOf(sessions.object)).toBeNull();
});

test("what all devices share outlives the last session", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const socket = await sessions.join(await sessions.create());
  await socket.ask({ type: "join_game", gameId: "chess" });
  await socket.ask({ type: "update_settings", settings: { theme: "dark" } });
  await socket.ask({ type: "update_presence", presence: "away" });
  clock.advance(7 * DAY_MS);
  await ringAlarms(sessions.object);
  expect(await socket.closed).toMatchObject({ code: 4401 });
  expect(await rowsOf(sessions.object, "sessions")).toEqual([]);

  const { sessionId } = await sessions.create();
  expect(await sessions.party.readState({ sessionId })).toMatchObject({
    activeGames: ["chess"],
    settings: { theme: "dark" },
    presence: "offline",
    devices: [{ id: sessionId }],
  });
});

test("a session of a minute is cleared after a minute, though others have days left", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const long = await sessions.create();
  const short = await sessions.create({ expiresIn: 60 });
  const socket = await sessions.join(short);
  clock.advance(59_999);
  await ringAlarms(sessions.object);
  expect(socket.isOpen).toBe(true);
  clock.advance(1);
  await ringAlarms(sessions.object);
  expect(await socket.closed).toMatchObject({ code: 4401 });
  expect((await rowsOf(sessions.object, "sessions")).map((row) => row["id"])).toEqual([long.sessionId]);
});
