import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { sessionStub } from "../../../parties/session/index.ts";
import type { Role } from "../../../schema/principal.ts";
import type { UserStatus } from "../../../schema/users.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { breakDeliveries } from "../../helpers/faults.ts";
import { hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { codeOf, givenPost, givenSessions } from "../support.ts";
import { givenUser, runUsers, usersParty } from "./support.ts";

const database = withD1Migrations();

/** Somebody with an account, signed in on two devices with a socket each. */
async function givenDevices() {
  const clock = useClock();
  const { user, account, userId, identity } = await givenUser();
  const sessions = givenSessions({ id: userId, name: user.name, picture: null });
  const held = [await sessions.create({ account }), await sessions.create({ account })] as const;
  const sockets = [await sessions.join(held[0]), await sessions.join(held[1])] as const;
  return { clock, account, userId, identity, sessions, held, sockets };
}

async function givenRole(role: Role, status: UserStatus = "active"): Promise<string> {
  const { userId } = await givenUser();
  await usersParty().update({ userId, changes: { role, status } });
  return userId;
}

describe("a suspended person", () => {
  test("is out at once: sessions, tokens, tickets and sockets, sleeping ones too", async () => {
    const { userId, sessions, held, sockets } = await givenDevices();
    const post = await givenPost();
    const reading = await sessions.join(held[0], { to: { party: "post", name: post.name } });
    const { secret } = await sessions.party.issueTicket({
      sessionId: held[0].sessionId,
      party: "post",
      name: post.name,
    });
    await hibernate(sessions.object);
    await hibernate(post.object);
    await usersParty().update({ userId, changes: { status: "suspended" } });
    await runUsers();
    await ringAlarms(sessions.object);
    for (const socket of [...sockets, reading]) {
      await socket.next("logged_out");
      expect((await socket.closed).code).toBe(4401);
    }
    for (const each of held) {
      expect(await sessions.cookie(each)).toEqual({ valid: false });
      expect(await sessions.access(each)).toEqual({ valid: false });
    }
    expect(await sessions.party.redeemTicket({ secret, party: "post", name: post.name })).toEqual({ valid: false });
  });

  test("stays out while a sign-in that began before still comes through, until the suspension ends", async () => {
    const { userId, sessions, account, identity } = await givenDevices();
    await usersParty().update({ userId, changes: { status: "suspended" } });
    await runUsers();
    // The account as it was when somebody began to sign in.
    expect(await codeOf(sessions.create({ account }))).toBe("forbidden");
    await usersParty().update({ userId, changes: { status: "active" } });
    await runUsers();
    const { account: now } = await usersParty().signIn({ identity, isAdmin: false });
    expect(await sessions.cookie(await sessions.create({ account: now }))).toMatchObject({ valid: true });
  });

  test("is out also where the session party was away when it was told", async () => {
    const { userId, sessions, held, clock } = await givenDevices();
    const deliveries = breakDeliveries(userId);
    deliveries.fail("before", 1);
    await usersParty().update({ userId, changes: { status: "suspended" } });
    await runUsers();
    expect(await sessions.cookie(held[0])).toMatchObject({ valid: true });
    clock.advance(60_000);
    await runUsers();
    expect(await sessions.cookie(held[0])).toEqual({ valid: false });
  });
});

test("another role reaches the next request, and every socket opens anew with it", async () => {
  const { userId, sessions, held, sockets } = await givenDevices();
  await usersParty().update({ userId, changes: { role: "admin" } });
  await runUsers();
  expect(await sessions.cookie(held[0])).toMatchObject({ principal: { role: "admin" } });
  await ringAlarms(sessions.object);
  for (const socket of sockets) expect((await socket.closed).code).toBe(1013);
  expect(await sessions.cookie(held[1])).toMatchObject({ valid: true });
});

describe("what administrators may do", () => {
  const change = async (actorId: string, userId: string, changes: object) =>
    await codeOf(usersParty().changeUser({ actorId, userId, changes })).catch(() => "done");

  test.each<[Role, Role, object, string]>([
    ["user", "user", { status: "suspended" }, "forbidden"],
    ["admin", "user", { status: "suspended" }, "done"],
    ["admin", "user", { flags: { beta: true } }, "done"],
    ["admin", "user", { name: "Renamed" }, "done"],
    ["admin", "user", { role: "admin" }, "forbidden"],
    ["admin", "admin", { status: "suspended" }, "forbidden"],
    ["admin", "super_admin", { name: "Renamed" }, "forbidden"],
    ["super_admin", "user", { role: "admin" }, "done"],
    ["super_admin", "super_admin", { role: "user" }, "done"],
    ["super_admin", "admin", { status: "inactive" }, "done"],
  ])("a %s to a %s: %j is %s", async (actor, target, changes, outcome) => {
    expect(await change(await givenRole(actor), await givenRole(target), changes)).toBe(outcome);
  });

  test("nobody changes their own role or status, or deletes themselves so", async () => {
    const actorId = await givenRole("super_admin");
    expect(await change(actorId, actorId, { role: "user" })).toBe("forbidden");
    expect(await change(actorId, actorId, { status: "inactive" })).toBe("forbidden");
    expect(await change(actorId, actorId, { name: "Grace" })).toBe("done");
    expect(await codeOf(usersParty().removeUser({ actorId, userId: actorId }))).toBe("forbidden");
  });

  test("is decided by what the actor is now: suspended, or of another role by now, is refused", async () => {
    const suspended = await givenRole("super_admin", "suspended");
    const stranger = (await givenUser()).userId;
    const userId = await givenRole("user");
    expect(await change(suspended, userId, { name: "x" })).toBe("forbidden");
    expect(await change(stranger, userId, { name: "x" })).toBe("forbidden");
    expect(await codeOf(usersParty().removeUser({ actorId: stranger, userId }))).toBe("forbidden");
  });

  test("is written down with who did it and what it was", async () => {
    const clock = useClock();
    const actorId = await givenRole("super_admin");
    const { userId, user } = await givenUser();
    const flags = { beta: true, old: null };
    const changes = { name: "New Name", role: "admin", status: "inactive", flags } as const;
    await usersParty().changeUser({ actorId, userId, changes });
    // The same again is no change.
    await usersParty().changeUser({ actorId, userId, changes: { role: "admin" } });
    clock.advance(1_000);
    await runUsers();
    const { results } = await database
      .prepare("SELECT kind, actor_id, detail FROM audit_log WHERE user_id = ? ORDER BY kind")
      .bind(userId)
      .all();
    expect(results).toEqual([
      { kind: "flags_changed", actor_id: actorId, detail: "beta on, old removed" },
      { kind: "name_changed", actor_id: actorId, detail: `${user.name} to New Name` },
      { kind: "role_changed", actor_id: actorId, detail: "user to admin" },
      { kind: "status_changed", actor_id: actorId, detail: "active to inactive" },
    ]);
    const { data } = await usersParty().describe({ userId });
    expect(data.feature_flags).toEqual({ beta: true });
    expect(data.name_history).toEqual([
      {
        first_name: "New",
        last_name: "Name",
        timestamp: new Date(clock.now() - 1_000).toISOString(),
        changed_by: actorId,
      },
    ]);
  });

  test("a suspension that is lifted by one is forgotten with who did it", async () => {
    const actorId = await givenRole("admin");
    const userId = await givenRole("user");
    await usersParty().changeUser({ actorId, userId, changes: { status: "suspended" } });
    expect((await usersParty().find({ userId })).suspendedBy).toBe(actorId);
    await usersParty().changeUser({ actorId, userId, changes: { status: "active" } });
    expect((await usersParty().find({ userId })).suspendedBy).toBeNull();
  });
});

test("a person's session party that hears of the end of their account forgets everything, for good", async () => {
  const { userId, sessions, held, account, sockets } = await givenDevices();
  await sockets[0].ask({ type: "join_game", gameId: "chess" });
  await usersParty().destroy({ userId });
  await runUsers();
  await ringAlarms(sessions.object);
  expect((await sockets[0].closed).code).toBe(4401);
  expect(await rowsOf(sessions.object, "active_games")).toEqual([]);
  expect(await sessions.cookie(held[1])).toEqual({ valid: false });
  expect(await codeOf(sessions.create({ account }))).toBe("gone");
  const party = sessionStub(env, { userId });
  await party.updateAccount({ ...account, version: 2 });
  expect(await codeOf(sessions.create({ account }))).toBe("gone");
});
