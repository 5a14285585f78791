import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { usersStub } from "../../parties/users/index.ts";
import { meSchema } from "../../schema/http/identity.ts";
import { type UserDataEntry, userSchema } from "../../schema/http/users.ts";
import { DEFAULT_PREFERENCES } from "../../schema/user-data.ts";
import { DELETION_WAIT_MS } from "../../schema/users.ts";
import { watchWakes } from "../helpers/calls.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { call, makeSite, refusal, signIn, type Someone, writePost } from "./support.ts";

const database = withD1Migrations();

const PREFERENCES = { theme: "dark", notifications: false, language: "fr", timezone: "Europe/Paris" } as const;

const as = (someone: Someone) => ({ token: someone.token });
const meOf = async (someone: Someone) => meSchema.parse(await (await call("GET", "/api/me", as(someone))).json());

describe("your account", () => {
  test("is told with its standing, preferences and flags, and asks no party that others share", async () => {
    const ada = await signIn("Ada Ash");
    const wakes = await watchWakes();
    expect(await meOf(ada)).toMatchObject({
      user: { id: ada.userId, name: "Ada Ash", role: "user", status: "active", deleteAt: null },
      preferences: DEFAULT_PREFERENCES,
      flags: {},
    });
    await call("GET", `/api/users/${ada.userId}`, as(ada));
    expect(wakes.all.filter((wake) => wake.startsWith("singleton"))).toEqual([]);
  });

  test("takes another name and picture, which everybody sees at once", async () => {
    const ada = await signIn("Ada Ash");
    const changes = { name: "  Countess  ", picture: "https://pictures.example/ada.png" };
    const changed = await call("PATCH", "/api/me", { ...as(ada), body: changes });
    expect(userSchema.parse(await changed.json())).toMatchObject({
      name: "Countess",
      picture: changes.picture,
      version: 2,
    });
    expect((await meOf(ada)).user).toMatchObject({ name: "Countess", picture: changes.picture });
    expect(await (await call("GET", `/api/users/${ada.userId}`)).json()).toEqual({
      id: ada.userId,
      name: "Countess",
      picture: changes.picture,
    });
    await call("PATCH", "/api/me", { ...as(ada), body: { picture: null } });
    expect((await meOf(ada)).user).toMatchObject({ name: "Countess", picture: null });
  });

  test.each([
    { name: "" },
    { picture: "javascript:alert(1)" },
    { role: "admin" },
    { email: "a@b.example" },
    { name: "a\u202Eb" },
  ])("does not take %j", async (body) => {
    const ada = await signIn();
    expect(await refusal(await call("PATCH", "/api/me", { ...as(ada), body }))).toBe("422 unprocessable");
  });

  test("is nobody else's: without a credential, or from another origin, nothing is told or done", async () => {
    const ada = await signIn();
    for (const [method, path, body] of [
      ["PATCH", "/api/me", { name: "Eve" }],
      ["GET", "/api/me/data"],
      ["GET", "/api/me/data/preferences"],
      ["PUT", "/api/me/data/preferences", PREFERENCES],
      ["DELETE", "/api/me/data/preferences"],
      ["POST", "/api/me/deletion"],
      ["DELETE", "/api/me/deletion"],
      ["GET", "/api/me/export"],
    ] as const) {
      expect(await refusal(await call(method, path, { body }))).toBe("401 unauthenticated");
      if (method === "GET") continue;
      const forged = await call(method, path, { body, cookie: ada.cookie, origin: "https://evil.example" });
      expect(await refusal(forged)).toBe("403 forbidden");
    }
    expect((await meOf(ada)).user.name).toBe("Ada");
  });
});

