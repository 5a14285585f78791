import { describe, expect, test } from "vitest";
import { watchWakes } from "../helpers/calls.ts";
import { useClock } from "../helpers/clock.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { APEX, call, cookieOf, makeSite, refusal, setCookieOf } from "./support.ts";

withD1Migrations();

/** A sign-in that was begun on a site, up to where the apex takes over. */
async function begin() {
  const site = await makeSite();
  const begun = await call("GET", "/auth/begin?returnTo=/admin/posts", { host: site.host });
  const nonce = cookieOf(begun, "understory-handoff");
  const forApex = new URL(begun.headers.get("location") ?? "");
  return { ...site, nonce, forApex };
}

describe("sign-in on a site", () => {
  test("comes back from the apex with a session of the site's own", async () => {
    const { host, nonce, forApex, owner } = await begin();
    expect(forApex.host).toBe(APEX);
    const sent = await call("GET", forApex.pathname + forApex.search, { cookie: owner.cookie });
    const back = new URL(sent.headers.get("location") ?? "");
    expect(back.host).toBe(host);
    const done = await call("GET", back.pathname + back.search, { host, cookie: nonce });
    expect(done.headers.get("location")).toBe("/admin/posts");
    const cookie = cookieOf(done);
    expect(cookie).not.toBe(owner.cookie);
    const me = await (await call("GET", "/api/me", { host, cookie })).json<{ user: { id: string } }>();
    expect(me.user.id).toBe(owner.userId);
    expect(await refusal(await call("GET", back.pathname + back.search, { host, cookie: nonce }))).toBe(
      "401 unauthenticated",
    );
  });

  test("finishes only in the browser that began it, and only on that site", async () => {
    const { host, forApex, owner } = await begin();
    const other = await begin();
    const sent = await call("GET", forApex.pathname + forApex.search, { cookie: owner.cookie });
    const back = new URL(sent.headers.get("location") ?? "");
    const path = back.pathname + back.search;
    expect(await refusal(await call("GET", path, { host }))).toBe("401 unauthenticated");
    expect(await refusal(await call("GET", path, { host, cookie: other.nonce }))).toBe("401 unauthenticated");
    expect(await refusal(await call("GET", path, { host: other.host, cookie: other.nonce }))).toBe(
      "401 unauthenticated",
    );
  });

  test("asks a stranger to sign in first, and then goes on", async () => {
    const { forApex } = await begin();
    const page = await (await call("GET", forApex.pathname + forApex.search)).text();
    expect(page).toContain("challenge=");
    expect(page).toContain("/auth/dev");
  });

  test("is not begun where the visitor is signed in: a stranger's link would end their session", async () => {
    const { host, nonce, forApex, owner } = await begin();
    const sent = await call("GET", forApex.pathname + forApex.search, { cookie: owner.cookie });
    const back = new URL(sent.headers.get("location") ?? "");
    const cookie = cookieOf(await call("GET", back.pathname + back.search, { host, cookie: nonce }));
    for (const [path, to] of [
      ["/auth/begin?returnTo=/admin", "/admin"],
      ["/auth/begin?returnTo=https://evil.test/", "/"],
    ] as const) {
      const again = await call("GET", path, { host, cookie });
      expect([again.status, again.headers.get("location"), again.headers.getSetCookie()]).toEqual([302, to, []]);
    }
    expect((await call("GET", "/api/me", { host, cookie })).status).toBe(200);
    // Whose session has ended begins anew.
    await call("POST", "/auth/logout", { host, cookie, origin: `http://${host}` });
    const anew = await call("GET", "/auth/begin", { host, cookie });
    expect(new URL(anew.headers.get("location") ?? "").host).toBe(APEX);
  });

  test("is the same device there, and keeps to it", async () => {
    const { host, nonce, forApex, owner } = await begin();
    const { session } = await (
      await call("GET", "/api/me", { token: owner.token })
    ).json<{ session: { deviceId: string } }>();
    const sent = await call("GET", forApex.pathname + forApex.search, { cookie: owner.cookie });
    const back = new URL(sent.headers.get("location") ?? "");
    const done = await call("GET", back.pathname + back.search, { host, cookie: nonce });
    expect(cookieOf(done, "understory-device")).toBe(`understory-device=${session.deviceId}`);
    const { sessions } = await (
      await call("GET", "/api/sessions", { token: owner.token })
    ).json<{ sessions: { deviceId: string }[] }>();
    expect(sessions.map(({ deviceId }) => deviceId)).toEqual([session.deviceId, session.deviceId]);
  });

  test("lasts no longer than the session that it comes from", async () => {
    const clock = useClock();
    const { host, nonce, forApex, owner } = await begin();
    // Used every six days; after 30 it ends all the same.
    for (let day = 0; day < 24; day += 6) {
      clock.advance(6 * 86_400_000);
      expect((await call("GET", "/api/me", { cookie: owner.cookie })).status).toBe(200);
    }
    const sent = await call("GET", forApex.pathname + forApex.search, { cookie: owner.cookie });
    const back = new URL(sent.headers.get("location") ?? "");
    const done = await call("GET", back.pathname + back.search, { host, cookie: nonce });
    const { sessions } = await (
      await call("GET", "/api/sessions", { host, cookie: cookieOf(done) })
    ).json<{ sessions: { createdAt: string; expiresAt: string }[] }>();
    expect(new Set(sessions.map(({ createdAt }) => createdAt)).size).toBe(2);
    expect(new Set(sessions.map(({ expiresAt }) => expiresAt)).size).toBe(1);
  });

  test("forgets the nonce when it is done", async () => {
    const { host, nonce, forApex, owner } = await begin();
    const sent = await call("GET", forApex.pathname + forApex.search, { cookie: owner.cookie });
    const back = new URL(sent.headers.get("location") ?? "");
    const done = await call("GET", back.pathname + back.search, { host, cookie: nonce });
    expect(setCookieOf(done, "understory-handoff")).toMatch(/^understory-handoff=; Max-Age=0; Path=\/auth/);
  });
});

