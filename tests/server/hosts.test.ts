import { describe, expect, test } from "vitest";
import { hostOf } from "../../server/host.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { call, makeSite, refusal } from "./support.ts";

withD1Migrations();

function kindOf(url: string, root = "understory.test"): string {
  const host = hostOf(new URL(url), root);
  return host.kind === "site" ? host.subdomain : host.kind;
}

describe("a host is read", () => {
  test.each([
    ["https://understory.test/", "apex"],
    ["https://UNDERSTORY.test.:8443/", "apex"],
    ["https://alice.understory.test/", "alice"],
    ["https://ALICE.Understory.Test.:1234/", "alice"],
    ["https://alice.evil.com/", "unknown"],
    ["https://understory.test.evil.com/", "unknown"],
    ["https://evilunderstory.test/", "unknown"],
    ["https://a.b.understory.test/", "unknown"],
    ["https://xn--mnchen-3ya.understory.test/", "unknown"],
    ["https://münchen.understory.test/", "unknown"],
    [`https://${"a".repeat(63)}.understory.test/`, "a".repeat(63)],
    [`https://${"a.".repeat(120)}understory.test/`, "unknown"],
    ["https://-a-.understory.test/", "unknown"],
    ["http://127.0.0.1/", "unknown"],
  ])("%s is %s", (url, kind) => {
    expect(kindOf(url)).toBe(kind);
  });

  test("loopback addresses are the apex only where the root domain is localhost", () => {
    expect(["http://127.0.0.1:1/", "http://[::1]:1/", "http://127.1/"].map((url) => kindOf(url, "localhost"))).toEqual([
      "apex",
      "apex",
      "apex",
    ]);
    expect(kindOf("http://10.0.0.1/", "localhost")).toBe("unknown");
  });
});

test("a site answers on its own host only", async () => {
  const { host, subdomain } = await makeSite();
  const response = await call("GET", "/api/tenant", { host });
  expect(await response.json()).toMatchObject({ subdomain, tier: "seedling", limits: { requestsPerMinute: 120 } });
  expect(await refusal(await call("GET", "/api/tenant"))).toBe("404 not_found");
  expect(await refusal(await call("GET", "/api/tenant", { host: "nobody-here.localhost" }))).toBe("404 not_found");
});

test.each(["nobody-here.localhost", "alice.evil.com", `${"x".repeat(60)}.${"y".repeat(60)}.localhost`])(
  "%s gets a page that says so",
  async (host) => {
    const response = await call("GET", "/", { host });
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toContain("text/html");
    expect(await response.text()).toContain("There is no site here");
  },
);

test.each(["www", "ab", "-abc", "a".repeat(64), "xn--abc", "al ice", "álice"])(
  "no site can be named %j",
  async (subdomain) => {
    const { owner } = await makeSite();
    const response = await call("POST", "/api/tenants", { token: owner.token, body: { subdomain, displayName: "X" } });
    expect(await refusal(response)).toBe("422 unprocessable");
  },
);

test("a name is given once", async () => {
  const { owner, subdomain } = await makeSite();
  const response = await call("POST", "/api/tenants", { token: owner.token, body: { subdomain, displayName: "Mine" } });
  expect(await refusal(response)).toBe("409 conflict");
});
