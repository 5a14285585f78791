import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { migrate } from "../../../parties/kernel/migrations.ts";
import { newId } from "../../../parties/kernel/index.ts";
import { hashOf } from "../../../parties/session/secrets.ts";
import { sessionSpec } from "../../../parties/session/spec.ts";
import { deviceIdSchema } from "../../../schema/ids.ts";
import { crash } from "../../helpers/objects.ts";
import { givenSessions } from "../support.ts";

test("sessions of the first version are good as before, and each has become a device", async () => {
  const sessions = givenSessions();
  await sessions.party.listSessions({});
  const old = ["laptop", "phone"].map((name) => ({
    sessionId: newId("session"),
    secret: `the ${name}'s secret`,
    accessSecret: `the ${name}'s access token`,
  }));
  const profile = { ...sessions.user, email: null, role: "user" as const };
  const now = Date.now();
  await runInDurableObject(sessions.object, (_, { storage }) => {
    const { sql } = storage;
    const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
    for (const { name } of tables) if (!/^(?:k_|_cf|sqlite)/.test(name)) sql.exec(`DROP TABLE "${name}"`);
    sql.exec("DELETE FROM k_migrations WHERE id NOT LIKE 'kernel/%'");
    migrate(storage, sessionSpec.migrations.slice(0, 1), 0);
    sql.exec("INSERT INTO profile VALUES (1, ?)", JSON.stringify(profile));
    for (const { sessionId, secret, accessSecret } of old) {
      const hashes = [hashOf(secret), hashOf(accessSecret)];
      sql.exec(
        "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, '192.0.2.7', NULL)",
        ...[sessionId, ...hashes, now + 60_000, now, now, now + 86_400_000],
      );
    }
    sql.exec("INSERT INTO doors VALUES (?, 'session', ?)", old[0]?.sessionId ?? "", sessions.user.id);
    sql.exec(
      "INSERT INTO tickets VALUES (?, ?, 'post', 'a:b', ?)",
      ...[hashOf("a ticket"), old[1]?.sessionId ?? "", now + 30_000],
    );
  });
  await crash(sessions.object);

  for (const held of old) {
    expect(await sessions.cookie(held)).toMatchObject({ valid: true, account: profile, needsRefresh: true });
    expect(await sessions.access(held)).toMatchObject({ valid: true });
  }
  expect(await sessions.party.redeemTicket({ secret: "a ticket", party: "post", name: "a:b" })).toMatchObject({
    valid: true,
  });
  const { sessions: list } = await sessions.party.listSessions({});
  expect(list).toHaveLength(2);
  for (const { deviceId, presence } of list) {
    expect(deviceIdSchema.safeParse(deviceId).success).toBe(true);
    expect(presence).toBe("offline");
  }
  expect(new Set(list.map(({ deviceId }) => deviceId)).size).toBe(2);

  const [held] = old;
  if (held === undefined) throw new Error("There are two");
  const next = await sessions.rotate(held);
  expect(await sessions.cookie(next)).toMatchObject({ valid: true, needsRefresh: false });
  expect(await sessions.party.readRefreshToken({ sessionId: held.sessionId })).toBeNull();
  const socket = await sessions.open(next);
  expect(await socket.next("initial_state")).toMatchObject({ sessionId: held.sessionId, presence: "online" });
});
