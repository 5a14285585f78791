import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { newId } from "../../parties/kernel/index.ts";
import { mintCredential } from "../../server/auth/credentials.ts";
import { watchWakes } from "../helpers/calls.ts";
import { useClock } from "../helpers/clock.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { join, openSocket } from "../helpers/sockets.ts";
import { APEX, call, type Someone, signIn } from "./support.ts";

withD1Migrations();

const sessionOf = (name: string) => ({ host: APEX, party: "session", name });

async function closeOf(options: Parameters<typeof openSocket>[0]): Promise<number> {
  const socket = await openSocket(options);
  const { code } = await socket.closed;
  expect(socket.frames.map(({ type }) => type)).toEqual(["error"]);
  return code;
}

async function ticketOf({ token }: Someone, to: { party: string; name: string }): Promise<string> {
  const made = await call("POST", "/api/tickets", { token, body: to });
  return (await made.json<{ ticket: string }>()).ticket;
}

describe("a socket to one's own session", () => {
  test("opens by cookie, by token, and by ticket; it greets with the state", async () => {
    const ada = await signIn();
    const to = sessionOf(ada.userId);
    const ticket = await ticketOf(ada, { party: to.party, name: to.name });
    for (const proof of [{ cookie: ada.cookie }, { bearer: ada.token, origin: null }, { ticket, origin: null }]) {
      const socket = await join({ ...to, ...proof });
      expect(socket.all("welcome")[0]).not.toHaveProperty("state");
      expect(await socket.next("initial_state")).toMatchObject({ sessionId: ada.sessionId, presence: "online" });
    }
  });

  test("closes with the session, told so first", async () => {
    const ada = await signIn();
    const socket = await join({ ...sessionOf(ada.userId), cookie: ada.cookie });
    await call("POST", "/auth/logout", { cookie: ada.cookie, origin: `http://${APEX}` });
    expect(await socket.closed).toMatchObject({ code: 4401 });
    expect(socket.frames.slice(-2)).toMatchObject([{ type: "logged_out" }, { type: "error", code: "unauthenticated" }]);
  });
});

test("a socket is not opened with a cookie by a page of a sibling site or of anywhere else", async () => {
  const ada = await signIn();
  const wakes = await watchWakes();
  const foreign = [
    "http://alice.localhost",
    "https://localhost",
    "http://localhost:81",
    "http://evil.test",
    "null",
    null,
  ];
  for (const origin of foreign)
    expect({ origin, code: await closeOf({ ...sessionOf(ada.userId), cookie: ada.cookie, origin }) }).toEqual({
      origin,
      code: 4403,
    });
  expect(wakes.all).toEqual([]);
});

describe("a socket to another person's session", () => {
  test("is refused by whichever proof, before anybody is woken", async () => {
    const [ada, eve] = await Promise.all([signIn("Ada"), signIn("Eve")]);
    const ticket = await ticketOf(eve, { party: "session", name: ada.userId });
    const nobody = newId("user");
    const wakes = await watchWakes();
    for (const name of [ada.userId, nobody]) {
      const to = sessionOf(name);
      expect(await closeOf({ ...to, cookie: eve.cookie })).toBe(4403);
      expect(await closeOf({ ...to, bearer: eve.token, origin: null })).toBe(4403);
      expect(await closeOf({ ...to, ticket, origin: null })).toBe(4403);
      expect(await closeOf(to)).toBe(4401);
      expect(await closeOf({ ...to, cookie: "understory=nonsense" })).toBe(4401);
    }
    expect(wakes.all).toEqual([]);
    expect(await wakes.newObjects()).toBe(0);
  });

  test("is not opened under any other spelling of a name, nor does one make an object", async () => {
    const [ada, eve] = await Promise.all([signIn("Ada"), signIn("Eve")]);
    const wakes = await watchWakes();
    const encoded = ada.userId.replace(/^u/, "%75");
    for (const [name, code] of [
      [encoded, 4403],
      [ada.userId.replace(/^u/, "%2575"), 4404],
      [`${ada.userId}%00`, 4404],
      [`${ada.userId}:${eve.userId}`, 4404],
      [ada.userId.slice(0, -1), 4404],
      ["usr_", 4404],
      ["..", 4404],
    ] as const)
      expect({ name, code: await closeOf({ ...sessionOf(name), cookie: eve.cookie }) }).toEqual({ name, code });
    expect(wakes.all).toEqual([]);
    expect(await wakes.newObjects()).toBe(0);
    // The encoded name is another way to say the same one.
    await join({ ...sessionOf(encoded), cookie: ada.cookie });
    expect(await wakes.newObjects()).toBe(0);
  });
});

describe("a ticket", () => {
  test("opens one's own session once, within 30 s, and not another party", async () => {
    const clock = useClock();
    const ada = await signIn();
    const own = { party: "session", name: ada.userId };
    const used = await ticketOf(ada, own);
    await join({ ...sessionOf(ada.userId), ticket: used, origin: null });
    expect(await closeOf({ ...sessionOf(ada.userId), ticket: used, origin: null })).toBe(4401);

    const late = await ticketOf(ada, own);
    clock.advance(30_000);
    expect(await closeOf({ ...sessionOf(ada.userId), ticket: late, origin: null })).toBe(4401);

    const elsewhere = await ticketOf(ada, { party: "post", name: `some-site:${newId("post")}` });
    expect(await closeOf({ ...sessionOf(ada.userId), ticket: elsewhere, origin: null })).toBe(4401);
  });

  test("of an ended session is worth nothing", async () => {
    const ada = await signIn();
    const phone = await signIn();
    const ticket = await ticketOf(ada, { party: "session", name: ada.userId });
    await call("DELETE", `/api/sessions/${ada.sessionId}`, { token: ada.token });
    expect(await closeOf({ ...sessionOf(ada.userId), ticket, origin: null })).toBe(4401);
    expect((await call("GET", "/api/me", { token: phone.token })).status).toBe(200);
  });

  test("whose routing part is not ours wakes nobody, and a page of another origin may not use one", async () => {
    const ada = await signIn();
    const to = sessionOf(ada.userId);
    const { userId, sessionId } = ada;
    const forged = mintCredential(btoa("another key of 32 bytes, not ours"), "t1", {
      userId,
      sessionId,
      secret: "s".repeat(43),
    });
    const ticket = await ticketOf(ada, { party: "session", name: userId });
    const wakes = await watchWakes();
    for (const bad of [forged, "", "x", `${ticket}.`, ticket.slice(0, 60)])
      expect(await closeOf({ ...to, ticket: bad, origin: null })).toBe(4401);
    for (const origin of ["http://evil.localhost", "https://localhost", "null"])
      expect(await closeOf({ ...to, ticket, origin })).toBe(4403);
    expect(wakes.all).toEqual([]);
    await join({ ...to, ticket, origin: null });
  });

  test("with a wrong secret under a true routing part is refused, and the true one is still good", async () => {
    const ada = await signIn();
    const to = sessionOf(ada.userId);
    const { userId, sessionId } = ada;
    const ticket = await ticketOf(ada, { party: "session", name: userId });
    const wrong = mintCredential(env.SESSION_SECRET, "t1", { userId, sessionId, secret: "s".repeat(43) });
    expect(await closeOf({ ...to, ticket: wrong, origin: null })).toBe(4401);
    await join({ ...to, ticket, origin: null });
  });
});
