import { describe, expect, test } from "vitest";
import { DELETION_WAIT_MS } from "../../../schema/users.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { breakD1 } from "../../helpers/faults.ts";
import { crash, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { codeOf, givenPost } from "../support.ts";
import { givenUser, runUsers, usersObject, usersParty } from "./support.ts";

const database = withD1Migrations();

const deletionJobs = async (userId: string) =>
  (await rowsOf(usersObject(), "k_jobs")).filter(({ id }) => id === `delete ${userId}`);

describe("a person who deletes their account", () => {
  test("is gone after seven days, and not before", async () => {
    const clock = useClock();
    const { userId } = await givenUser();
    const { user } = await usersParty().requestDeletion({ userId });
    expect(user.deleteAt).toBe(clock.now() + DELETION_WAIT_MS);
    clock.advance(DELETION_WAIT_MS - 1);
    await runUsers();
    expect(await usersParty().find({ userId })).toMatchObject({ id: userId });
    await crash(usersObject());
    clock.advance(1);
    await runUsers();
    expect(await codeOf(usersParty().find({ userId }))).toBe("not_found");
  });

  test("who asks again keeps the first date", async () => {
    const clock = useClock();
    const { userId } = await givenUser();
    const { user } = await usersParty().requestDeletion({ userId });
    clock.advance(24 * 60 * 60_000);
    expect((await usersParty().requestDeletion({ userId })).user.deleteAt).toBe(user.deleteAt);
  });

  test("can take it back until then, also by signing in first, and begin anew", async () => {
    const clock = useClock();
    const { userId, identity } = await givenUser();
    await usersParty().requestDeletion({ userId });
    expect((await usersParty().signIn({ identity, isAdmin: false })).account.deleteAt).toBe(
      clock.now() + DELETION_WAIT_MS,
    );
    clock.advance(DELETION_WAIT_MS - 1);
    await usersParty().cancelDeletion({ userId });
    expect(await deletionJobs(userId)).toEqual([]);
    clock.advance(DELETION_WAIT_MS);
    await runUsers();
    const { user } = await usersParty().requestDeletion({ userId });
    expect(user.deleteAt).toBe(clock.now() + DELETION_WAIT_MS);
    expect(await deletionJobs(userId)).toMatchObject([{ due_at: user.deleteAt }]);
  });

  test("has it written down, each time once", async () => {
    const clock = useClock();
    const { userId } = await givenUser();
    await usersParty().cancelDeletion({ userId });
    await usersParty().requestDeletion({ userId });
    await usersParty().requestDeletion({ userId });
    await usersParty().cancelDeletion({ userId });
    await usersParty().destroy({ userId });
    clock.advance(1_000);
    await runUsers();
    const { results } = await database
      .prepare("SELECT kind FROM audit_log WHERE user_id = ? ORDER BY kind")
      .bind(userId)
      .all();
    expect(results.map(({ kind }) => kind)).toEqual(["account_deleted", "deletion_cancelled", "deletion_requested"]);
  });
});

describe("what somebody wrote", () => {
  test("stays when they are gone, as by a deleted person, for those who read it and for those who come", async () => {
    const clock = useClock();
    const { userId, user } = await givenUser({ name: "Ada Ash" });
    const post = await givenPost();
    const reader = await post.join();
    const me = {
      kind: "user",
      user: { id: userId, name: user.name, picture: null },
      role: "user",
      sessionId: "ses_0000000000000000000s1",
    } as const;
    await post.party.addComment({ principal: me, content: "I was here" });
    await reader.next("comment");
    clock.advance(60_000);
    await ringAlarms(post.object);
    await usersParty().destroy({ userId });
    clock.advance(1_000);
    await runUsers();
    const gone = { id: userId, name: "Deleted person", picture: null };
    expect(await reader.next("resync")).toMatchObject({
      state: { comments: [{ content: "I was here", author: gone }] },
    });
    const late = await post.open();
    expect(await late.next("welcome")).toMatchObject({ state: { comments: [{ author: gone }] } });
    const row = await database.prepare("SELECT * FROM users WHERE id = ?").bind(userId).first();
    expect(row).toMatchObject({ name: "Deleted person", email: null, search: "", deleted_at: clock.now() - 1_000 });
  });

  test("is found also where it was still on its way to the database", async () => {
    const clock = useClock();
    const { userId, user } = await givenUser({ name: "Ada Ash" });
    const post = await givenPost();
    const me = {
      kind: "user",
      user: { id: userId, name: user.name, picture: null },
      role: "user",
      sessionId: "ses_0000000000000000000s1",
    } as const;
    await post.party.addComment({ principal: me, content: "I was here" });
    await usersParty().destroy({ userId });
    await runUsers();
    const nameOfFirst = async () => (await post.party.getRecentComments({ limit: 1 }))[0]?.author.name;
    expect(await nameOfFirst()).toBe("Ada Ash");
    clock.advance(60_000);
    await ringAlarms(post.object);
    clock.advance(10 * 60_000);
    await runUsers();
    expect(await nameOfFirst()).toBe("Deleted person");
  });

  test("bears the name of its author no more, whether or not anybody has read it", async () => {
    const clock = useClock();
    const post = await givenPost();
    const known = await givenUser();
    await database.prepare("UPDATE posts SET author_id = ? WHERE id = ?").bind(known.userId, post.postId).run();
    await runUsers();
    clock.advance(1_000);
    await runUsers();
    const before = await post.open();
    expect(await before.next("welcome")).toMatchObject({ state: { post: { author: { name: "Ada Ash" } } } });
    await usersParty().destroy({ userId: known.userId });
    clock.advance(1_000);
    await runUsers();
    expect(await before.next("resync")).toMatchObject({ state: { post: { author: { name: "Deleted person" } } } });
  });

  test("is told once the database is back", async () => {
    const clock = useClock();
    const { userId } = await givenUser();
    const faults = breakD1("users:singleton");
    faults.fail("before");
    await usersParty().destroy({ userId });
    clock.advance(1_000);
    await runUsers();
    faults.heal();
    clock.advance(60 * 60_000);
    await runUsers();
    const row = await database.prepare("SELECT name, deleted_at FROM users WHERE id = ?").bind(userId).first();
    expect(row).toMatchObject({ name: "Deleted person" });
  });
});
