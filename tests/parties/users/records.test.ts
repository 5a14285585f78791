import { describe, expect, test } from "vitest";
import { newId } from "../../../parties/kernel/index.ts";
import { useClock } from "../../helpers/clock.ts";
import { hibernate, rowsOf } from "../../helpers/objects.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { codeOf, refusal } from "../support.ts";
import { unique, usersObject, usersParty } from "./support.ts";

withD1Migrations();

/** Some users whose names begin with a text of their own, made a minute apart. */
async function givenUsers(...more: object[]) {
  const prefix = unique("Zoe ");
  const clock = useClock();
  const made = [];
  for (const [index, attributes] of more.entries()) {
    clock.advance(60_000);
    made.push(await usersParty().create({ attributes: { name: `${prefix} ${index}`, ...attributes } }));
  }
  const mine = { name: { startsWith: prefix } };
  return { made, ids: made.map(({ id }) => id), mine, prefix, clock };
}

describe("a user that is made", () => {
  test("has the defaults, an id of ours and both times, and is found by it", async () => {
    const clock = useClock();
    const name = unique("Ada");
    const made = await usersParty().create({ attributes: { name } });
    expect(made).toMatchObject({
      name,
      picture: null,
      email: null,
      emailVerified: false,
      role: "user",
      status: "active",
      createdAt: clock.now(),
      updatedAt: clock.now(),
      version: 1,
    });
    expect(made.id).toMatch(/^usr_[\w-]{21}$/);
    await hibernate(usersObject());
    expect(await usersParty().find({ userId: made.id })).toEqual(made);
    expect(await usersParty().findBy({ where: { name } })).toEqual(made);
  });

  test("with an id that is taken is a conflict that names the field", async () => {
    const { id } = await usersParty().create({ attributes: { name: "Ada" } });
    const error = await refusal(usersParty().create({ attributes: { id, name: "Eve" } }));
    expect(error.code).toBe("conflict");
    expect(error.issues).toEqual([{ path: ["id"], message: "is taken" }]);
  });

  test.each([
    [{ name: "" }, "name"],
    [{ name: "two\nlines" }, "name"],
    [{ name: "​‌" }, "name"],
    [{ name: "x".repeat(81) }, "name"],
    [{ name: "Ada", email: "not an address" }, "email"],
    [{ name: "Ada", picture: "http://insecure.example/a.png" }, "picture"],
    [{ name: "Ada", role: "king" }, "role"],
    [{ name: "Ada", status: "asleep" }, "status"],
    [{ name: "Ada", createdAt: 1.5 }, "createdAt"],
    [{ name: "Ada", id: "usr_short" }, "id"],
  ])("from %j is refused at the field", async (attributes, field) => {
    const error = await refusal(usersParty().create({ attributes: attributes as never }));
    expect(error.code).toBe("unprocessable");
    expect(error.issues?.map(({ path }) => path[0])).toEqual([field]);
  });

  test("without attributes, or with some that are not ours, is refused", async () => {
    expect(await codeOf(usersParty().create({ attributes: null as never }))).toBe("unprocessable");
    expect(await codeOf(usersParty().create({ attributes: { name: "Ada", isRoot: true } as never }))).toBe(
      "unprocessable",
    );
  });
});

