import { describe, expect, test } from "vitest";
import { USER_DATA, USER_DATA_KEYS, type UserDataKey } from "../../../schema/user-data.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { hibernate, rowsOf } from "../../helpers/objects.ts";
import { codeOf, givenSessions, refusal } from "../support.ts";
import { givenUser, runUsers, usersObject, usersParty } from "./support.ts";

withD1Migrations();

const PREFERENCES = { theme: "dark", notifications: false, language: "de-AT", timezone: "Europe/Vienna" } as const;
const START = "2026-01-01T00:00:00.000Z";
/** A value of each key, and one that is not. */
const VALUES: Record<UserDataKey, { good: unknown; bad: unknown; at: (string | number)[] }> = {
  preferences: { good: PREFERENCES, bad: { ...PREFERENCES, timezone: "Mars/Olympus" }, at: ["timezone"] },
  feature_flags: { good: { beta_features: true }, bad: { beta_features: "yes" }, at: ["beta_features"] },
  onboarding_status: {
    good: { step: "complete", completed: true, started_at: START, completed_at: START },
    bad: { step: "somewhere", completed: true, started_at: START },
    at: ["step"],
  },
  session_count: { good: 3, bad: -1, at: [] },
  last_active: { good: START, bad: "yesterday", at: [] },
  login_history: { good: [{ timestamp: START, success: true }], bad: [{ timestamp: START }], at: [0, "success"] },
  name_history: {
    good: [{ first_name: "Ada", last_name: "Ash", timestamp: START }],
    bad: [{ first_name: "Ada", timestamp: START }],
    at: [0, "last_name"],
  },
  last_clerk_sync: { good: START, bad: 7, at: [] },
  signup_date: { good: START, bad: "2026-13-01", at: [] },
  signup_source: { good: "clerk", bad: "nowhere", at: [] },
};

describe("the value of", () => {
  test.each(USER_DATA_KEYS)("%s has a schema, and one who writes it", async (key) => {
    const { good, bad, at } = VALUES[key];
    expect(USER_DATA[key].schema.safeParse(good).data).toEqual(good);
    expect(USER_DATA[key].schema.safeParse(bad).error?.issues[0]?.path).toEqual(at);
    const { userId } = await givenUser();
    const write = (value: unknown) => usersParty().writeData({ userId, key, value });
    if (USER_DATA[key].writer === "self") {
      expect((await write(good)).entry).toMatchObject({ value: good });
      expect((await refusal(write(bad))).issues?.[0]?.path).toEqual(at);
      expect((await usersParty().readData({ userId, key })).value).toEqual(good);
    } else {
      expect(await codeOf(write(good))).toBe("forbidden");
      expect(await codeOf(usersParty().removeData({ userId, key }))).toBe("forbidden");
    }
  });

  test.each([
    { ...PREFERENCES, language: "not a language" },
    { ...PREFERENCES, language: "" },
    { ...PREFERENCES, theme: "blue" },
    { ...PREFERENCES, notifications: "yes" },
    { ...PREFERENCES, font: "papyrus" },
    { theme: "dark" },
    null,
    "dark",
  ])("preferences is not %j", async (value) => {
    const { userId } = await givenUser();
    expect(await codeOf(usersParty().writeData({ userId, key: "preferences", value }))).toBe("unprocessable");
  });
});

