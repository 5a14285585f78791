import { randomBytes } from "node:crypto";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { networkOf } from "../../server/auth/source.ts";
import { useClock } from "../helpers/clock.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { watchWakes } from "../helpers/calls.ts";
import { ringAlarms } from "../helpers/objects.ts";
import { APEX, call, cookieOf, makeSite, refusal, signIn } from "./support.ts";

withD1Migrations();

/** A network that no other test has. */
const newNetwork = () => `2001:db8:${randomBytes(2).toString("hex")}:${randomBytes(2).toString("hex")}`;

/** Tries to finish a sign-in with a ticket that is none, from an address. */
async function fail(host: string, address: string): Promise<Response> {
  const query = new URLSearchParams({ ticket: "t1.forged", challenge: "c".repeat(43), returnTo: "/" });
  return await call("GET", `/auth/handoff?${query}`, { host, headers: { "cf-connecting-ip": address } });
}

/** As often as it takes to be locked. */
async function lock(host: string, address: string): Promise<void> {
  for (let n = 0; n < 10; n++) expect(await refusal(await fail(host, address))).toBe("401 unauthenticated");
}

/** A ticket that leads somebody from the apex to a site, and the nonce that goes with it. */
async function handedOver(host: string, cookie: string) {
  const begun = await call("GET", "/auth/begin?returnTo=/admin", { host });
  const forApex = new URL(begun.headers.get("location") ?? "");
  const sent = await call("GET", forApex.pathname + forApex.search, { cookie });
  const back = new URL(sent.headers.get("location") ?? "");
  return { path: back.pathname + back.search, nonce: cookieOf(begun, "understory-handoff") };
}

