import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { meShape, accessShape, sessionsShape, signedInShape, tenantShape } from "./contract-shapes.ts";
import { cookieOf, expectBody, expectError, expectNothing, setCookieOf } from "./contract-checks.ts";
import { type Glade, ON, openGlade } from "./contract-stage.ts";
import { newcomer } from "./wire.ts";

const OPERATOR = "operator@understory.example";

let site: Glade["site"];
let call: Glade["call"];
let owner: Glade["owner"];
let reader: Glade["reader"];
let writePost: Glade["writePost"];
let published: Glade["published"];

beforeAll(async () => {
  ({ site, call, owner, reader, writePost, published } = await openGlade({ ADMIN_EMAILS: OPERATOR }));
});

afterAll(async () => {
  await site.stop();
});

async function signInAgain({ email, name }: { email: string; name: string }) {
  const reply = await call("POST", "/auth/dev", { body: { email, name } });
  return { reply, cookie: cookieOf(reply), ...expectBody(reply, 200, signedInShape) };
}

describe("the service", () => {
  test("is alive and ready", async () => {
    expect((await call("GET", "/healthz")).status).toBe(200);
    expect((await call("GET", "/readyz")).status).toBe(200);
  });

  test("describes every JSON route in OpenAPI", async () => {
    const { json } = await call("GET", "/api/openapi.json");
    expect(json).toMatchObject({ openapi: "3.1.0", info: { title: "Understory" } });
    const paths = (json as { paths: Record<string, Record<string, { responses: object }>> }).paths;
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes).toEqual(
      expect.arrayContaining([
        "GET /healthz",
        "GET /readyz",
        "POST /auth/dev",
        "POST /auth/refresh",
        "POST /auth/logout",
        "GET /auth/{provider}/start",
        "GET /auth/{provider}/callback",
        "POST /api/tickets",
        "GET /api/me",
        "GET /api/me/state",
        "GET /api/me/audit",
        "GET /api/sessions",
        "DELETE /api/sessions/{id}",
        "POST /api/sessions/revoke-all",
        "POST /api/tenants",
        "GET /api/tenant",
        "GET /api/admin/config",
        "PUT /api/admin/config",
        "GET /api/admin/sections",
        "POST /api/admin/sections",
        "PUT /api/admin/sections/{id}",
        "DELETE /api/admin/sections/{id}",
        "POST /api/admin/sections/reorder",
        "GET /api/admin/stats",
        "POST /api/admin/stats/refresh",
        "GET /api/admin/members",
        "PATCH /api/admin/members/{userId}",
        "DELETE /api/admin/members/{userId}",
        "GET /api/admin/invitations",
        "POST /api/admin/invitations",
        "DELETE /api/admin/invitations/{id}",
        "GET /api/invitations/{secret}",
        "POST /api/invitations/{secret}/accept",
        "GET /api/admin/images",
        "POST /api/admin/images",
        "DELETE /api/admin/images/{id}",
        "GET /api/admin/images/{id}/uses",
        "GET /api/admin/pages",
        "POST /api/admin/pages",
        "GET /api/admin/pages/{id}",
        "PATCH /api/admin/pages/{id}",
        "DELETE /api/admin/pages/{id}",
        "GET /api/posts",
        "POST /api/posts",
        "GET /api/posts/{id}",
        "PATCH /api/posts/{id}",
        "DELETE /api/posts/{id}",
        "POST /api/posts/{id}/publish",
        "GET /api/posts/{id}/comments",
        "POST /api/posts/{id}/comments",
        "PATCH /api/posts/{id}/comments/{commentId}",
        "DELETE /api/posts/{id}/comments/{commentId}",
        "POST /api/posts/{id}/comments/{commentId}/report",
        "GET /api/posts/{id}/reactions",
        "PUT /api/posts/{id}/reactions/{type}",
        "GET /ops/parties/{party}/{name}",
        "POST /ops/parties/{party}/{name}/jobs/{id}/retry",
      ]),
    );
    const text = JSON.stringify(json);
    for (const [, ref] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
      expect(json).toHaveProperty(["components", "schemas", ref ?? ""]);
  });

  test("answers every failure with a code, and nothing of its insides", async () => {
    expectError(await call("GET", "/api/nothing-here"), 404, "not_found");
    expectError(await call("GET", "/api/me"), 401, "unauthenticated");
    expectError(await call("GET", "/api/me", { token: "a1.made.up" }), 401, "unauthenticated");
    const json = { "content-type": "application/json" };
    expectError(await call("POST", "/auth/dev", { headers: json }), 400, "bad_request");
    const { issues } = expectError(
      await call("POST", "/auth/dev", { body: { email: "no", name: "N" } }),
      422,
      "unprocessable",
    );
    expect(issues).toMatchObject([{ path: ["email"] }]);
    const huge = { title: "Huge", content: "x".repeat(2_000_000) };
    expectError(await call("POST", "/api/posts", { on: ON, token: owner.accessToken, body: huge }), 413, "too_large");
  });

  test("closes CORS and allows no inline script", async () => {
    for (const path of ["/", "/api/tenant", "/no-such-page"]) {
      const { headers } = await call("GET", path, { on: ON, headers: { origin: "https://elsewhere.example" } });
      expect(headers["access-control-allow-origin"]).toBeUndefined();
      const policy = String(headers["content-security-policy"]);
      expect(policy).toMatch(/default-src|script-src/);
      expect(policy).not.toContain("unsafe-");
      expect(headers["x-content-type-options"]).toBe("nosniff");
    }
  });

  test("shows an operator a party, and nobody else", async () => {
    const { id } = await published("Inspected");
    const path = `/ops/parties/post/${ON}:${id}`;
    await call("PUT", `/api/posts/${id}/reactions/like`, { on: ON, token: reader.accessToken, body: { on: true } });
    expectError(await call("GET", path), 401, "unauthenticated");
    expectError(await call("GET", path, { token: reader.accessToken }), 403, "forbidden");
    const { accessToken } = await signInAgain({ email: OPERATOR, name: "Operator" });
    const { status, json } = await call("GET", path, { token: accessToken });
    expect(status).toBe(200);
    expect(json).toMatchObject({ jobs: [{ parked: false }], outbox: { dead: [] } });
    expectError(await call("GET", "/ops/parties/nothing/x", { token: accessToken }), 404, "not_found");
  });
});

