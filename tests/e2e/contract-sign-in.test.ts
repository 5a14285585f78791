import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectError } from "./contract-checks.ts";
import { type Glade, ON, openGlade } from "./contract-stage.ts";

let site: Glade["site"];
let call: Glade["call"];

beforeAll(async () => {
  ({ site, call } = await openGlade({
    GITHUB_CLIENT_ID: "our-id",
    GITHUB_CLIENT_SECRET: "our-secret",
    // Nobody listens there.
    OIDC_ISSUER: "http://localhost:1",
    OIDC_CLIENT_ID: "our-id",
  }));
});

afterAll(async () => {
  await site.stop();
});

const JSON_PLEASE = { accept: "application/json" };
const PAGE_PLEASE = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

/** Leaves for GitHub. Answers where to, and the cookie that the browser keeps meanwhile. */
async function leave(returnTo = "/account/devices") {
  const answer = await call("GET", `/auth/github/start?returnTo=${encodeURIComponent(returnTo)}`);
  const [line = "", ...more] = answer.headers["set-cookie"] ?? [];
  expect([answer.status, more]).toEqual([302, []]);
  const to = new URL(answer.headers.location ?? "");
  return { to, line, cookie: line.split(";")[0] ?? "", state: to.searchParams.get("state") ?? "" };
}

describe("leaving for a provider", () => {
  test("asks it for a code with PKCE and a state, and says where to come back to", async () => {
    const { to, line } = await leave();
    expect(to.origin + to.pathname).toBe("https://github.com/login/oauth/authorize");
    expect(Object.fromEntries(to.searchParams)).toEqual({
      response_type: "code",
      client_id: "our-id",
      redirect_uri: `${site.origin()}/auth/github/callback`,
      scope: expect.stringContaining("user:email") as string,
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge_method: "S256",
    });
    for (const attribute of ["HttpOnly", "SameSite=Lax", "Max-Age=600"]) expect(line).toContain(attribute);
    expect((await leave()).to.searchParams.get("state")).not.toBe(to.searchParams.get("state"));
  });

  test("is there on the apex only, and for providers that are set up", async () => {
    for (const path of ["/auth/google/start", "/auth/myspace/start", "/auth/myspace/callback?code=1&state=2"])
      expectError(await call("GET", path, { headers: JSON_PLEASE }), 404, "not_found");
    const onSite = await call("GET", "/auth/github/start", { on: ON, headers: JSON_PLEASE });
    expectError(onSite, 404, "not_found");
    expect(onSite.headers["set-cookie"]).toBeUndefined();
  });

  test("is for pages that somebody goes to, and from elsewhere only by our own sign-in page", async () => {
    for (const headers of [{ "sec-fetch-dest": "iframe" }, { "sec-fetch-dest": "document", "sec-purpose": "prefetch" }])
      expectError(
        await call("GET", "/auth/github/start", { headers: { ...JSON_PLEASE, ...headers } }),
        403,
        "forbidden",
      );
    const { status, headers } = await call("GET", "/auth/github/start?returnTo=%2Faccount%2Fdevices", {
      headers: { "sec-fetch-site": "cross-site", "sec-fetch-dest": "document" },
    });
    expect([status, headers.location]).toEqual([302, "/sign-in?returnTo=%2Faccount%2Fdevices"]);
  });

  test("says so when the provider does not answer, and when to try again", async () => {
    const { retryAfterMs } = expectError(
      await call("GET", "/auth/oidc/start", { headers: JSON_PLEASE }),
      503,
      "unavailable",
    );
    expect(retryAfterMs).toBeGreaterThan(0);
  });
});

describe("coming back from a provider", () => {
  test("is refused to programs in JSON, to people on a page that begins again", async () => {
    const { cookie } = await leave();
    const ways = ["", "?code=x", "?code=x&state=short", `?code=x&state=${"a".repeat(43)}`, "?state=a&state=b"];
    for (const query of ways) {
      const path = `/auth/github/callback${query}`;
      const answer = await call("GET", path, { headers: { ...JSON_PLEASE, cookie } });
      expectError(answer, 401, "unauthenticated");
    }
    const page = await call("GET", "/auth/github/callback?code=codeword&state=x", { headers: PAGE_PLEASE });
    expect([page.status, page.headers["content-type"]]).toEqual([401, expect.stringMatching(/^text\/html/)]);
    expect(page.text).toContain('href="/sign-in');
    expect(page.text).not.toContain("codeword");
  });

  test("with a no leads back to the sign-in page, and is good once", async () => {
    const { cookie, state } = await leave();
    const path = `/auth/github/callback?error=access_denied&state=${state}`;
    const { status, headers } = await call("GET", path, { headers: { cookie } });
    expect(status).toBe(302);
    expect(headers.location).toBe("/sign-in?problem=denied&returnTo=%2Faccount%2Fdevices");
    expectError(await call("GET", path, { headers: { ...JSON_PLEASE, cookie } }), 401, "unauthenticated");
  });

  test("is for the browser that left", async () => {
    const { state } = await leave();
    const other = await leave();
    for (const headers of [JSON_PLEASE, { ...JSON_PLEASE, cookie: other.cookie }]) {
      const answer = await call("GET", `/auth/github/callback?code=x&state=${state}`, { headers });
      expectError(answer, 401, "unauthenticated");
      expect(answer.text).not.toContain(state);
    }
  });
});
