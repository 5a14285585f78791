import { describe, expect, test } from "vitest";
import { withD1Migrations } from "../helpers/d1.ts";
import { join, openSocket } from "../helpers/sockets.ts";
import { APEX, call, cookieOf, makeSite, refusal, signIn, writePost } from "./support.ts";

withD1Migrations();
const OWN_ORIGIN = `http://${APEX}`;

describe("dev login", () => {
  test("makes one account for one address, and a new session each time", async () => {
    const email = `${crypto.randomUUID()}@Example.com`;
    const first = await signIn("Ada", email);
    const second = await signIn("Ada L", email.toLowerCase());
    expect(second.userId).toBe(first.userId);
    expect(second.sessionId).not.toBe(first.sessionId);
    const me = await call("GET", "/api/me", { token: second.token });
    expect(await me.json()).toMatchObject({ user: { name: "Ada L", role: "user" }, session: { current: true } });
  });

  test("does not exist on any host but localhost", async () => {
    const body = { name: "Eve", email: "eve@example.com" };
    expect(await refusal(await call("POST", "/auth/dev", { host: "understory.example", body }))).toBe("404 not_found");
  });

  test("refuses a form of another origin, with or without a cookie", async () => {
    const body = { name: "Eve", email: "eve@example.com" };
    expect(await refusal(await call("POST", "/auth/dev", { body, origin: "http://evil.localhost" }))).toBe(
      "403 forbidden",
    );
  });
});

describe("a cookie", () => {
  test("reads without an origin, and writes with our own only", async () => {
    const { cookie } = await signIn();
    expect((await call("GET", "/api/me", { cookie })).status).toBe(200);
    const body = { keepCurrent: true };
    for (const origin of ["http://evil.com", "http://alice.localhost", "https://localhost", "null"]) {
      expect(await refusal(await call("POST", "/api/sessions/revoke-all", { cookie, body, origin }))).toBe(
        "403 forbidden",
      );
    }
    expect(await refusal(await call("POST", "/api/sessions/revoke-all", { cookie, body }))).toBe("403 forbidden");
    expect((await call("POST", "/api/sessions/revoke-all", { cookie, body, origin: OWN_ORIGIN })).status).toBe(200);
  });

  test.each(["understory=", "understory=x", "understory=%E0%A4%A", `understory=v1.${"a".repeat(9_000)}`])(
    "of nonsense is refused: %s",
    async (cookie) => {
      expect(await refusal(await call("GET", "/api/me", { cookie }))).toBe("401 unauthenticated");
    },
  );

  test("given twice is refused, whichever is good", async () => {
    const { cookie } = await signIn();
    expect(await refusal(await call("GET", "/api/me", { cookie: `${cookie}; understory=planted` }))).toBe(
      "401 unauthenticated",
    );
    expect(await refusal(await call("GET", "/api/me", { cookie: `${cookie}; ${cookie}` }))).toBe("401 unauthenticated");
    expect((await call("GET", "/api/me", { cookie: `other=1; ${cookie}; xunderstory=2` })).status).toBe(200);
  });

  test("is no access token, and the other way round", async () => {
    const { cookie, token } = await signIn();
    const value = decodeURIComponent(cookie.slice("understory=".length));
    expect(await refusal(await call("GET", "/api/me", { token: value }))).toBe("401 unauthenticated");
    expect(await refusal(await call("GET", "/api/me", { cookie: `understory=${token}` }))).toBe("401 unauthenticated");
  });

  test("of an ended session is taken back by the next page, which is readable all the same", async () => {
    const { host } = await makeSite();
    const { cookie, sessionId, token } = await signIn();
    await call("DELETE", `/api/sessions/${sessionId}`, { token });
    const page = await call("GET", "/", { host, cookie });
    expect(page.status).toBe(200);
    expect(page.headers.get("set-cookie")).toMatch(/^understory=; Max-Age=0/);
  });
});

test("a form without JavaScript signs out too, and lands on the front page", async () => {
  const { cookie } = await signIn();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const response = await call("POST", "/auth/logout", { cookie, origin: OWN_ORIGIN, headers, body: "" });
  expect([response.status, response.headers.get("location")]).toEqual([303, "/"]);
  expect((await call("GET", "/api/me", { cookie })).status).toBe(401);
});

