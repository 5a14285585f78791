import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { sessionStub } from "../../../parties/session/index.ts";
import { NEW_ACCOUNT } from "../../../schema/users.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { codeOf, givenSessions } from "../support.ts";
import { givenUser, identity, runUsers, unique, usersObject, usersParty } from "./support.ts";

const database = withD1Migrations();

/** What is kept of somebody beside their record. */
const dataOf = async (userId: string) => await usersParty().listData({ userId });

describe("signing in", () => {
  test("for the first time makes an account, and notes when and how", async () => {
    const clock = useClock();
    const { user, account, identity: how } = await givenUser();
    expect(account).toEqual({
      ...NEW_ACCOUNT,
      id: user.id,
      name: how.name,
      picture: null,
      email: how.email,
      role: "user",
      version: 1,
    });
    expect(await usersParty().describe({ userId: user.id })).toMatchObject({
      user: { emailVerified: true, signedInAt: clock.now() },
      identities: [{ provider: "github", subject: how.subject }],
      data: { signup_date: new Date(clock.now()).toISOString(), signup_source: "sign_in", session_count: 0 },
    });
  });

  test("again finds it, after a wake too", async () => {
    const { userId, identity: how } = await givenUser();
    await hibernate(usersObject());
    const again = await usersParty().signIn({ identity: how, isAdmin: false });
    expect(again.user).toMatchObject({ id: userId, version: 1 });
  });

  test("with another subject of the same verified address makes another account", async () => {
    const { userId, identity: how } = await givenUser();
    const other = await givenUser({ email: how.email });
    const elsewhere = await givenUser({ ...how, provider: "google" });
    expect(new Set([userId, other.userId, elsewhere.userId]).size).toBe(3);
  });

  test("twice at once for the first time makes one account", async () => {
    const how = identity();
    const both = await Promise.all(
      [1, 2, 3].map(async () => await usersParty().signIn({ identity: how, isAdmin: false })),
    );
    expect(new Set(both.map(({ user }) => user.id)).size).toBe(1);
  });

  test("brings what the provider has changed, and keeps what its owner has", async () => {
    const { userId, identity: how } = await givenUser({ name: "Ada A", picture: "https://a.example/1.png" });
    await usersParty().changeProfile({ userId, changes: { name: "Countess", picture: null } });
    const same = await usersParty().signIn({ identity: how, isAdmin: false });
    expect(same.user).toMatchObject({ name: "Countess", picture: null });
    const told = { ...how, name: "Ada B", email: "new@example.com", emailVerified: false };
    const changed = await usersParty().signIn({ identity: told, isAdmin: false });
    expect(changed.user).toMatchObject({
      name: "Ada B",
      picture: null,
      email: "new@example.com",
      emailVerified: false,
    });
  });

  test("makes an operator of whom the settings name, and never takes a role away", async () => {
    const { userId, identity: how } = await givenUser();
    await usersParty().update({ userId, changes: { role: "admin" } });
    expect((await usersParty().signIn({ identity: how, isAdmin: false })).account.role).toBe("admin");
    expect((await usersParty().signIn({ identity: how, isAdmin: true })).account.role).toBe("super_admin");
    expect((await usersParty().signIn({ identity: how, isAdmin: false })).account.role).toBe("super_admin");
  });

  test.each(["invited", "inactive"] as const)("makes an account that was %s active", async (status) => {
    const { userId, identity: how } = await givenUser();
    await usersParty().update({ userId, changes: { status } });
    expect((await usersParty().signIn({ identity: how, isAdmin: false })).account.status).toBe("active");
  });

  test("to a suspended account is refused", async () => {
    const { userId, identity: how } = await givenUser();
    await usersParty().update({ userId, changes: { status: "suspended" } });
    expect(await codeOf(usersParty().signIn({ identity: how, isAdmin: false }))).toBe("forbidden");
    expect((await usersParty().find({ userId })).status).toBe("suspended");
  });

  test("is counted by the session party, with device and address, the failures too, the newest fifty", async () => {
    const clock = useClock();
    const { user, account } = await givenUser();
    const sessions = givenSessions({ id: user.id, name: user.name, picture: null });
    const chrome =
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
    for (let n = 0; n < 3; n += 1) {
      clock.advance(1_000);
      await sessions.create({ account, userAgent: chrome, ipAddress: `192.0.2.${n}` });
    }
    await sessions.fail();
    clock.advance(1_000);
    await ringAlarms(sessions.object);
    const data = await dataOf(user.id);
    expect(data.session_count).toBe(3);
    expect(data.login_history).toEqual([
      ...[0, 1, 2].map((n) => ({
        timestamp: new Date(clock.now() - (3 - n) * 1_000).toISOString(),
        device: "Chrome on Linux",
        ip: `192.0.2.${n}`,
        success: true,
      })),
      expect.objectContaining({ success: false, ip: "127.0.0.1" }),
    ]);
    expect(data.last_active).toBe(new Date(clock.now() - 1_000).toISOString());
    for (let n = 0; n < 60; n += 1)
      await usersParty().noteActivity({
        userId: user.id,
        at: clock.now() + n,
        login: { device: "d", ip: null, success: true },
      });
    const after = await dataOf(user.id);
    expect(after.login_history).toHaveLength(50);
    expect(after.session_count).toBe(63);
  });

  test("that is over is no news: activity reaches the account within the hour, once", async () => {
    const clock = useClock();
    const { user, account } = await givenUser();
    const sessions = givenSessions({ id: user.id, name: user.name, picture: null });
    const held = await sessions.create({ account });
    clock.advance(1_000);
    await ringAlarms(sessions.object);
    for (let minute = 0; minute < 10; minute += 1) {
      clock.advance(60_000);
      await sessions.cookie(held);
    }
    const seen = await rowsOf(sessions.object, "k_outbox");
    expect(seen.filter(({ slot }) => slot === "seen")).toHaveLength(1);
    const lastSeen = clock.now();
    clock.advance(60 * 60_000);
    await ringAlarms(sessions.object);
    expect((await dataOf(user.id)).last_active).toBe(new Date(lastSeen).toISOString());
  });

  test("of nobody we know is not counted", async () => {
    const stranger = givenSessions();
    await usersParty().noteActivity({ userId: stranger.user.id, at: 1, login: null });
    expect(await codeOf(usersParty().find({ userId: stranger.user.id }))).toBe("not_found");
  });
});