describe("what is kept of you", () => {
  const entry = async (someone: Someone, key: string) =>
    await (await call("GET", `/api/me/data/${key}`, as(someone))).json<UserDataEntry>();

  test("is read and written by key, and devices know of it at once", async () => {
    const ada = await signIn();
    const put = await call("PUT", "/api/me/data/preferences", { ...as(ada), body: PREFERENCES });
    expect(put.status).toBe(200);
    expect(await put.json()).toMatchObject({ key: "preferences", value: PREFERENCES });
    expect(await entry(ada, "preferences")).toMatchObject({ key: "preferences", value: PREFERENCES });
    expect((await meOf(ada)).preferences).toEqual(PREFERENCES);
    const { data } = await (await call("GET", "/api/me/data", as(ada))).json<{ data: object }>();
    expect(data).toMatchObject({ preferences: PREFERENCES, feature_flags: {}, signup_source: "sign_in" });
    expect((await call("DELETE", "/api/me/data/preferences", as(ada))).status).toBe(204);
    expect((await meOf(ada)).preferences).toEqual(DEFAULT_PREFERENCES);
  });

  test("may be written back as it was read", async () => {
    const ada = await signIn();
    await call("PUT", "/api/me/data/preferences", { ...as(ada), body: PREFERENCES });
    const read = await entry(ada, "preferences");
    const put = await call("PUT", "/api/me/data/preferences", { ...as(ada), body: read });
    expect(await put.json()).toMatchObject({ value: PREFERENCES });
  });

  test("is refused by key: unknown 404, the server's 403, not valid 422 with its path, not yet set 404", async () => {
    const ada = await signIn();
    const put = async (key: string, body: unknown) =>
      await refusal(await call("PUT", `/api/me/data/${key}`, { ...as(ada), body }));
    expect(await put("shoe_size", 44)).toBe("404 not_found");
    expect(await put("__proto__", {})).toBe("404 not_found");
    for (const key of ["login_history", "session_count", "last_active", "name_history", "signup_date", "feature_flags"])
      expect(await put(key, [])).toBe("403 forbidden");
    const bad = await call("PUT", "/api/me/data/preferences", { ...as(ada), body: { ...PREFERENCES, theme: "blue" } });
    expect(bad.status).toBe(422);
    expect(await bad.json()).toMatchObject({ error: { code: "unprocessable", issues: [{ path: ["theme"] }] } });
    expect(await put("preferences", "{")).toBe("400 bad_request");
    expect(await refusal(await call("GET", "/api/me/data/shoe_size", as(ada)))).toBe("404 not_found");
    expect(await refusal(await call("GET", "/api/me/data/last_clerk_sync", as(ada)))).toBe("404 not_found");
    expect(await refusal(await call("DELETE", "/api/me/data/login_history", as(ada)))).toBe("403 forbidden");
  });
});

describe("leaving", () => {
  test("is asked for, told with its date, and taken back", async () => {
    const ada = await signIn();
    const asked = await call("POST", "/api/me/deletion", as(ada));
    const { deleteAt } = await asked.json<{ deleteAt: string }>();
    const days = (Date.parse(deleteAt) - Date.now()) / DELETION_WAIT_MS;
    expect(days).toBeGreaterThan(0.99);
    expect(days).toBeLessThanOrEqual(1);
    expect((await meOf(ada)).user.deleteAt).toBe(deleteAt);
    expect((await call("DELETE", "/api/me/deletion", as(ada))).status).toBe(204);
    expect((await meOf(ada)).user.deleteAt).toBeNull();
  });

  test("with everything is one document, whatever there is of it", async () => {
    const site = await makeSite();
    const { owner } = site;
    const posts = [];
    // More than are in memory at a time, so that pages must meet.
    for (let n = 0; n < 23; n += 1) posts.push(await writePost(site, { title: `Nr. ${n} "ü" </script>` }));
    const at = { host: site.host, token: owner.token };
    await call("POST", `/api/posts/${posts[0]?.id}/comments`, { ...at, body: { content: "My own" } });
    await usersStub(env).flush({});
    const answer = await call("GET", "/api/me/export", as(owner));
    expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="understory-${owner.userId}.json"`);
    const document = await answer.json<Record<string, { id: string }[]>>();
    expect(document).toMatchObject({
      exportedFor: owner.userId,
      user: { id: owner.userId, name: "Olive" },
      identities: [{ provider: "dev" }],
      data: { signup_source: "sign_in" },
      sessions: [{ id: owner.sessionId }],
      sites: [{ subdomain: site.subdomain }],
    });
    expect(document["posts"]?.map(({ id }) => id).toSorted()).toEqual(posts.map(({ id }) => id).toSorted());
    for (const list of ["comments", "reports", "activity"]) expect(Array.isArray(document[list])).toBe(true);
    expect(JSON.stringify(document)).not.toMatch(/hash|secret/i);
    const { results } = await database.prepare("SELECT 1 FROM posts WHERE author_id = ?").bind(owner.userId).all();
    expect(results).toHaveLength(23);
  });
});
