import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { usersStub } from "../../parties/users/index.ts";
import type { AuditList } from "../../schema/http/audit.ts";
import { type UserDetails, type UserList, userSchema } from "../../schema/http/users.ts";
import { newId } from "../../parties/kernel/index.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { call, refusal, signIn, signInAs, type Someone } from "./support.ts";

withD1Migrations();

const as = ({ token }: Someone) => ({ token });

describe("somebody else", () => {
  test("is an id, a name and a picture; all of it for themselves and for administrators", async () => {
    const [ada, bob, grace] = [await signIn("Ada"), await signIn("Bob"), await signInAs("admin")];
    const path = `/api/users/${ada.userId}`;
    const shown = { id: ada.userId, name: "Ada", picture: null };
    expect(await (await call("GET", path)).json()).toEqual(shown);
    expect(await (await call("GET", path, as(bob))).json()).toEqual(shown);
    for (const someone of [ada, grace])
      expect(userSchema.parse(await (await call("GET", path, as(someone))).json())).toMatchObject({
        ...shown,
        status: "active",
        emailVerified: true,
      });
  });

  test("who is not there is 404, who was deleted 410", async () => {
    const [ada, grace] = [await signIn("Ada"), await signInAs("admin")];
    expect(await refusal(await call("GET", `/api/users/${newId("user")}`))).toBe("404 not_found");
    expect(await refusal(await call("GET", "/api/users/nonsense"))).toBe("404 not_found");
    expect((await call("DELETE", `/api/admin/users/${ada.userId}`, as(grace))).status).toBe(204);
    expect(await refusal(await call("GET", `/api/users/${ada.userId}`))).toBe("410 gone");
    expect(await refusal(await call("GET", "/api/me", as(ada)))).toBe("401 unauthenticated");
    expect(await refusal(await call("GET", `/api/admin/users/${ada.userId}`, as(grace)))).toBe("404 not_found");
  });
});

describe("the list of users", () => {
  const list = async (someone: Someone, query: Record<string, string> = {}) =>
    await (await call("GET", `/api/admin/users?${new URLSearchParams(query)}`, as(someone))).json<UserList>();

  test("is for administrators only, and so is everything about one user", async () => {
    const ada = await signIn();
    const one = `/api/admin/users/${ada.userId}`;
    for (const [method, path, body] of [
      ["GET", "/api/admin/users"],
      ["GET", one],
      ["PATCH", one, { role: "super_admin" }],
      ["DELETE", one],
      ["GET", `${one}/audit`],
      ["GET", "/ops/webhooks/clerk/dead-letters"],
    ] as const) {
      expect(await refusal(await call(method, path, { body }))).toBe("401 unauthenticated");
      expect(await refusal(await call(method, path, { body, ...as(ada) }))).toBe("403 forbidden");
    }
  });

  test("finds part of a name or an address, whatever its case and marks", async () => {
    const grace = await signInAs("admin");
    const word = crypto.randomUUID().slice(0, 8);
    const zoe = await signIn(`Zoë ${word} Ünal`, `${word}.zoe@example.com`);
    const other = await signIn(`Ann ${word}`, `ann_${word}@example.com`);
    const found = async (search: string) => (await list(grace, { search })).users.map(({ id }) => id);
    expect(await found(`ZOE ${word}`)).toEqual([zoe.userId]);
    expect(await found(`${word} unal`)).toEqual([zoe.userId]);
    expect(await found(`${word}.ZOE@`)).toEqual([zoe.userId]);
    expect(await found(`ann_${word}`)).toEqual([other.userId]);
    expect(await found(`ann%${word}`)).toEqual([]);
    expect(await found(word)).toEqual([other.userId, zoe.userId]);
    expect(await found(`${word}'; DROP TABLE users; --`)).toEqual([]);
  });

  test("filters by role and status, and pages by key, each once, while others come", async () => {
    const grace = await signInAs("super_admin");
    const word = crypto.randomUUID().slice(0, 8);
    const made = [];
    for (const name of ["a", "b", "c", "d", "e"]) made.push(await signIn(`${word} ${name}`));
    const [a, b] = made;
    const patch = async (someone: Someone | undefined, body: object) =>
      await call("PATCH", `/api/admin/users/${someone?.userId}`, { ...as(grace), body });
    await patch(a, { role: "admin" });
    await patch(b, { status: "suspended" });
    const ids = async (query: Record<string, string>) =>
      (await list(grace, { search: word, ...query })).users.map(({ id }) => id);
    expect(await ids({ role: "admin" })).toEqual([a?.userId]);
    expect(await ids({ status: "suspended" })).toEqual([b?.userId]);
    const first = await list(grace, { search: word, limit: "2" });
    await signIn(`${word} f`);
    const second = await list(grace, { search: word, limit: "2", cursor: first.nextCursor ?? "" });
    const third = await list(grace, { search: word, limit: "2", cursor: second.nextCursor ?? "" });
    const seen = [first, second, third].flatMap(({ users }) => users.map(({ id }) => id));
    expect(seen).toEqual(made.map(({ userId }) => userId).toReversed());
    expect(third.nextCursor).toBeNull();
    const foreign = { limit: "2", cursor: first.nextCursor ?? "" };
    for (const query of [{ search: "other", ...foreign }, { cursor: "nonsense" }, { limit: "0" }, { role: "king" }])
      expect(
        await refusal(await call("GET", `/api/admin/users?${new URLSearchParams(query as never)}`, as(grace))),
      ).toBe("400 bad_request");
  });
});