/** What browsers say when a page fetches by itself, and when it has something fetched or shown ahead. */
const FETCHES = {
  image: { "sec-fetch-dest": "image" },
  iframe: { "sec-fetch-dest": "iframe" },
  script: { "sec-fetch-dest": "script" },
  empty: { "sec-fetch-dest": "empty" },
  object: { "sec-fetch-dest": "object" },
  audio: { "sec-fetch-dest": "audio" },
  prefetch: { "sec-fetch-dest": "document", "sec-purpose": "prefetch" },
  prerender: { "sec-fetch-dest": "document", "sec-purpose": "prefetch;prerender" },
};

describe("a page that embeds a step of signing in", () => {
  test.each(Object.keys(FETCHES) as (keyof typeof FETCHES)[])(
    "as %s takes no step and uses nothing up",
    async (kind) => {
      const { host, nonce, forApex, owner } = await begin();
      const headers = FETCHES[kind];
      const began = await call("GET", "/auth/begin", { host, headers });
      expect([await refusal(began.clone()), began.headers.getSetCookie()]).toEqual(["403 forbidden", []]);

      const apexPath = forApex.pathname + forApex.search;
      const wakes = await watchWakes();
      const sent = await call("GET", apexPath, { cookie: owner.cookie, headers });
      expect([sent.status, sent.headers.get("location")]).toEqual([403, null]);
      expect(wakes.all.filter((wake) => wake.endsWith("issueTicket"))).toEqual([]);

      const back = new URL((await call("GET", apexPath, { cookie: owner.cookie })).headers.get("location") ?? "");
      const path = back.pathname + back.search;
      const done = await call("GET", path, { host, cookie: nonce, headers });
      expect([await refusal(done.clone()), done.headers.getSetCookie()]).toEqual(["403 forbidden", []]);
      const asPage = { "sec-fetch-dest": "document" };
      expect((await call("GET", path, { host, cookie: nonce, headers: asPage })).status).toBe(302);
    },
  );

  test("may show the plain sign-in page's address: that takes no step", async () => {
    const answer = await call("GET", "/sign-in", { headers: { "sec-fetch-dest": "empty" } });
    expect(answer.status).toBe(200);
  });
});