describe("asking for users", () => {
  test("by conditions that all must hold", async () => {
    const { ids, mine, made } = await givenUsers(
      { role: "admin", email: "a@example.com" },
      { status: "invited" },
      { status: "suspended", email: "b@example.com", emailVerified: true },
      {},
    );
    const found = async (where: object) =>
      (await usersParty().where({ where: { ...mine, ...where } })).users
        .map(({ id }) => ids.indexOf(id))
        .toSorted((a, b) => a - b);
    const at = made.map(({ createdAt }) => createdAt);
    expect(await found({})).toEqual([0, 1, 2, 3]);
    expect(await found({ role: "admin" })).toEqual([0]);
    expect(await found({ role: { not: "admin" } })).toEqual([1, 2, 3]);
    expect(await found({ status: ["invited", "suspended"] })).toEqual([1, 2]);
    expect(await found({ email: null })).toEqual([1, 3]);
    expect(await found({ email: { not: null } })).toEqual([0, 2]);
    expect(await found({ email: { not: "a@example.com" } })).toEqual([1, 2, 3]);
    expect(await found({ emailVerified: true })).toEqual([2]);
    expect(await found({ createdAt: { gt: at[0], lte: at[2] } })).toEqual([1, 2]);
    expect(await found({ createdAt: { gte: at[1], lt: at[3] } })).toEqual([1, 2]);
    expect(await found({ status: "active", role: "user" })).toEqual([3]);
    expect(await found({ id: ids[2] })).toEqual([2]);
  });

  test("takes %, _ and \\ in the beginning of a name for themselves", async () => {
    const { ids, prefix } = await givenUsers({}, {});
    await usersParty().update({ userId: ids[0] ?? "", changes: { name: `${prefix}100%_\\` } });
    const count = async (text: string) => await usersParty().count({ where: { name: { startsWith: prefix + text } } });
    expect(await count("100%_\\")).toBe(1);
    expect(await count("1%")).toBe(0);
    expect(await count("100__")).toBe(0);
  });

  test("in an order, page by page by key, while others come and go", async () => {
    const { ids, mine } = await givenUsers({}, {}, {}, {}, {});
    const order = { by: "createdAt", direction: "desc" } as const;
    const first = await usersParty().where({ where: mine, order, limit: 2 });
    expect(first.users.map(({ id }) => id)).toEqual([ids[4], ids[3]]);
    await usersParty().destroy({ userId: ids[3] ?? "" });
    const second = await usersParty().where({ where: mine, order, limit: 2, after: first.next ?? undefined });
    expect(second.users.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    const third = await usersParty().where({ where: mine, order, limit: 2, after: second.next ?? undefined });
    expect(third.users.map(({ id }) => id)).toEqual([ids[0]]);
    expect(third.next).toBeNull();
  });

  test("that were made at one moment gives each once", async () => {
    useClock();
    const prefix = unique("Mo ");
    const names = ["a", "b", "c", "d", "e"].map((letter) => prefix + letter);
    for (const name of names) await usersParty().create({ attributes: { name } });
    const seen: string[] = [];
    let after: [string | number, string] | undefined;
    do {
      const page = await usersParty().where({
        where: { name: { startsWith: prefix } },
        order: { by: "createdAt" },
        limit: 2,
        after,
      });
      seen.push(...page.users.map(({ name }) => name));
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(seen.toSorted()).toEqual(names);
  });

  test("for the first, for how many, for whether there are any, and for all", async () => {
    const { ids, mine, prefix } = await givenUsers({}, {}, {});
    const users = usersParty();
    expect(await users.first({ where: mine, order: { by: "name", direction: "desc" } })).toMatchObject({ id: ids[2] });
    expect(await users.first({ where: { name: `${prefix} none` } })).toBeNull();
    expect(await users.count({ where: mine })).toBe(3);
    expect(await users.exists({ where: mine })).toBe(true);
    expect(await users.exists({ where: { name: `${prefix} none` } })).toBe(false);
    expect(await users.findBy({ where: { name: `${prefix} none` } })).toBeNull();
    const newest = await users.all({ order: { by: "createdAt", direction: "desc" }, limit: 2 });
    expect(newest.users).toHaveLength(2);
    expect(newest.next).not.toBeNull();
  });

  test.each([
    { where: { shoeSize: 44 } },
    { where: { name: { near: "Ada" } } },
    { where: { createdAt: "yesterday" } },
    { order: { by: "email" } },
    { limit: 501 },
    { limit: 0 },
    { where: { id: "'; DROP TABLE users; --" } },
  ])("in a way that cannot be, %j, is refused", async (query) => {
    expect(await codeOf(usersParty().where(query as never))).toBe("bad_request");
  });
});

describe("changing a user", () => {
  test("changes what is given, the time and the version, and nothing when it is the same", async () => {
    const { made, clock } = await givenUsers({});
    const [before] = made;
    clock.advance(1_000);
    const userId = before?.id ?? "";
    const after = await usersParty().update({ userId, changes: { email: "a@example.com" } });
    expect(after).toEqual({ ...before, email: "a@example.com", updatedAt: clock.now(), version: 2 });
    clock.advance(1_000);
    expect(await usersParty().update({ userId, changes: { email: "a@example.com" } })).toEqual(after);
  });

  test("that somebody else has changed meanwhile is a conflict that names the version", async () => {
    const { ids } = await givenUsers({});
    const userId = ids[0] ?? "";
    await usersParty().update({ userId, changes: { role: "admin" }, version: 1 });
    const error = await refusal(usersParty().update({ userId, changes: { role: "user" }, version: 1 }));
    expect(error.code).toBe("conflict");
    expect(error.issues).toEqual([{ path: ["version"], message: "is 2" }]);
  });

  test("to what is not valid, or one that is not there, is refused", async () => {
    const { ids } = await givenUsers({});
    const error = await refusal(usersParty().update({ userId: ids[0] ?? "", changes: { email: "no", name: "" } }));
    expect(error.issues?.map(({ path }) => path[0]).toSorted()).toEqual(["email", "name"]);
    expect(await codeOf(usersParty().update({ userId: newId("user"), changes: {} }))).toBe("not_found");
    expect(await codeOf(usersParty().find({ userId: newId("user") }))).toBe("not_found");
  });

  test("or making them, whichever it takes, leaves what is not given as it is", async () => {
    const id = newId("user");
    const name = unique("Uma");
    const users = usersParty();
    expect(await users.upsert({ attributes: { id, name, role: "admin" } })).toMatchObject({ name, role: "admin" });
    expect(await users.upsert({ attributes: { id, name: `${name} B` } })).toMatchObject({
      name: `${name} B`,
      role: "admin",
      version: 2,
    });
    expect(await codeOf(users.upsert({ attributes: { id, name: "" } }))).toBe("unprocessable");
  });
});

describe("several steps", () => {
  test("are all taken", async () => {
    const { ids, prefix, mine } = await givenUsers({}, {});
    const answers = await usersParty().transaction({
      steps: [
        { do: "create", attributes: { name: `${prefix} new` } },
        { do: "update", id: ids[0] ?? "", changes: { role: "admin" } },
        { do: "destroy", id: ids[1] ?? "" },
        { do: "upsert", attributes: { id: ids[0] ?? "", name: `${prefix} zero` } },
      ],
    });
    expect(answers.map((row) => row?.name ?? null)).toEqual([`${prefix} new`, `${prefix} 0`, null, `${prefix} zero`]);
    expect(await usersParty().count({ where: mine })).toBe(2);
  });

  test("or none, and the refusal says at which it failed", async () => {
    const { ids, prefix, mine } = await givenUsers({}, {});
    const error = await refusal(
      usersParty().transaction({
        steps: [
          { do: "create", attributes: { name: `${prefix} new` } },
          { do: "destroy", id: ids[1] ?? "" },
          { do: "update", id: ids[0] ?? "", changes: { email: "no" } },
        ],
      }),
    );
    expect(error.code).toBe("unprocessable");
    expect(error.issues?.[0]?.path).toEqual([2, "email"]);
    expect(await usersParty().count({ where: mine })).toBe(2);
    const waiting = await rowsOf(usersObject(), "k_outbox");
    expect(
      waiting
        .filter(({ slot }) => slot === `user ${ids[1]}`)
        .map(({ body }) => JSON.stringify(body))
        .join(),
    ).not.toContain("Deleted person");
  });
});