describe("the copies of an account", () => {
  test("in D1 follow every change, and a late one changes nothing", async () => {
    const clock = useClock();
    const { userId, user } = await givenUser({ name: "Grâce Hopper", email: "Grace@Example.com" });
    const inD1 = async () => await database.prepare("SELECT * FROM users WHERE id = ?").bind(userId).first();
    clock.advance(1_000);
    await runUsers();
    expect(await inD1()).toEqual({
      id: userId,
      name: "Grâce Hopper",
      picture: null,
      email: "Grace@Example.com",
      email_verified: 1,
      role: "user",
      status: "active",
      created_at: user.createdAt,
      updated_at: user.updatedAt,
      delete_at: null,
      deleted_at: null,
      search: "grace hopper grace@example.com",
      version: 1,
    });
    const late = await usersParty().changeProfile({ userId, changes: { name: "Grace I" } });
    await usersParty().changeProfile({ userId, changes: { name: "Grace II" } });
    clock.advance(1_000);
    await runUsers();
    await database
      .prepare(late.projection.sql)
      .bind(...late.projection.params)
      .run();
    expect(await inD1()).toMatchObject({ name: "Grace II", version: 3 });
  });

  test("with the person's devices follow too, once there is one, and nobody gets a session party by it", async () => {
    const name = unique("Ina");
    const { id } = await usersParty().create({ attributes: { name } });
    await usersParty().update({ userId: id, changes: { name: `${name} B` } });
    const lanes = (await rowsOf(usersObject(), "k_outbox")).map(({ lane }) => lane);
    expect(lanes).not.toContain(`party session ${id}`);
  });

  test("with the devices get what changes live, in order, and never an older one", async () => {
    useClock();
    const { user, account } = await givenUser();
    const sessions = givenSessions({ id: user.id, name: user.name, picture: null });
    const held = await sessions.create({ account });
    const socket = await sessions.join(held);
    const newer = await usersParty().changeProfile({ userId: user.id, changes: { name: "Ada II" } });
    await runUsers();
    expect(await socket.next("account_updated")).toMatchObject({ account: { name: "Ada II", version: 2 } });
    const party = sessionStub(env, { userId: user.id });
    await party.updateAccount({ ...account, name: "late" });
    await party.updateAccount(newer.account);
    const found = await sessions.cookie(held);
    expect(found).toMatchObject({ account: { name: "Ada II" }, principal: { user: { name: "Ada II" } } });
    await party.updateAccount({ ...newer.account, name: "Ada III", version: 9 });
    expect(await socket.next("account_updated")).toMatchObject({ account: { name: "Ada III" } });
  });
});
