import { describe, expect, onTestFinished, test, vi } from "vitest";
import { newId } from "../../parties/kernel/index.ts";
import type { CallReply, CallRequest } from "../../parties/kernel/naming.ts";
import { Party } from "../../parties/kernel/party.ts";
import { toWire } from "../../parties/kernel/wire-errors.ts";
import { PartyError } from "../../schema/errors.ts";
import { deviceIdSchema } from "../../schema/ids.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { catchLogs } from "../helpers/logs.ts";
import { join } from "../helpers/sockets.ts";
import { newBrowser } from "./browser.ts";
import { APEX, call, refusal, setCookieOf, signIn, withSecret } from "./support.ts";

withD1Migrations();

const DEVICE = "understory-device";
const someone = () => `${crypto.randomUUID()}@example.com`;

interface Sessions {
  sessions: { id: string; deviceId: string; deviceName: string; current: boolean }[];
}

/** The devices that somebody may see, newest use first. */
async function devicesOf(token: string): Promise<Sessions["sessions"]> {
  return (await (await call("GET", "/api/sessions", { token })).json<Sessions>()).sessions;
}

describe("the device cookie", () => {
  test("comes with the first sign-in, for 400 days, out of reach of scripts", async () => {
    const response = await call("POST", "/auth/dev", { body: { name: "Ada", email: someone() } });
    const [pair = "", ...attributes] = setCookieOf(response, DEVICE)?.split("; ") ?? [];
    expect(deviceIdSchema.safeParse(pair.slice(`${DEVICE}=`.length)).success).toBe(true);
    expect(attributes.toSorted()).toEqual([`HttpOnly`, `Max-Age=${400 * 86_400}`, "Path=/", "SameSite=Lax"]);
  });

  test("stays through signing out, in again, as somebody else, and a refresh; its sessions say it", async () => {
    const browser = newBrowser();
    const [ada, bob] = [someone(), someone()];
    const first = await browser.signIn(ada);
    const device = browser.jar.get(DEVICE);
    expect(await devicesOf(first.token)).toMatchObject([{ id: first.sessionId, deviceId: device, current: true }]);

    expect((await browser.call("POST", "/auth/logout")).status).toBe(204);
    expect([browser.jar.has("understory"), browser.jar.get(DEVICE)]).toEqual([false, device]);

    for (const email of [bob, ada, ada]) {
      const { token } = await browser.signIn(email);
      expect(browser.jar.get(DEVICE)).toBe(device);
      expect(await devicesOf(token)).toMatchObject([{ deviceId: device }]);
    }
    await browser.call("POST", "/auth/refresh");
    const { session } = await (await browser.call("GET", "/api/me")).json<{ session: { deviceId: string } }>();
    expect(session.deviceId).toBe(device);
  });

  test("tells browsers apart, and is what the socket's first frame says", async () => {
    const [laptop, phone] = [newBrowser(), newBrowser()];
    const email = someone();
    const { userId, token } = await laptop.signIn(email);
    await phone.signIn(email);
    expect(laptop.jar.get(DEVICE)).not.toBe(phone.jar.get(DEVICE));
    expect(new Set((await devicesOf(token)).map(({ deviceId }) => deviceId))).toEqual(
      new Set([laptop.jar.get(DEVICE), phone.jar.get(DEVICE)]),
    );
    const cookie = `understory=${phone.jar.get("understory")}`;
    const socket = await join({ host: APEX, party: "session", name: userId, cookie });
    expect(await socket.next("initial_state")).toMatchObject({ deviceId: phone.jar.get(DEVICE) });
  });

  test.each([
    "",
    "x",
    "dev_short",
    `dev_${"a".repeat(22)}`,
    `usr_${"a".repeat(21)}`,
    "%00",
    "<script>",
    "a".repeat(4_000),
  ])("that is malformed is replaced: %s", async (planted) => {
    const browser = newBrowser();
    browser.jar.set(DEVICE, planted);
    const { token } = await browser.signIn(someone());
    const device = browser.jar.get(DEVICE);
    expect(device).toMatch(/^dev_[\w-]{21}$/);
    expect(await devicesOf(token)).toMatchObject([{ deviceId: device }]);
  });

  test("vouches for nothing: another person's opens none of their sessions", async () => {
    const [victim, thief] = [newBrowser(), newBrowser()];
    const { userId } = await victim.signIn(someone());
    thief.jar.set(DEVICE, victim.jar.get(DEVICE) ?? "");
    expect(await refusal(await thief.call("GET", "/api/me"))).toBe("401 unauthenticated");
    const { token, userId: other } = await thief.signIn(someone());
    expect(other).not.toBe(userId);
    expect(await devicesOf(token)).toHaveLength(1);
    expect((await victim.call("GET", "/api/me")).status).toBe(200);
  });
});