test("signing out ends the session and its tokens", async () => {
  const { cookie, token } = await signIn();
  const response = await call("POST", "/auth/logout", { cookie, origin: OWN_ORIGIN });
  expect(response.status).toBe(204);
  expect(cookieOf(response)).toBe("understory=");
  expect(await refusal(await call("GET", "/api/me", { cookie }))).toBe("401 unauthenticated");
  expect(await refusal(await call("GET", "/api/me", { token }))).toBe("401 unauthenticated");
});

test("devices are listed without any token, and ended one by one", async () => {
  const email = `${crypto.randomUUID()}@example.com`;
  const first = await signIn("Ada", email);
  const second = await signIn("Ada", email);
  const text = await (await call("GET", "/api/sessions", { token: first.token })).text();
  const { sessions } = JSON.parse(text) as { sessions: { id: string; current: boolean }[] };
  expect(sessions.map(({ id, current }) => ({ id, current }))).toEqual(
    expect.arrayContaining([
      { id: first.sessionId, current: true },
      { id: second.sessionId, current: false },
    ]),
  );
  expect(text).not.toMatch(/secret|hash|token/i);
  expect((await call("DELETE", `/api/sessions/${second.sessionId}`, { token: first.token })).status).toBe(204);
  expect(await refusal(await call("GET", "/api/me", { token: second.token }))).toBe("401 unauthenticated");
});

test("nobody ends another person's session", async () => {
  const [ada, eve] = await Promise.all([signIn("Ada"), signIn("Eve")]);
  expect(await refusal(await call("DELETE", `/api/sessions/${ada.sessionId}`, { token: eve.token }))).toBe(
    "404 not_found",
  );
  expect((await call("GET", "/api/me", { token: ada.token })).status).toBe(200);
});

describe("tickets", () => {
  test("open one socket, once, of the party that they name", async () => {
    const site = await makeSite();
    const post = await writePost(site);
    const name = `${site.subdomain}:${post.id}`;
    const made = await call("POST", "/api/tickets", { token: site.owner.token, body: { party: "post", name } });
    const { ticket, expiresIn } = await made.json<{ ticket: string; expiresIn: number }>();
    expect(expiresIn).toBe(30);
    await join({ host: site.host, party: "post", name, ticket, origin: null });
    const again = await openSocket({ host: site.host, party: "post", name, ticket, origin: null });
    expect((await again.closed).code).toBe(4401);
  });

  test.each([
    { party: "session", name: "usr_abc" },
    { party: "post", name: "nonsense" },
    { party: "../post", name: "x" },
  ])("are not made for $party:$name", async (body) => {
    const { token } = await signIn();
    expect(await refusal(await call("POST", "/api/tickets", { token, body }))).toBe("404 not_found");
  });
});

test("a socket of a revoked session closes with 4401", async () => {
  const site = await makeSite();
  const post = await writePost(site);
  const reader = await signIn();
  const socket = await join({
    host: site.host,
    party: "post",
    name: `${site.subdomain}:${post.id}`,
    bearer: reader.token,
  });
  await call("DELETE", `/api/sessions/${reader.sessionId}`, { token: reader.token });
  expect((await socket.closed).code).toBe(4401);
});

test("only operators look into parties", async () => {
  const { token, userId } = await signIn();
  expect(await refusal(await call("GET", `/ops/parties/session/${userId}`, { token }))).toBe("403 forbidden");
  expect(await refusal(await call("GET", `/ops/parties/session/${userId}`))).toBe("401 unauthenticated");
});

test("a browser that logs out everywhere forgets its cookie, one that logs the others out keeps it", async () => {
  const { cookie } = await signIn();
  const revokeAll = async (keepCurrent: boolean) =>
    await call("POST", "/api/sessions/revoke-all", { cookie, origin: "http://localhost", body: { keepCurrent } });
  expect((await revokeAll(true)).headers.getSetCookie()).toEqual([]);
  expect((await revokeAll(false)).headers.getSetCookie()).toEqual([
    expect.stringMatching(/^understory=; Max-Age=0; Path=\//),
  ]);
});