describe("failed sign-ins from one address", () => {
  test("are refused ten times, then told to wait; another address is free", async () => {
    useClock();
    const { host } = await makeSite();
    const network = newNetwork();
    await lock(host, `${network}::1`);
    const locked = await fail(host, `${network}::1`);
    expect([await refusal(locked.clone()), locked.headers.get("retry-after")]).toEqual(["429 rate_limited", "30"]);
    expect(await refusal(await fail(host, `${newNetwork()}::1`))).toBe("401 unauthenticated");
  });

  test("count for a whole subscriber's network in IPv6, and for each address in IPv4", async () => {
    useClock();
    const { host } = await makeSite();
    const network = newNetwork();
    for (let n = 0; n < 10; n++) await fail(host, `${network}:${n}:${n}:${n}:${n + 1}`);
    expect(await refusal(await fail(host, `${network}::ffff`))).toBe("429 rate_limited");
    const [a, b] = randomBytes(2);
    for (let n = 0; n < 10; n++) await fail(host, `10.${a}.${b}.1`);
    expect(await refusal(await fail(host, `10.${a}.${b}.1`))).toBe("429 rate_limited");
    expect(await refusal(await fail(host, `10.${a}.${b}.2`))).toBe("401 unauthenticated");
  });

  test("close the way in even for a good ticket, and end no session that is there", async () => {
    const clock = useClock();
    const { host, owner } = await makeSite();
    const address = `${newNetwork()}::1`;
    await lock(host, address);
    clock.advance(10_000);
    const headers = { "cf-connecting-ip": address };
    const { path, nonce } = await handedOver(host, owner.cookie);
    expect(await refusal(await call("GET", path, { host, cookie: nonce, headers }))).toBe("429 rate_limited");
    expect((await call("GET", "/api/me", { cookie: owner.cookie, headers })).status).toBe(200);
    expect(
      (await call("POST", "/auth/refresh", { cookie: owner.cookie, origin: `http://${APEX}`, headers })).status,
    ).toBe(200);
    clock.advance(19_999);
    expect(await refusal(await fail(host, address))).toBe("429 rate_limited");
    // The lock is over, and the ticket was not used up by it.
    clock.advance(1);
    expect((await call("GET", path, { host, cookie: nonce, headers })).status).toBe(302);
  });

  test("lock for twice as long each time, a success between them or not, and are forgotten after a day", async () => {
    const clock = useClock();
    const { host, owner } = await makeSite();
    const address = `${newNetwork()}::1`;
    const headers = { "cf-connecting-ip": address };
    const wakes = await watchWakes();
    for (const seconds of [30, 60, 120]) {
      await lock(host, address);
      expect((await fail(host, address)).headers.get("retry-after")).toBe(String(seconds));
      clock.advance(seconds * 1_000);
      const { path, nonce } = await handedOver(host, owner.cookie);
      expect((await call("GET", path, { host, cookie: nonce, headers })).status).toBe(302);
    }
    const [source] = wakes.all.find((wake) => wake.endsWith("recordFailure"))?.split(" ") ?? [];
    // Its name is a keyed hash: nobody reads an address out of it.
    expect(source).toMatch(/^[\w-]{43}$/);
    const object = env.Attempts.getByName(source ?? "");
    clock.advance(24 * 60 * 60_000);
    expect(await ringAlarms(object)).toBeGreaterThan(0);
    await lock(host, address);
    expect((await fail(host, address)).headers.get("retry-after")).toBe("30");
  });

  test("are only those that the visitor is to blame for", async () => {
    const { host, owner } = await makeSite();
    const address = `${newNetwork()}::1`;
    const headers = { "cf-connecting-ip": address };
    const wakes = await watchWakes();
    const query = `ticket=x&challenge=${"c".repeat(43)}&returnTo=/`;
    for (const [on, path, more] of [
      // Embedded by a stranger's page, on no site, malformed.
      [host, `/auth/handoff?${query}`, { "sec-fetch-dest": "image" }],
      ["nobody-here.localhost", `/auth/handoff?${query}`, {}],
      [host, "/auth/handoff?ticket=x", {}],
      [host, "/auth/begin", {}],
    ] as const)
      await call("GET", path, { host: on, headers: { ...headers, ...more } });
    await call("GET", "/api/me", { headers, cookie: "understory=nonsense" });
    expect(wakes.all.filter((wake) => wake.endsWith("recordFailure"))).toEqual([]);
    expect(owner.userId).not.toBe("");
  });

  test("from an address that nobody knows are refused all the same, and lock nobody", async () => {
    const { host } = await makeSite();
    for (let n = 0; n < 12; n++) {
      const query = new URLSearchParams({ ticket: "t1.forged", challenge: "c".repeat(43), returnTo: "/" });
      expect(await refusal(await call("GET", `/auth/handoff?${query}`, { host }))).toBe("401 unauthenticated");
    }
  });

  test("a ticket that is used again counts against the address only: old ones would lock their account", async () => {
    useClock();
    const { host, subdomain } = await makeSite();
    const ada = await signIn();
    const { path, nonce } = await handedOver(host, ada.cookie);
    expect((await call("GET", path, { host, cookie: nonce })).status).toBe(302);
    const wakes = await watchWakes();
    expect(await refusal(await call("GET", path, { host, cookie: nonce }))).toBe("401 unauthenticated");
    const admitted = `${subdomain} admit`;
    expect(wakes.all).toEqual([admitted, `${ada.userId} redeemTicket`]);
    // Without the nonce of the browser that began, the account is not even asked.
    await call("GET", path, { host });
    expect(wakes.all.slice(2)).toEqual([admitted]);
  });
});

describe("the network of an address", () => {
  test.each([
    ["203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::", "2001:db8:1:2"],
    ["2001:db8:1:2::1", "2001:db8:1:2"],
    ["2001:0DB8:0001:0002::1", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["2001:db8::2:3:4:5:6", "2001:db8:0:2"],
    ["2001:db8::3:4:5:6", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["::", "0:0:0:0"],
    ["1::", "1:0:0:0"],
    ["::ffff:203.0.113.7", "::ffff:203.0.113.7"],
    ["nonsense", "nonsense"],
    [":::::::", expect.any(String)],
  ])("%s is %s", (address, network) => {
    expect(networkOf(address)).toEqual(network);
  });

  test("two addresses of one /64 share it, those of two do not", () => {
    const same = ["2001:db8:a:b::1", "2001:db8:a:b:ffff:ffff:ffff:ffff", "2001:DB8:A:B:0:0:0:0", "2001:0db8:000a:b::"];
    expect(new Set(same.map(networkOf)).size).toBe(1);
    expect(new Set(["2001:db8:a:b::1", "2001:db8:a:c::1", "2001:db8:b:b::1"].map(networkOf)).size).toBe(3);
  });
});