describe("signing in where somebody is signed in", () => {
  test("ends the session before, also of another person, and leaves their other devices", async () => {
    const [browser, elsewhere] = [newBrowser(), newBrowser()];
    const [ada, bob] = [someone(), someone()];
    const kept = await elsewhere.signIn(ada);
    const first = await browser.signIn(ada);
    const second = await browser.signIn(ada);
    const statusOf = async (token: string) => (await call("GET", "/api/me", { token })).status;
    expect([await statusOf(first.token), await statusOf(second.token)]).toEqual([401, 200]);
    expect(await devicesOf(second.token)).toHaveLength(2);

    const third = await browser.signIn(bob);
    expect([await statusOf(second.token), await statusOf(third.token)]).toEqual([401, 200]);
    expect(await devicesOf(kept.token)).toMatchObject([{ id: kept.sessionId }]);
  });

  test("closes what was open there, with a word of it", async () => {
    const browser = newBrowser();
    const email = someone();
    const { userId, token } = await browser.signIn(email);
    const socket = await join({ host: APEX, party: "session", name: userId, bearer: token, origin: null });
    await browser.signIn(someone());
    expect(await socket.closed).toMatchObject({ code: 4401 });
    expect(socket.all("logged_out")).toHaveLength(1);
  });

  test("ends nothing for a cookie whose secret is not known: that would be a way to sign others out", async () => {
    const ada = await signIn();
    const planted = withSecret(ada.cookie);
    const body = { name: "Eve", email: someone() };
    const response = await call("POST", "/auth/dev", { cookie: planted, origin: `http://${APEX}`, body });
    expect(response.status).toBe(200);
    expect((await call("GET", "/api/me", { token: ada.token })).status).toBe(200);
  });

  test("works while the other person's party is away: their session may outlast it, and that is written down", async () => {
    const browser = newBrowser();
    const ada = await browser.signIn(someone());
    const kept = `understory=${browser.jar.get("understory")}`;
    const email = someone();
    const bob = await signIn("Bob", email);
    const real = Party.prototype.call;
    const spy = vi.spyOn(Party.prototype, "call").mockImplementation(async function call(
      this: InstanceType<typeof Party>,
      request: CallRequest,
    ): Promise<CallReply> {
      if (request.method !== "displaceSession") return await real.call(this, request);
      return { ok: false, error: toWire(new PartyError("unavailable"), request.traceId) };
    });
    onTestFinished(() => spy.mockRestore());
    const logs = catchLogs();
    for (let n = 0; n < 10; n++) {
      browser.jar.set("understory", kept.slice("understory=".length));
      await browser.signIn(email);
      expect(browser.jar.get("understory")).not.toBe(kept.slice("understory=".length));
    }
    expect(logs).toContainEqual(
      expect.objectContaining({ level: "warn", event: "session.not_displaced", userId: ada.userId }),
    );
    const { userId } = bob;
    const me = await (await browser.call("GET", "/api/me")).json<{ user: { id: string } }>();
    expect(me.user.id).toBe(userId);
  });

  test("works for somebody whose session has ended, or whose cookie is nonsense", async () => {
    const ended = newBrowser();
    const email = someone();
    const { sessionId, token } = await ended.signIn(email);
    await call("DELETE", `/api/sessions/${sessionId}`, { token });
    expect((await ended.signIn(email)).sessionId).not.toBe(sessionId);
    expect((await ended.call("GET", "/api/me")).status).toBe(200);

    const odd = newBrowser();
    odd.jar.set("understory", `v1.${newId("user")}:${newId("session")}:mac.${"s".repeat(43)}`);
    await odd.signIn(email);
    expect((await odd.call("GET", "/api/me")).status).toBe(200);
  });
});