describe("one user", () => {
  test("is changed, answered as they are now, and out at once when suspended", async () => {
    const [grace, ada] = [await signInAs("super_admin"), await signIn("Ada")];
    const path = `/api/admin/users/${ada.userId}`;
    const body = { role: "admin", flags: { beta: true } };
    const changed = await (await call("PATCH", path, { ...as(grace), body })).json<UserDetails>();
    expect(changed).toMatchObject({ user: { role: "admin" }, data: { feature_flags: { beta: true } } });
    expect(await (await call("GET", "/api/me", as(ada))).json()).toMatchObject({
      user: { role: "admin" },
      flags: { beta: true },
    });
    const flagless = await call("PATCH", path, { ...as(grace), body: { flags: { beta: null } } });
    expect(await flagless.json()).toMatchObject({ data: { feature_flags: {} } });
    await call("PATCH", path, { ...as(grace), body: { status: "suspended" } });
    expect(await refusal(await call("GET", "/api/me", as(ada)))).toBe("401 unauthenticated");
    expect(await refusal(await call("GET", "/api/me", { cookie: ada.cookie }))).toBe("401 unauthenticated");
  });

  test("who is suspended cannot sign in until that is lifted", async () => {
    const grace = await signInAs("admin");
    const email = `${crypto.randomUUID()}@example.com`;
    const ada = await signIn("Ada", email);
    const set = async (status: string) =>
      await call("PATCH", `/api/admin/users/${ada.userId}`, { ...as(grace), body: { status } });
    await set("suspended");
    expect(await refusal(await call("POST", "/auth/dev", { body: { name: "Ada", email } }))).toBe("403 forbidden");
    await set("active");
    expect((await signIn("Ada", email)).userId).toBe(ada.userId);
  });

  test("has what happened to them listed, with who did it", async () => {
    const [grace, ada] = [await signInAs("super_admin"), await signIn("Ada")];
    const path = `/api/admin/users/${ada.userId}`;
    await call("PATCH", path, { ...as(grace), body: { role: "admin" } });
    await usersStub(env).flush({});
    const { entries } = await (await call("GET", `${path}/audit`, as(grace))).json<AuditList>();
    expect(entries).toContainEqual(
      expect.objectContaining({ kind: "role_changed", actorId: grace.userId, detail: "user to admin" }),
    );
  });

  test("of whom nothing valid is said stays as they are", async () => {
    const [grace, ada] = [await signInAs("super_admin"), await signIn("Ada")];
    const path = `/api/admin/users/${ada.userId}`;
    for (const body of [{ role: "king" }, { flags: { "Bad Name": true } }, { email: "a@b.example" }, { version: 3 }])
      expect(await refusal(await call("PATCH", path, { ...as(grace), body }))).toBe("422 unprocessable");
    expect(await refusal(await call("PATCH", `/api/admin/users/${newId("user")}`, { ...as(grace), body: {} }))).toBe(
      "404 not_found",
    );
    expect(
      await refusal(await call("PATCH", `/api/admin/users/${grace.userId}`, { ...as(grace), body: { role: "user" } })),
    ).toBe("403 forbidden");
  });
});