describe("identity", () => {
  test("dev login answers a session and sets a cookie that scripts cannot read", async () => {
    const { reply, userId } = await signInAgain(reader);
    expect(userId).toBe(reader.userId);
    expect(reply.headers["set-cookie"]).toHaveLength(2);
    // The session, and the browser that it belongs to.
    for (const name of ["understory", "understory-device"]) {
      const [, ...attributes] = setCookieOf(reply.headers["set-cookie"], name).split("; ");
      expect(attributes.toSorted()).toEqual([
        "HttpOnly",
        expect.stringMatching(/^Max-Age=\d+$/),
        "Path=/",
        "SameSite=Lax",
      ]);
    }
  });

  test("signing in again in one browser keeps the device and ends the session before", async () => {
    const person = await newcomer(site, "Same");
    const { reply, cookie, accessToken } = await signInAgain(person);
    const device = cookieOf(reply, "understory-device");
    const headers = { cookie: `${cookie}; ${device}`, origin: site.origin() };
    const again = await call("POST", "/auth/dev", { body: { email: person.email, name: "Same" }, headers });
    expect(cookieOf(again, "understory-device")).toBe(device);
    expectError(await call("GET", "/api/me", { token: accessToken }), 401, "unauthenticated");
    const { session } = expectBody(
      await call("GET", "/api/me", { headers: { cookie: cookieOf(again) } }),
      200,
      meShape,
    );
    expect(`understory-device=${session.deviceId}`).toBe(device);
  });

  test("a cookie needs the own origin for anything unsafe, a bearer token does not", async () => {
    const { cookie, accessToken } = await signInAgain(await newcomer(site, "Cora"));
    const body = { keepCurrent: true };
    const ask = async (headers: Record<string, string>) =>
      await call("POST", "/api/sessions/revoke-all", { headers, body });
    expectBody(await call("GET", "/api/me", { headers: { cookie } }), 200, meShape);
    expectError(await ask({ cookie }), 403, "forbidden");
    for (const origin of ["https://evil.example", "null", site.origin(ON), `${site.origin()}.evil.example`])
      expectError(await ask({ cookie, origin }), 403, "forbidden");
    expect((await ask({ cookie, origin: site.origin() })).json).toEqual({ revoked: 1 });
    expect((await ask({ authorization: `Bearer ${accessToken}` })).json).toEqual({ revoked: 0 });
  });

  test("refresh answers a new access token and a new cookie, and the same again to a retry", async () => {
    const { cookie, accessToken } = await signInAgain(reader);
    const headers = { cookie, origin: site.origin() };
    const answer = await call("POST", "/auth/refresh", { headers });
    const renewed = expectBody(answer, 200, accessShape);
    expect([renewed.accessToken === accessToken, cookieOf(answer) === cookie]).toEqual([false, false]);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expectBody(await call("GET", "/api/me", { token: renewed.accessToken }), 200, meShape);
    expectBody(await call("GET", "/api/me", { headers: { cookie: cookieOf(answer) } }), 200, meShape);
    // Whose answer was lost still has the cookie before.
    const retried = await call("POST", "/auth/refresh", { headers });
    expect(expectBody(retried, 200, accessShape).accessToken).toBe(renewed.accessToken);
    expect(cookieOf(retried)).toBe(cookieOf(answer));
    const next = await call("POST", "/auth/refresh", { headers: { ...headers, cookie: cookieOf(answer) } });
    expect(expectBody(next, 200, accessShape).accessToken).not.toBe(renewed.accessToken);
    // Nobody refreshes without the cookie, or from another origin.
    expectError(await call("POST", "/auth/refresh", { token: renewed.accessToken }), 401, "unauthenticated");
    expectError(await call("POST", "/auth/refresh", { headers: { cookie } }), 403, "forbidden");
  });

  test("logout ends the session, its tokens and its cookie", async () => {
    const { cookie, accessToken } = await signInAgain(reader);
    const headers = { cookie, origin: site.origin() };
    const out = await call("POST", "/auth/logout", { headers });
    expectNothing(out);
    expect(setCookieOf(out.headers["set-cookie"], "understory")).toMatch(/^understory=; Max-Age=0/);
    expectError(await call("GET", "/api/me", { token: accessToken }), 401, "unauthenticated");
    expectError(await call("GET", "/api/me", { headers: { cookie } }), 401, "unauthenticated");
    expectError(await call("POST", "/auth/refresh", { headers }), 401, "unauthenticated");
  });

  test("lists devices without tokens, and revokes one, the others, or all", async () => {
    const { email, name } = await newcomer(site, "Dev");
    const user = { email, name };
    const agent =
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
    const browser = await call("POST", "/auth/dev", { body: user, headers: { "user-agent": agent } });
    const { sessionId, accessToken } = expectBody(browser, 200, signedInShape);
    const current = await signInAgain(user);
    const token = current.accessToken;
    const list = async () => expectBody(await call("GET", "/api/sessions", { token }), 200, sessionsShape).sessions;
    expect(await list()).toHaveLength(3);
    expect((await list()).find(({ id }) => id === sessionId)).toMatchObject({
      deviceName: "Chrome on macOS",
      current: false,
    });
    expect((await list()).filter((one) => one.current).map(({ id }) => id)).toEqual([current.sessionId]);
    expectNothing(await call("DELETE", `/api/sessions/${sessionId}`, { token }));
    expectError(await call("GET", "/api/me", { token: accessToken }), 401, "unauthenticated");
    expectError(await call("DELETE", `/api/sessions/${sessionId}`, { token }), 404, "not_found");
    expectError(await call("DELETE", `/api/sessions/${reader.sessionId}`, { token }), 404, "not_found");
    const revokeAll = async (keepCurrent: boolean) =>
      (await call("POST", "/api/sessions/revoke-all", { token, body: { keepCurrent } })).json;
    expect(await revokeAll(true)).toEqual({ revoked: 1 });
    expect(await revokeAll(false)).toEqual({ revoked: 1 });
    expectError(await call("GET", "/api/sessions", { token }), 401, "unauthenticated");
  });

  test("keeps at most ten sessions", async () => {
    const person = await newcomer(site, "Ten");
    let token = "";
    for (let n = 0; n < 10; n++) token = (await signInAgain(person)).accessToken;
    expect(expectBody(await call("GET", "/api/sessions", { token }), 200, sessionsShape).sessions).toHaveLength(10);
    expectError(await call("GET", "/api/me", { token: person.accessToken }), 401, "unauthenticated");
  });
});

