import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newMessage, newSecret, signed } from "../fakes/svix-sender.ts";
import { expectBody, expectError, expectNothing } from "./contract-checks.ts";
import {
  auditShape,
  deadLettersShape,
  detailsShape,
  entryShape,
  meShape,
  personShape,
  userDataShape,
  userShape,
  usersShape,
} from "./contract-shapes.ts";
import { type Glade, openGlade } from "./contract-stage.ts";
import { tokenFor } from "./harness.ts";
import { newcomer, type Reply } from "./wire.ts";

const BOSS = "boss@understory.example";
const SECRET = newSecret();
const PREFERENCES = { theme: "dark", notifications: false, language: "en-GB", timezone: "Europe/London" };

let site: Glade["site"];
let call: Glade["call"];
let boss: string;

beforeAll(async () => {
  ({ site, call } = await openGlade({
    ADMIN_EMAILS: `someone@understory.example, ${BOSS}`,
    CLERK_WEBHOOK_SECRET: SECRET,
  }));
  boss = (await tokenFor(site, { email: BOSS, name: "Grace" })).accessToken;
});

afterAll(async () => {
  await site.stop();
});

const shown = (value: unknown) => JSON.stringify(value);

describe("a person", () => {
  test("is told in full to themselves and to administrators, to others by name", async () => {
    const ada = await newcomer(site, "Ada");
    const path = `/api/users/${ada.userId}`;
    const person = { id: ada.userId, name: "Ada", picture: null };
    expect(expectBody(await call("GET", path), 200, personShape)).toEqual(person);
    for (const token of [ada.accessToken, boss])
      expect(expectBody(await call("GET", path, { token }), 200, userShape)).toMatchObject({
        ...person,
        email: ada.email,
      });
    expectError(await call("GET", "/api/users/usr_000000000000000000000"), 404, "not_found");
  });

  test("changes their profile and preferences, and finds them everywhere", async () => {
    const ada = await newcomer(site, "Ada");
    const token = ada.accessToken;
    expectBody(await call("PATCH", "/api/me", { token, body: { name: "Ada L." } }), 200, userShape);
    const put = await call("PUT", "/api/me/data/preferences", { token, body: PREFERENCES });
    expect(expectBody(put, 200, entryShape)).toMatchObject({ key: "preferences", value: PREFERENCES });
    const me = expectBody(await call("GET", "/api/me", { token }), 200, meShape);
    expect(me).toMatchObject({ user: { name: "Ada L." }, preferences: PREFERENCES, flags: {} });
    const { json } = await call("GET", "/api/me/data", { token });
    const data = userDataShape.parse((json as { data: unknown }).data);
    expect(data).toMatchObject({ preferences: PREFERENCES, signup_source: "sign_in" });
    expect(data.name_history.map(({ last_name }) => last_name)).toEqual(["L."]);
    expectError(await call("GET", "/api/me/data/shoe_size", { token }), 404, "not_found");
    expectError(await call("PUT", "/api/me/data/login_history", { token, body: [] }), 403, "forbidden");
    const bad = await call("PUT", "/api/me/data/preferences", { token, body: { theme: "dark" } });
    expect(expectError(bad, 422, "unprocessable").issues?.length).toBeGreaterThan(0);
    expectNothing(await call("DELETE", "/api/me/data/preferences", { token }));
  });

  test("wants to leave, and stays after all", async () => {
    const { accessToken: token } = await newcomer(site, "Ada");
    const { deleteAt } = (await call("POST", "/api/me/deletion", { token })).json as { deleteAt: string };
    expect(Date.parse(deleteAt) - Date.now()).toBeGreaterThan(6.9 * 24 * 60 * 60_000);
    expect(expectBody(await call("GET", "/api/me", { token }), 200, meShape).user.deleteAt).toBe(deleteAt);
    expectNothing(await call("DELETE", "/api/me/deletion", { token }));
    expect(expectBody(await call("GET", "/api/me", { token }), 200, meShape).user.deleteAt).toBeNull();
  });

  test("takes everything along as one document", async () => {
    const ada = await newcomer(site, "Ada");
    const reply = await call("GET", "/api/me/export", { token: ada.accessToken });
    expect(reply.headers["content-disposition"]).toContain("attachment");
    expect(reply.json).toMatchObject({ exportedFor: ada.userId, posts: [], comments: [], sites: [] });
  });
});