describe("what is kept of somebody", () => {
  test("reads as it was written, after a wake too, and goes back to what it was at first", async () => {
    const { userId } = await givenUser();
    expect((await usersParty().readData({ userId, key: "preferences" })).updatedAt).toBeNull();
    await usersParty().writeData({ userId, key: "preferences", value: PREFERENCES });
    await hibernate(usersObject());
    expect((await usersParty().listData({ userId })).preferences).toEqual(PREFERENCES);
    await usersParty().removeData({ userId, key: "preferences" });
    expect((await usersParty().readData({ userId, key: "preferences" })).value).toEqual(USER_DATA.preferences.initial);
    await usersParty().removeData({ userId, key: "onboarding_status" });
    expect(await usersParty().readData({ userId, key: "onboarding_status" })).toEqual({ updatedAt: null });
  });

  test("reaches their open devices live: preferences by themselves, flags by an administrator", async () => {
    useClock();
    const admin = await givenUser({}, true);
    const { user, account, userId } = await givenUser();
    const sessions = givenSessions({ id: userId, name: user.name, picture: null });
    const held = [await sessions.create({ account }), await sessions.create({ account })] as const;
    const sockets = [await sessions.join(held[0]), await sessions.join(held[1])] as const;
    await usersParty().writeData({ userId, key: "preferences", value: PREFERENCES });
    await runUsers();
    await usersParty().changeUser({ actorId: admin.userId, userId, changes: { flags: { beta: true } } });
    await runUsers();
    for (const socket of sockets) {
      expect(await socket.next("account_updated")).toMatchObject({ account: { preferences: PREFERENCES, flags: {} } });
      expect(await socket.next("account_updated")).toMatchObject({
        account: { preferences: PREFERENCES, flags: { beta: true }, version: 3 },
      });
    }
    const late = await sessions.open(held[0]);
    expect(await late.next("initial_state")).toMatchObject({ account: { flags: { beta: true } } });
  });

  test("holds at most a hundred flags", async () => {
    const admin = await givenUser({}, true);
    const { userId } = await givenUser();
    const flags = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`flag_${n}`, true]));
    await usersParty().changeUser({ actorId: admin.userId, userId, changes: { flags } });
    const more = { actorId: admin.userId, userId, changes: { flags: { one_more: true } } };
    expect(await codeOf(usersParty().changeUser(more))).toBe("unprocessable");
  });

  test("goes with them", async () => {
    const { userId } = await givenUser();
    await usersParty().writeData({ userId, key: "preferences", value: PREFERENCES });
    await usersParty().changeProfile({ userId, changes: { name: "Somebody Else" } });
    await usersParty().destroy({ userId });
    for (const table of ["user_data", "identities", "names_seen", "users"]) {
      const rows = await rowsOf(usersObject(), table);
      expect(rows.filter((row) => row["user_id"] === userId || row["id"] === userId)).toEqual([]);
    }
    expect(await codeOf(usersParty().listData({ userId }))).toBe("not_found");
    expect(await codeOf(usersParty().writeData({ userId, key: "preferences", value: PREFERENCES }))).toBe("not_found");
  });
});

describe("the history of names", () => {
  test("has each real change once, in order, without the first name", async () => {
    const clock = useClock();
    const { userId, identity } = await givenUser({ name: "Ada Ash" });
    const at: string[] = [];
    for (const name of ["Ada Birch", "Ada Birch", "Cher", "Ada Ash"]) {
      clock.advance(1_000);
      at.push(new Date(clock.now()).toISOString());
      await usersParty().changeProfile({ userId, changes: { name } });
    }
    await usersParty().signIn({ identity, isAdmin: false });
    expect((await usersParty().listData({ userId })).name_history).toEqual([
      { first_name: "Ada", last_name: "Birch", timestamp: at[0] },
      { first_name: "Cher", last_name: "", timestamp: at[2] },
      { first_name: "Ada", last_name: "Ash", timestamp: at[3] },
    ]);
  });

  test("keeps the newest fifty", async () => {
    const clock = useClock();
    const { userId } = await givenUser();
    for (let n = 0; n < 230; n += 1) {
      clock.advance(1_000);
      await usersParty().changeProfile({ userId, changes: { name: `Name ${n}` } });
    }
    const { name_history: history = [] } = await usersParty().listData({ userId });
    expect(history.map(({ last_name: n }) => Number(n))).toEqual(Array.from({ length: 50 }, (_, n) => 180 + n));
    const seen = (await rowsOf(usersObject(), "names_seen")).filter((row) => row["user_id"] === userId);
    expect(seen).toHaveLength(200);
  });
});