describe("sites", () => {
  test("are made once, by somebody, under a proper name", async () => {
    const make = async (subdomain: string, token?: string) =>
      await call("POST", "/api/tenants", { ...(token && { token }), body: { subdomain, displayName: "A site" } });
    const { accessToken } = reader;
    const made = expectBody(await make("brook", accessToken), 201, tenantShape);
    expect(made).toMatchObject({
      subdomain: "brook",
      displayName: "A site",
      tier: "seedling",
      limits: { requestsPerMinute: 120 },
    });
    expect(expectBody(await call("GET", "/api/tenant", { on: "brook" }), 200, tenantShape)).toEqual(made);
    expectError(await make("brook", accessToken), 409, "conflict");
    expectError(await make("no dots.here", accessToken), 422, "unprocessable");
    expectError(await make("www", accessToken), 422, "unprocessable");
    expectError(await make("fen"), 401, "unauthenticated");
  });

  test("that nobody made are not found", async () => {
    for (const path of ["/api/tenant", "/api/posts"])
      expectError(await call("GET", path, { on: "nosuch" }), 404, "not_found");
    for (const path of ["/", "/a-post", "/feed.xml"])
      expect((await call("GET", path, { on: "nosuch" })).status).toBe(404);
  });
});

describe("a site without JavaScript", () => {
  test("shows its posts and their discussion, and nothing of its drafts", async () => {
    const { id, slug } = await writePost({
      title: "Read me",
      content: "A *plain* page.",
      tags: ["plain"],
      status: "published",
    });
    await writePost({ title: "Secret plans", content: "", tags: ["plain"] });
    const body = { content: "Well said" };
    await call("POST", `/api/posts/${id}/comments`, { on: ON, token: owner.accessToken, body });
    const page = await call("GET", `/${slug}`, { on: ON });
    expect(page.status).toBe(200);
    expect(page.headers["content-type"]).toMatch(/^text\/html; *charset=utf-8/i);
    for (const part of ["<em>plain</em>", "Well said", 'property="og:title"', 'rel="canonical"'])
      expect(page.text).toContain(part);
    expect(page.text).not.toMatch(/<script(?![^>]*(?:src=|application\/json))/);
    for (const path of ["/", "/tags/plain", "/feed.xml", "/feed.json", "/sitemap.xml"]) {
      const { status, text } = await call("GET", path, { on: ON });
      expect([path, status]).toEqual([path, 200]);
      expect(text).toContain(path === "/sitemap.xml" ? `${site.origin(ON)}/${slug}` : "Read me");
      expect(text).not.toContain("ecret");
    }
    const feed = await call("GET", "/feed.json", { on: ON });
    expect(feed.json).toMatchObject({
      version: "https://jsonfeed.org/version/1.1",
      home_page_url: `${site.origin(ON)}/`,
    });
    const missing = await call("GET", "/no-such-post", { on: ON });
    expect([missing.status, missing.headers["content-type"]]).toEqual([404, page.headers["content-type"]]);
  });
});
