import { describe, expect, test } from "vitest";
import { watchWakes } from "../helpers/calls.ts";
import { useClock } from "../helpers/clock.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { APEX, call, cookieOf, deployedWith, partsOf, refusal, setCookieOf, signIn, withSecret } from "./support.ts";

withD1Migrations();
const ORIGIN = `http://${APEX}`;
const GRACE_MS = 30_000;

async function refresh(cookie: string): Promise<Response> {
  return await call("POST", "/auth/refresh", { cookie, origin: ORIGIN });
}

/** What a refresh that goes well gives. */
async function refreshed(cookie: string) {
  const response = await refresh(cookie);
  expect(response.status).toBe(200);
  const { accessToken, expiresIn } = await response.json<{ accessToken: string; expiresIn: number }>();
  return { cookie: cookieOf(response), token: accessToken, expiresIn };
}

const statusOf = async (proof: { cookie: string } | { token: string }) => (await call("GET", "/api/me", proof)).status;

describe("refreshing", () => {
  test("gives the next cookie of the same session, kept from scripts, and an access token of 15 minutes", async () => {
    useClock();
    const { cookie } = await signIn();
    const response = await refresh(cookie);
    expect(response.headers.getSetCookie()).toHaveLength(1);
    const [value, ...attributes] = setCookieOf(response)?.split("; ") ?? [];
    expect(attributes.toSorted()).toEqual(["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax"]);
    const [before, after] = [partsOf(cookie), partsOf(value ?? "")];
    expect(after.routing).toBe(before.routing);
    expect(after.secret).toMatch(/^[\w-]{43}$/);
    expect(after.secret).not.toBe(before.secret);
    const body = await response.json<Record<string, unknown>>();
    expect(body).toEqual({ accessToken: expect.stringMatching(/^a1\./) as string, expiresIn: 15 * 60 });
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("leaves requests under way in peace for half a minute, and then ends the old token", async () => {
    const clock = useClock();
    const { cookie, token } = await signIn();
    const next = await refreshed(cookie);
    expect([await statusOf(next), await statusOf({ token: next.token })]).toEqual([200, 200]);
    expect([await statusOf({ token }), await statusOf({ cookie })]).toEqual([200, 200]);
    clock.advance(GRACE_MS);
    expect(await statusOf({ token })).toBe(401);
    expect([await statusOf({ cookie: next.cookie }), await statusOf({ token: next.token })]).toEqual([200, 200]);
  });

  test("again with the cookie before answers the same for half a minute: the first answer may be lost", async () => {
    const clock = useClock();
    const { cookie } = await signIn();
    const first = await refreshed(cookie);
    clock.advance(GRACE_MS);
    const again = await refreshed(cookie);
    expect(again).toEqual({ ...first, expiresIn: 15 * 60 - 30 });
    expect(await statusOf(again)).toBe(200);
  });

  test("with it after that ends the session: somebody has a copy", async () => {
    const clock = useClock();
    const { cookie, token } = await signIn();
    const next = await refreshed(cookie);
    clock.advance(GRACE_MS + 1);
    expect(await refusal(await refresh(cookie))).toBe("401 unauthenticated");
    expect(await refusal(await refresh(next.cookie))).toBe("401 unauthenticated");
    for (const proof of [{ cookie: next.cookie }, { token: next.token }, { token }, { cookie }])
      expect(await statusOf(proof)).toBe(401);
  });

  test("with it on a page ends the session as well, and takes the cookie back", async () => {
    const clock = useClock();
    const { cookie } = await signIn();
    const next = await refreshed(cookie);
    clock.advance(GRACE_MS + 1);
    const page = await call("GET", "/", { cookie });
    expect(page.status).toBe(200);
    expect(setCookieOf(page)).toMatch(/^understory=; Max-Age=0/);
    expect(await statusOf(next)).toBe(401);
  });

  test("in another tab does not end the session of an upload that takes long", async () => {
    const clock = useClock();
    const { cookie, token } = await signIn();
    const wakes = await watchWakes();
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const headers = { cookie, origin: ORIGIN, "content-type": "application/json" };
    const answer = deployedWith({})(
      new Request(`${ORIGIN}/api/sessions/revoke-all`, { method: "POST", headers, body: body.readable }),
    );
    await expect.poll(() => wakes.all.filter((wake) => wake.endsWith("validateSession"))).toHaveLength(1);
    const next = await refreshed(cookie);
    clock.advance(GRACE_MS + 1);
    const writer = body.writable.getWriter();
    await writer.write(new TextEncoder().encode('{"keepCurrent":true}'));
    await writer.close();
    expect((await answer).status).toBe(200);
    expect(await statusOf({ cookie: next.cookie })).toBe(200);
    expect(await statusOf({ token })).toBe(401);
    expect(wakes.all.filter((wake) => wake.endsWith("revokeAllSessions"))).toHaveLength(1);
  });

  test("twenty times at once with one cookie gives one successor", async () => {
    useClock();
    const { cookie } = await signIn();
    const all = await Promise.all(Array.from({ length: 20 }, async () => await refreshed(cookie)));
    expect(new Set(all.map((one) => one.cookie)).size).toBe(1);
    expect(new Set(all.map((one) => one.token)).size).toBe(1);
    const [{ cookie: next, token } = { cookie: "", token: "" }] = all;
    expect(next).not.toBe(cookie);
    expect([await statusOf({ cookie: next }), await statusOf({ token })]).toEqual([200, 200]);
    const { sessions } = await (await call("GET", "/api/sessions", { token })).json<{ sessions: object[] }>();
    expect(sessions).toHaveLength(1);
  });

  test("on and on keeps the session, each time with a new cookie", async () => {
    const clock = useClock();
    let { cookie } = await signIn();
    const seen = new Set([cookie]);
    for (let n = 0; n < 20; n++) {
      clock.advance(8 * 60_000);
      ({ cookie } = await refreshed(cookie));
      seen.add(cookie);
    }
    expect(seen.size).toBe(21);
    expect(await statusOf({ cookie })).toBe(200);
  });

  test("is for the holder of the cookie, on our own pages", async () => {
    const { cookie, token } = await signIn();
    expect(await refusal(await call("POST", "/auth/refresh", { origin: ORIGIN }))).toBe("401 unauthenticated");
    expect(await refusal(await call("POST", "/auth/refresh", { token }))).toBe("401 unauthenticated");
    expect(await refusal(await refresh(`${cookie}; ${cookie}`))).toBe("401 unauthenticated");
    for (const origin of ["http://alice.localhost", "https://localhost", "http://evil.example", "null"])
      expect(await refusal(await call("POST", "/auth/refresh", { cookie, origin }))).toBe("403 forbidden");
    expect(await refusal(await call("POST", "/auth/refresh", { cookie }))).toBe("403 forbidden");
    expect(await statusOf({ cookie })).toBe(200);
  });
});

describe("guessing at somebody's session", () => {
  test("is refused ten times, then told to wait, while the true cookie reads, writes and refreshes", async () => {
    const clock = useClock();
    const { cookie, token } = await signIn();
    const wrong = (n: number) => withSecret(cookie, String(n).padStart(43, "x"));
    for (let n = 0; n < 10; n++) expect(await refusal(await refresh(wrong(n)))).toBe("401 unauthenticated");
    const locked = await refresh(wrong(10));
    expect(await refusal(locked.clone())).toBe("429 rate_limited");
    expect(locked.headers.get("retry-after")).toBe("30");
    expect(locked.headers.get("ratelimit")).toBe('"default";r=0;t=30');
    expect(locked.headers.getSetCookie()).toEqual([]);

    expect([await statusOf({ cookie }), await statusOf({ token })]).toEqual([200, 200]);
    const next = await refreshed(cookie);
    expect([await statusOf(next), await statusOf({ token: next.token })]).toEqual([200, 200]);

    clock.advance(30_000);
    expect(await refusal(await refresh(wrong(11)))).toBe("401 unauthenticated");
  });

  test("closes sign-in to that account for a while, and to no other", async () => {
    const clock = useClock();
    const email = `${crypto.randomUUID()}@example.com`;
    const { cookie } = await signIn("Ada", email);
    for (let n = 0; n < 10; n++) await refresh(withSecret(cookie));
    const body = { name: "Ada", email };
    const closed = await call("POST", "/auth/dev", { body });
    expect([await refusal(closed.clone()), closed.headers.get("retry-after")]).toEqual(["429 rate_limited", "30"]);
    expect(closed.headers.getSetCookie()).toEqual([]);
    expect(await statusOf(await signIn())).toBe(200);
    clock.advance(30_000);
    expect((await call("POST", "/auth/dev", { body })).status).toBe(200);
  });
});

describe("a page's shell", () => {
  const REFRESH = /<body[^>]* data-session-refresh/;
  const shown = async (cookie: string) => await (await call("GET", "/", { cookie })).text();

  test("asks for a refresh when half of the access token's life is gone, and not before", async () => {
    const clock = useClock();
    const { cookie } = await signIn();
    expect(await shown(cookie)).not.toMatch(REFRESH);
    clock.advance(7.5 * 60_000 - 1);
    expect(await shown(cookie)).not.toMatch(REFRESH);
    clock.advance(1);
    expect(await shown(cookie)).toMatch(REFRESH);
    const next = await refreshed(cookie);
    expect(await shown(next.cookie)).not.toMatch(REFRESH);
    // The browser has not got the answer: it is to ask again.
    expect(await shown(cookie)).toMatch(REFRESH);
  });

  test("asks nobody else", async () => {
    expect(await (await call("GET", "/")).text()).not.toMatch(REFRESH);
  });
});
