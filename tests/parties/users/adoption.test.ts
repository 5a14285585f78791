import { runInDurableObject } from "cloudflare:test";
import { drizzle } from "drizzle-orm/d1";
import { expect, test } from "vitest";
import { newId } from "../../../parties/kernel/index.ts";
import * as d1 from "../../../schema/d1.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { crash } from "../../helpers/objects.ts";
import { identity, runUsers, unique, usersObject, usersParty } from "./support.ts";

const database = withD1Migrations();

/** Accounts as they stood in D1 before there was a users party. */
async function givenOldAccounts(count: number) {
  const people = Array.from({ length: count }, (_, n) => ({
    id: newId("user"),
    name: `Old ${n}`,
    email: `${unique()}@example.com`,
    role: n === 0 ? ("admin" as const) : ("user" as const),
    createdAt: 1_000 + n,
    updatedAt: 2_000 + n,
    version: 4,
  }));
  const ways = people.map(({ id }) => ({ provider: "github", subject: unique(), userId: id, createdAt: 1_500 }));
  const db = drizzle(database);
  for (const person of people) await db.insert(d1.users).values(person);
  for (const way of ways) await db.insert(d1.identities).values(way);
  return people.map((person, n) => ({ ...person, subject: ways[n]?.subject ?? "" }));
}

/** Makes the party one that has taken nobody over yet. */
async function forgetAdoption(): Promise<void> {
  await usersParty().count({});
  await runInDurableObject(usersObject(), (_, { storage }) => {
    storage.sql.exec("DELETE FROM facts WHERE name = 'adopted_from_d1'");
  });
  await crash(usersObject());
}

test("accounts from before there was a users party are taken over when it first starts, with their ways in", async () => {
  const clock = useClock();
  // More than a page.
  const old = await givenOldAccounts(130);
  await forgetAdoption();
  const [first, second] = old;
  const again = await usersParty().signIn({
    identity: identity({ subject: first?.subject ?? "", name: "Old 0", email: first?.email ?? null }),
    isAdmin: false,
  });
  expect(again.user).toMatchObject({ id: first?.id, role: "admin", createdAt: 1_000, version: 6 });
  expect(await usersParty().count({ where: { id: old.slice(0, 100).map(({ id }) => id) } })).toBe(100);
  expect(await usersParty().describe({ userId: second?.id ?? "" })).toMatchObject({
    identities: [{ provider: "github", subject: second?.subject }],
    data: { signup_date: "1970-01-01T00:00:01.001Z", signup_source: "sign_in" },
  });
  clock.advance(1_000);
  await runUsers();
  const row = await database.prepare("SELECT search, version FROM users WHERE id = ?").bind(second?.id).first();
  expect(row).toEqual({ search: `old 1 ${second?.email}`, version: 5 });
});

test("what has changed since is not taken back when a crash makes it begin again", async () => {
  const [person] = await givenOldAccounts(1);
  await forgetAdoption();
  const userId = person?.id ?? "";
  await usersParty().update({ userId, changes: { name: "New Name" } });
  await forgetAdoption();
  expect((await usersParty().find({ userId })).name).toBe("New Name");
});
