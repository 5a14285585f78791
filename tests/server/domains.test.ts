import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../parties/kernel/index.ts";
import { sessionStub } from "../../parties/session/index.ts";
import { NEW_ACCOUNT } from "../../schema/users.ts";
import { mintCredential } from "../../server/auth/credentials.ts";
import { challengeOf, ticketTarget } from "../../server/auth/handoff.ts";
import { watchWakes } from "../helpers/calls.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { TestSocket } from "../helpers/sockets.ts";
import { type Call, call, cookieOf, deployedWith, makeSite, refusal, setCookieOf } from "./support.ts";

withD1Migrations();

const ROOT = "example.com";
const COOKIE = "__Secure-understory";
const deployment = deployedWith({ ROOT_DOMAIN: ROOT });
/** The product as it is served to the world: TLS, one parent domain, sites under it. */
const over = async (method: string, path: string, options: Call = {}) =>
  await call(method, path, { host: ROOT, scheme: "https", deployment, ...options });

let userId: string;
let sessionId: string;
/** Value of a Cookie header of somebody signed in. */
let cookie: string;
/** The host of a site of that deployment. */
let site: string;

beforeEach(async () => {
  userId = newId("user");
  ({ sessionId, cookie } = await sessionOf(userId));
  site = `${(await makeSite()).subdomain}.${ROOT}`;
});

/** Signs a person in who has that id. */
async function sessionOf(id: string): Promise<{ sessionId: string; cookie: string }> {
  const created = await sessionStub(env, { userId: id }).createSession({
    account: { ...NEW_ACCOUNT, id, name: "Ada", picture: null, email: null, role: "user" },
    userAgent: null,
    ipAddress: null,
    deviceId: newId("device"),
  });
  const credential = { userId: id, sessionId: created.sessionId, secret: created.secret };
  return {
    sessionId: created.sessionId,
    cookie: `${COOKIE}=${mintCredential(env.SESSION_SECRET, "v1", credential)}`,
  };
}

/** Opens a socket over TLS as a page of some origin does. Answers its close code, or its first frames' types. */
async function opening(host: string, headers: Record<string, string>): Promise<number | string> {
  const url = `https://${host}/parties/session/${userId}`;
  const { webSocket } = await deployment(new Request(url, { headers: { upgrade: "websocket", ...headers } }));
  if (webSocket === null) throw new Error("No socket");
  const socket = new TestSocket(webSocket);
  const first = await Promise.any([socket.next("initial_state"), socket.next("error")]);
  if (first.type === "error") return (await socket.closed).code;
  socket.close();
  await socket.closed;
  return first.type;
}

describe("one sign-in over TLS", () => {
  test("serves the apex and every site", async () => {
    for (const host of [ROOT, site]) {
      const me = await over("GET", "/api/me", { host, cookie });
      expect(await me.json()).toMatchObject({ user: { id: userId }, session: { id: sessionId } });
      expect(await opening(host, { cookie, origin: `https://${host}` })).toBe("initial_state");
    }
  });

  test("is refreshed and ended for all of them at once, wherever that is done", async () => {
    const answer = await over("POST", "/auth/refresh", { host: site, cookie, origin: `https://${site}` });
    const [, ...attributes] = setCookieOf(answer, COOKIE)?.split("; ") ?? [];
    expect(attributes.toSorted()).toEqual([
      `Domain=${ROOT}`,
      "HttpOnly",
      "Max-Age=2592000",
      "Path=/",
      "SameSite=Lax",
      "Secure",
    ]);
    const next = cookieOf(answer, COOKIE);
    expect((await over("GET", "/api/me", { cookie: next })).status).toBe(200);

    const out = await over("POST", "/auth/logout", { host: site, cookie: next, origin: `https://${site}` });
    const ended = setCookieOf(out, COOKIE) ?? "";
    for (const part of [`${COOKIE}=;`, "Max-Age=0", `Domain=${ROOT}`, "Path=/", "Secure"])
      expect(ended).toContain(part);
    expect((await over("GET", "/api/me", { cookie: next })).status).toBe(401);
  });

  test("is not handed over: whoever has its cookie would get a second session, which outlives the first", async () => {
    for (const given of [{}, { cookie }])
      expect(await refusal(await over("GET", "/auth/begin?returnTo=/admin", { host: site, ...given }))).toBe(
        "404 not_found",
      );
    const handoff = { site: site.replace(`.${ROOT}`, ""), challenge: challengeOf("a nonce"), returnTo: "/admin" };
    const wakes = await watchWakes();
    const sent = await over("GET", `/sign-in?${new URLSearchParams(handoff)}`, { cookie });
    expect(sent.headers.get("location")).toBe("/admin");
    const page = await over("GET", `/sign-in?${new URLSearchParams(handoff)}`);
    expect(await page.text()).not.toContain("challenge");
    expect(wakes.all.filter((wake) => !wake.endsWith("validateSession"))).toEqual([]);
  });

  test("is not handed over with a ticket that was good, either, and that stays unused", async () => {
    const challenge = challengeOf("a nonce");
    const to = ticketTarget({ site: site.replace(`.${ROOT}`, ""), challenge });
    const party = sessionStub(env, { userId });
    const { secret } = await party.issueTicket({ sessionId, ...to });
    const ticket = mintCredential(env.SESSION_SECRET, "t1", { userId, sessionId, secret });
    const path = `/auth/handoff?${new URLSearchParams({ ticket, challenge, returnTo: "/" })}`;
    const done = await over("GET", path, { host: site, cookie: "understory-handoff=a nonce" });
    expect([await refusal(done.clone()), done.headers.getSetCookie()]).toEqual(["404 not_found", []]);
    expect((await party.listSessions({})).sessions).toHaveLength(1);
    expect(await party.redeemTicket({ secret, ...to, opensSocket: false })).toMatchObject({ valid: true });
  });

  test("is no sign-in by the developer's door, which is not there", async () => {
    const body = { name: "Eve", email: "eve@example.com" };
    for (const host of [ROOT, site])
      expect(await refusal(await over("POST", "/auth/dev", { host, body }))).toBe("404 not_found");
  });
});

