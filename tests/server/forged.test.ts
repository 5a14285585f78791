import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { newId } from "../../parties/kernel/index.ts";
import { sessionStub } from "../../parties/session/index.ts";
import { mintCredential } from "../../server/auth/credentials.ts";
import { watchWakes } from "../helpers/calls.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { openSocket } from "../helpers/sockets.ts";
import { APEX, call, partsOf, refusal, type Someone, signIn, withSecret } from "./support.ts";

withD1Migrations();
const ORIGIN = `http://${APEX}`;

const valueOf = ({ cookie }: Someone) => decodeURIComponent(cookie.slice("understory=".length));

/** Every way to show a text as a credential: as a cookie and as a token, to read, to refresh, and to open a socket. */
async function answersTo(text: string, { userId }: Someone): Promise<string[]> {
  const cookie = `understory=${text}`;
  const answers = await Promise.all([
    call("GET", "/api/me", { cookie }),
    call("GET", "/api/me", { token: text }),
    call("POST", "/auth/refresh", { cookie, origin: ORIGIN }),
  ]);
  const to = { host: APEX, party: "session", name: userId };
  const sockets = await Promise.all([
    openSocket({ ...to, cookie }),
    openSocket({ ...to, bearer: text, origin: null }),
    openSocket({ ...to, ticket: text, origin: null }),
  ]);
  const closes = await Promise.all(sockets.map(async (socket) => (await socket.closed).code));
  return [...(await Promise.all(answers.map(refusal))), ...closes.map(String)];
}

const REFUSED = [...Array.from({ length: 3 }, () => "401 unauthenticated"), "4401", "4401", "4401"];