describe("an administrator", () => {
  test("lists, finds, looks at, changes and deletes users, and everything is written down", async () => {
    const ada = await newcomer(site, `Ada${randomUUID().slice(0, 8)}`);
    const one = `/api/admin/users/${ada.userId}`;
    const found = await call("GET", `/api/admin/users?search=${ada.name.toUpperCase()}`, { token: boss });
    expect(expectBody(found, 200, usersShape).users.map(({ id }) => id)).toEqual([ada.userId]);
    expectBody(await call("GET", one, { token: boss }), 200, detailsShape);
    const body = { role: "admin", flags: { beta_features: true } };
    const changed = expectBody(await call("PATCH", one, { token: boss, body }), 200, detailsShape);
    expect(changed).toMatchObject({ user: { role: "admin" }, data: { feature_flags: { beta_features: true } } });
    expectBody(await call("PATCH", one, { token: boss, body: { status: "suspended" } }), 200, detailsShape);
    expectError(await call("GET", "/api/me", { token: ada.accessToken }), 401, "unauthenticated");
    expectNothing(await call("DELETE", one, { token: boss }));
    expectError(await call("GET", `/api/users/${ada.userId}`), 410, "gone");
    const kinds = async () =>
      expectBody(await call("GET", `${one}/audit`, { token: boss }), 200, auditShape).entries.map(({ kind }) => kind);
    await expect
      .poll(kinds, { timeout: 5_000 })
      .toEqual(expect.arrayContaining(["role_changed", "flags_changed", "status_changed", "account_deleted"]));
  });

  test("is nobody else", async () => {
    const { accessToken: token, userId } = await newcomer(site, "Ada");
    for (const [method, path] of [
      ["GET", "/api/admin/users"],
      ["GET", `/api/admin/users/${userId}`],
      ["PATCH", `/api/admin/users/${userId}`],
      ["DELETE", `/api/admin/users/${userId}`],
      ["GET", "/ops/webhooks/clerk/dead-letters"],
      ["POST", "/ops/webhooks/clerk/dead-letters/1/retry"],
    ] as const) {
      const body = method === "PATCH" ? { role: "super_admin" } : undefined;
      expectError(await call(method, path, { body }), 401, "unauthenticated");
      expectError(await call(method, path, { token, body }), 403, "forbidden");
    }
    expect(
      expectError(await call("GET", "/api/admin/users?cursor=x", { token: boss }), 400, "bad_request").issues,
    ).toBe(undefined);
  });
});

describe("Clerk", () => {
  const deliver = async (event: unknown, secret = SECRET): Promise<Reply> => {
    const { headers, body } = await signed(newMessage(event), [secret], Math.floor(Date.now() / 1_000));
    return await call("POST", "/webhooks/clerk", {
      headers,
      body: JSON.parse(Buffer.from(body).toString()) as unknown,
    });
  };
  const event = (type: string, data: object) => ({ type, data, object: "event", timestamp: Date.now() });
  const person = (id: string, more: object = {}) => ({
    id,
    first_name: "Clara",
    last_name: id.slice(-8),
    primary_email_address_id: "idn_2",
    email_addresses: [
      { id: "idn_1", email_address: "other@example.com", verification: null },
      { id: "idn_2", email_address: `${id}@example.com`, verification: { status: "verified" } },
    ],
    ...more,
  });
  const users = async (search: string) =>
    expectBody(await call("GET", `/api/admin/users?search=${search}`, { token: boss }), 200, usersShape).users;

  test("makes, changes and ends an account, and nobody else does", async () => {
    const id = `user_${randomUUID().replaceAll("-", "")}`;
    expectError(await deliver(event("user.created", person(id)), newSecret()), 401, "unauthenticated");
    expect(await users(id.slice(-8))).toEqual([]);
    expect((await deliver(event("user.created", person(id)))).status).toBe(200);
    expect(await users(id.slice(-8))).toMatchObject([{ name: `Clara ${id.slice(-8)}`, email: `${id}@example.com` }]);
    expect((await deliver(event("user.updated", person(id, { first_name: "Claire" })))).status).toBe(200);
    const [claire] = await users(id.slice(-8));
    expect(claire?.name).toBe(`Claire ${id.slice(-8)}`);
    expect((await deliver(event("user.deleted", { id, object: "user", deleted: true }))).status).toBe(200);
    expectError(await call("GET", `/api/users/${claire?.id}`), 410, "gone");
    expect((await deliver(event("user.updated", person(id)))).status).toBe(200);
    expect(await users(id.slice(-8))).toEqual([]);
  });

  test("is answered 200 for what cannot be understood, which an operator finds", async () => {
    const note = randomUUID();
    const reply = await deliver(event("user.created", { id: null, note }));
    expect([reply.status, shown(reply.json)]).toEqual([200, '{"outcome":"kept"}']);
    const path = "/ops/webhooks/clerk/dead-letters";
    const { deadLetters } = expectBody(await call("GET", path, { token: boss }), 200, deadLettersShape);
    const letter = deadLetters.find(({ body }) => body.includes(note));
    expect(letter).toMatchObject({ type: "user.created", attempts: 1 });
    const again = await call("POST", `${path}/${letter?.id}/retry`, { token: boss });
    expect([again.status, shown(again.json)]).toEqual([200, '{"outcome":"kept"}']);
    expectNothing(await call("DELETE", `${path}/${letter?.id}`, { token: boss }));
    expectError(await call("POST", `${path}/${letter?.id}/retry`, { token: boss }), 404, "not_found");
  });
});