describe("a cookie that serves all sites", () => {
  const foreign = () => [
    "https://bob.example.com",
    "https://evil.test",
    `http://${site}`,
    `https://${site}:8443`,
    `https://${site}.evil.test`,
    `https://${ROOT}`,
    "null",
    "",
  ];

  test("changes nothing for a page of a sibling site or of anywhere else", async () => {
    for (const origin of foreign()) {
      const options = { host: site, cookie, origin, body: { keepCurrent: true } };
      expect({ origin, answer: await refusal(await over("POST", "/api/sessions/revoke-all", options)) }).toEqual({
        origin,
        answer: "403 forbidden",
      });
      for (const path of ["/auth/refresh", "/auth/logout"])
        expect(await refusal(await over("POST", path, { host: site, cookie, origin }))).toBe("403 forbidden");
    }
    const body = { keepCurrent: true };
    expect(await refusal(await over("POST", "/api/sessions/revoke-all", { host: site, cookie, body }))).toBe(
      "403 forbidden",
    );
    const own = await over("POST", "/api/sessions/revoke-all", { host: site, cookie, origin: `https://${site}`, body });
    expect(own.status).toBe(200);
  });

  test("opens no socket for one either, with or without a ticket or a token beside it", async () => {
    for (const origin of foreign()) {
      expect(await opening(site, { cookie, origin })).toBe(4403);
      expect(await opening(site, { cookie, origin, authorization: "Bearer x" })).toBe(4403);
    }
    expect(await opening(site, { cookie })).toBe(4403);
  });

  test("cannot be planted by a sibling, or by plain HTTP", async () => {
    expect(await refusal(await over("GET", "/api/me", { cookie: `${cookie}; ${COOKIE}=planted` }))).toBe(
      "401 unauthenticated",
    );
    // The name without the prefix is one that a page over plain HTTP can set: it is nobody's.
    const plain = cookie.replace(COOKIE, "understory");
    expect(await refusal(await over("GET", "/api/me", { cookie: plain }))).toBe("401 unauthenticated");
    expect((await over("GET", "/api/me", { cookie: `${plain}; ${cookie}` })).status).toBe(200);
    expect((await over("GET", "/api/me", { cookie, scheme: "http" })).status).toBe(401);
  });
});

describe("a second cookie of the session's name, which a sibling's page has planted", () => {
  const planted = () => `${COOKIE}=v1.planted; ${cookie}`;

  test("is cleared by the next page together with all others: to end ours would leave the planted one", async () => {
    const page = await over("GET", "/", { host: site, cookie: planted() });
    expect([page.status, page.headers.get("clear-site-data"), page.headers.getSetCookie()]).toEqual([
      200,
      '"cookies"',
      [],
    ]);
    const alone = await over("GET", "/", { host: site, cookie: `${COOKIE}=v1.planted` });
    expect(alone.headers.get("clear-site-data")).toBeNull();
    expect(setCookieOf(alone, COOKIE)).toContain("Max-Age=0");
    const good = await over("GET", "/", { host: site, cookie });
    expect([good.headers.get("clear-site-data"), good.headers.getSetCookie()]).toEqual([null, []]);
  });

  test("leaves API calls refused, and clears nothing with them", async () => {
    const answer = await over("GET", "/api/me", { host: site, cookie: planted() });
    expect([await refusal(answer.clone()), answer.headers.get("clear-site-data")]).toEqual([
      "401 unauthenticated",
      null,
    ]);
  });

  test("does not keep the session alive through signing out", async () => {
    const [other, elsewhere] = [newId("user"), newId("user")];
    const forged = mintCredential(env.SESSION_SECRET, "v1", { userId: other, sessionId, secret: "s".repeat(43) });
    const stranger = await sessionOf(elsewhere);
    const all = `${COOKIE}=x; ${COOKIE}=${forged}; ${cookie}; ${stranger.cookie}`;
    const out = await over("POST", "/auth/logout", { host: site, cookie: all, origin: `https://${site}` });
    expect([out.status, out.headers.get("clear-site-data"), out.headers.getSetCookie()]).toEqual([
      204,
      '"cookies"',
      [],
    ]);
    for (const one of [cookie, stranger.cookie])
      expect((await over("GET", "/api/me", { cookie: one })).status).toBe(401);
  });

  test("ends nobody's session for a secret that is wrong", async () => {
    const guess = mintCredential(env.SESSION_SECRET, "v1", { userId, sessionId, secret: "s".repeat(43) });
    const both = `${COOKIE}=${guess}; ${COOKIE}=x`;
    const out = await over("POST", "/auth/logout", { host: site, cookie: both, origin: `https://${site}` });
    expect(out.status).toBe(204);
    expect((await over("GET", "/api/me", { cookie })).status).toBe(200);
  });
});

describe("behind a proxy that speaks TLS", () => {
  const headers = { "x-forwarded-proto": "https" };

  test("cookies and origins are those of TLS", async () => {
    const proxied = { scheme: "http" as const, host: site, cookie, headers };
    expect((await over("GET", "/api/me", proxied)).status).toBe(200);
    const answer = await over("POST", "/auth/refresh", { ...proxied, origin: `https://${site}` });
    expect(setCookieOf(answer, COOKIE)).toContain("; Secure");
    expect(await refusal(await over("POST", "/auth/refresh", { ...proxied, origin: `http://${site}` }))).toBe(
      "403 forbidden",
    );
  });
});