/** Another character of the same alphabet, in each place of a text. */
function* spoilt(text: string): Generator<string> {
  for (let at = 0; at < text.length; at++) {
    const bits = [1, 2, 4, 8, 16].map((bit) => String.fromCharCode(text.charCodeAt(at) ^ bit));
    // What a header cannot carry, and what ends a cookie, is another test's.
    for (const other of bits.filter((one) => /[!#-+\--:<-~]/.test(one)))
      yield text.slice(0, at) + other + text.slice(at + 1);
  }
}

describe("a forged routing part", () => {
  test("with any bit flipped is refused at the edge, and wakes no party", async () => {
    const ada = await signIn();
    const { routing, secret } = partsOf(ada.cookie);
    const wakes = await watchWakes();
    for (const other of spoilt(routing)) {
      const cookie = `understory=${other}.${secret}`;
      expect({ other, status: (await call("GET", "/api/me", { cookie })).status }).toEqual({ other, status: 401 });
    }
    expect(wakes.all).toEqual([]);
    expect(await wakes.newObjects()).toBe(0);
  });

  test("cut short anywhere is refused, and only a whole one has its party asked", async () => {
    const ada = await signIn();
    const text = valueOf(ada);
    const wakes = await watchWakes();
    let asked = 0;
    for (let length = 0; length < text.length; length++) {
      const cut = text.slice(0, length);
      expect({ length, answer: await refusal(await call("GET", "/api/me", { cookie: `understory=${cut}` })) }).toEqual({
        length,
        answer: "401 unauthenticated",
      });
      // Whoever holds the routing part and some of the secret's characters is asked about them, as with any wrong one.
      if (length >= partsOf(ada.cookie).routing.length + 1 + 16) asked += 1;
      expect(wakes.all).toHaveLength(asked);
    }
    expect(asked).toBe(43 - 16);
    expect(new Set(wakes.all)).toEqual(new Set([`${ada.userId} validateSession`]));
    expect(await wakes.newObjects()).toBe(0);
    expect((await call("GET", "/api/me", { cookie: ada.cookie })).status).toBe(200);
  });

  test("put together from true parts is refused everywhere, and wakes no party", async () => {
    const [ada, eve] = await Promise.all([signIn("Ada"), signIn("Eve")]);
    const second = await signIn("Ada");
    const a = { ...partsOf(ada.cookie), mac: partsOf(ada.cookie).routing.split(":")[2] };
    const e = { ...partsOf(eve.cookie), mac: partsOf(eve.cookie).routing.split(":")[2] };
    const stranger = newId("user");
    const foreignKey = { userId: ada.userId, sessionId: ada.sessionId, secret: a.secret };
    const forged = [
      // Another person's cookie with my session, and mine with theirs.
      `v1.${eve.userId}:${ada.sessionId}:${a.mac}.${a.secret}`,
      `v1.${eve.userId}:${ada.sessionId}:${e.mac}.${a.secret}`,
      `v1.${ada.userId}:${eve.sessionId}:${a.mac}.${e.secret}`,
      `v1.${ada.userId}:${second.sessionId}:${a.mac}.${a.secret}`,
      `v1.${stranger}:${ada.sessionId}:${a.mac}.${a.secret}`,
      `v1.${ada.userId}:${ada.sessionId}:.${a.secret}`,
      `v1.${ada.userId}:${ada.sessionId}.${a.secret}`,
      `v2.${ada.userId}:${ada.sessionId}:${a.mac}.${a.secret}`,
      `V1.${ada.userId}:${ada.sessionId}:${a.mac}.${a.secret}`,
      `v1.${ada.userId}:${ada.sessionId}:${a.mac}.${a.secret}.${a.secret}`,
      `a1.${ada.userId}:${ada.sessionId}:${a.mac}.${a.secret}`,
      `t1.${ada.userId}:${ada.sessionId}:${a.mac}.${a.secret}`,
      mintCredential(btoa("another key of 32 bytes, not ours"), "v1", foreignKey),
      mintCredential(btoa("another key of 32 bytes, not ours"), "a1", foreignKey),
      mintCredential(btoa("another key of 32 bytes, not ours"), "t1", foreignKey),
    ];
    const wakes = await watchWakes();
    for (const text of forged)
      expect({ text, answers: await answersTo(text, ada) }).toEqual({ text, answers: REFUSED });
    expect(wakes.all).toEqual([]);
    expect(await wakes.newObjects()).toBe(0);
    for (const { token, cookie } of [ada, eve, second])
      for (const proof of [{ token }, { cookie }]) expect((await call("GET", "/api/me", proof)).status).toBe(200);
  });
});

test("an access token is no cookie and no ticket, a cookie no token and no ticket, a ticket neither", async () => {
  const ada = await signIn();
  const to = { party: "session", name: ada.userId };
  const { ticket } = await (
    await call("POST", "/api/tickets", { token: ada.token, body: to })
  ).json<{ ticket: string }>();
  const wakes = await watchWakes();
  const asCookie = async (text: string) =>
    await refusal(await call("GET", "/api/me", { cookie: `understory=${text}` }));
  const asToken = async (token: string) => await refusal(await call("GET", "/api/me", { token }));
  const asTicket = async (text: string) =>
    (await (await openSocket({ host: APEX, ...to, ticket: text, origin: null })).closed).code;
  expect([await asCookie(ada.token), await asCookie(ticket)]).toEqual(["401 unauthenticated", "401 unauthenticated"]);
  expect([await asToken(valueOf(ada)), await asToken(ticket)]).toEqual(["401 unauthenticated", "401 unauthenticated"]);
  expect([await asTicket(valueOf(ada)), await asTicket(ada.token)]).toEqual([4401, 4401]);
  expect(wakes.all).toEqual([]);
});

describe("a secret under a true routing part", () => {
  test("that is wrong, or of another session or kind, is refused; the party that is asked is its own", async () => {
    const email = `${crypto.randomUUID()}@example.com`;
    const ada = await signIn("Ada", email);
    const phone = await signIn("Ada", email);
    const eve = await signIn("Eve");
    const accessSecret = ada.token.split(".")[2] ?? "";
    const wakes = await watchWakes();
    const secrets = ["A".repeat(43), partsOf(phone.cookie).secret, partsOf(eve.cookie).secret, accessSecret];
    for (const secret of secrets)
      expect(await refusal(await call("GET", "/api/me", { cookie: withSecret(ada.cookie, secret) }))).toBe(
        "401 unauthenticated",
      );
    expect(wakes.all).toEqual(secrets.map(() => `${ada.userId} validateSession`));
  });

  test("of a person who never was makes one empty object at most, and signs nobody in", async () => {
    const [userId, sessionId] = [newId("user"), newId("session")];
    const key = env.SESSION_SECRET;
    const cookie = `understory=${mintCredential(key, "v1", { userId, sessionId, secret: "s".repeat(43) })}`;
    expect(await refusal(await call("GET", "/api/me", { cookie }))).toBe("401 unauthenticated");
    expect(await sessionStub(env, { userId }).listSessions({})).toEqual({ sessions: [] });
  });
});

describe("two credentials at once", () => {
  test("two cookies of one name are refused, whichever is good and in whichever order, and wake nobody", async () => {
    const [ada, eve] = await Promise.all([signIn("Ada"), signIn("Eve")]);
    const wakes = await watchWakes();
    for (const cookie of [
      `${ada.cookie}; ${eve.cookie}`,
      `${eve.cookie}; ${ada.cookie}`,
      `${ada.cookie}; ${ada.cookie}`,
      `${ada.cookie}; understory=`,
      `understory=planted; ${ada.cookie}`,
      `a=1; ${ada.cookie}; b=2;${eve.cookie}`,
    ]) {
      expect(await refusal(await call("GET", "/api/me", { cookie }))).toBe("401 unauthenticated");
      expect(await refusal(await call("POST", "/auth/refresh", { cookie, origin: ORIGIN }))).toBe(
        "401 unauthenticated",
      );
      const socket = await openSocket({ host: APEX, party: "session", name: ada.userId, cookie });
      expect((await socket.closed).code).toBe(4401);
    }
    expect(wakes.all).toEqual([]);
  });

  test("a token beside a cookie decides alone: its person is who calls, and a bad one is not mended by the cookie", async () => {
    const [ada, eve] = await Promise.all([signIn("Ada"), signIn("Eve")]);
    const both = await call("GET", "/api/me", { cookie: ada.cookie, token: eve.token });
    expect(await both.json()).toMatchObject({ user: { id: eve.userId }, session: { id: eve.sessionId } });
    for (const authorization of ["Bearer x", "Bearer ", "Basic eDp5", `bearer ${eve.token}x`]) {
      const answer = await call("GET", "/api/me", { cookie: ada.cookie, headers: { authorization } });
      expect(await refusal(answer)).toBe("401 unauthenticated");
    }
  });
});
