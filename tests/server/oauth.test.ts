import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { app } from "../../server/app.ts";
import { useClock } from "../helpers/clock.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { catchLogs } from "../helpers/logs.ts";
import { refusal } from "./support.ts";

withD1Migrations();

const GITHUB = { GITHUB_CLIENT_ID: "id", GITHUB_CLIENT_SECRET: "secret" };
const CALLBACK = "http://localhost/auth/github/callback";

interface Ask {
  settings?: Record<string, string>;
  cookie?: string;
  headers?: Record<string, string>;
}

/** Asks the edge as it would run with these settings. GitHub is on unless they say something else. */
async function ask(url: string, { settings = GITHUB, cookie, headers }: Ask = {}): Promise<Response> {
  const request = new Request(url, { headers: { ...headers, ...(cookie !== undefined && { cookie }) } });
  return await app.fetch(request, { ...env, ...settings }, createExecutionContext());
}

/** Begins at GitHub, as a browser: what it was sent to, and the cookie that it keeps. */
async function begin(origin = "http://localhost", ask_: Ask = {}) {
  const response = await ask(`${origin}/auth/github/start?returnTo=%2Fback`, ask_);
  const to = new URL(response.headers.get("location") ?? "");
  const [set = ""] = response.headers.getSetCookie();
  const [cookie = ""] = set.split(";");
  return { response, to, set, cookie, state: to.searchParams.get("state") ?? "" };
}

/** The provider is away: whoever comes so far has passed all checks of the state. */
function cutOff(): void {
  const spy = vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("no network"));
  onTestFinished(() => spy.mockRestore());
}

describe("leaving for a provider", () => {
  test("asks for a code with PKCE, state and the exact address to come back to", async () => {
    const { response, to } = await begin();
    expect(response.status).toBe(302);
    expect(to.origin + to.pathname).toBe("https://github.com/login/oauth/authorize");
    expect(Object.fromEntries(to.searchParams)).toEqual({
      response_type: "code",
      client_id: "id",
      redirect_uri: CALLBACK,
      scope: "read:user user:email",
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge_method: "S256",
    });
  });

  test("keeps its secrets in a cookie that nobody can read, for ten minutes", async () => {
    const { set, state } = await begin();
    expect(set).toMatch(new RegExp(`^understory-sign-in-${state.slice(0, 8)}=s1\\.k1\\.[\\w-]+; `));
    expect(set.split("; ").slice(1)).toEqual(["Max-Age=600", "Path=/", "HttpOnly", "SameSite=Lax"]);
    expect(set).not.toContain(state);
  });

  test("keeps it where no sibling site can plant one, over TLS", async () => {
    const settings = { ...GITHUB, ROOT_DOMAIN: "understory.example" };
    const { set, to } = await begin("https://understory.example", { settings });
    expect(set).toMatch(/^__Host-understory-sign-in-/);
    expect(set.split("; ").slice(1)).toEqual(["Max-Age=600", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"]);
    expect(to.searchParams.get("redirect_uri")).toBe("https://understory.example/auth/github/callback");
  });

  test("forgets the oldest when a browser has many under way", async () => {
    const cookie = ["a", "b", "c", "d", "e"].map((letter) => `understory-sign-in-${letter.repeat(8)}=x`).join("; ");
    const { response } = await begin("http://localhost", { cookie });
    const [forgotten, kept] = response.headers.getSetCookie();
    expect(forgotten).toMatch(/^understory-sign-in-aaaaaaaa=; Max-Age=0;/);
    expect(kept).toMatch(/; Max-Age=600;/);
  });

  test.for([
    ["a provider that nobody knows", "http://localhost/auth/myspace/start"],
    ["a provider that is not set up", "http://localhost/auth/google/start"],
    ["a site's host", "http://alice.localhost/auth/github/start"],
    ["coming back to a site's host", "http://alice.localhost/auth/github/callback"],
    ["coming back from one that is not set up", "http://localhost/auth/oidc/callback?code=1&state=2"],
  ] as const)("is not found for %s", async ([, url]) => {
    expect(await refusal(await ask(url))).toBe("404 not_found");
  });

  test.for(["start", "callback"])("is refused to what a page fetches by itself or ahead: %s", async (leg) => {
    for (const headers of [
      ...["image", "iframe", "script", "empty"].map((destination) => ({ "sec-fetch-dest": destination })),
      ...["prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip"].map((purpose) => ({
        "sec-fetch-dest": "document",
        "sec-purpose": purpose,
      })),
    ])
      expect(await refusal(await ask(`http://localhost/auth/github/${leg}`, { headers }))).toBe("403 forbidden");
  });

  test("from a stranger's page goes by our own sign-in page, where the visitor is asked", async () => {
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-dest": "document" };
    for (const [wish, to] of [
      ["?returnTo=%2Fback%3Fa%3Db", "/sign-in?returnTo=%2Fback%3Fa%3Db"],
      ["?returnTo=https%3A%2F%2Fevil.test%2F", "/sign-in?returnTo=%2F"],
      ["", "/sign-in?returnTo=%2F"],
    ] as const) {
      const answer = await ask(`http://localhost/auth/github/start${wish}`, { headers });
      expect([answer.status, answer.headers.get("location"), answer.headers.getSetCookie()]).toEqual([302, to, []]);
    }
    expect(await refusal(await ask("http://localhost/auth/google/start", { headers }))).toBe("404 not_found");
  });

  test.for(["same-site", "same-origin", "none"])("from %s goes straight there", async (from) => {
    const { to } = await begin("http://localhost", { headers: { "sec-fetch-site": from } });
    expect(to.host).toBe("github.com");
  });

  test("asks a provider that is away for its metadata once in five seconds, and tells all others at once", async () => {
    const clock = useClock();
    const spy = vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("no network"));
    onTestFinished(() => spy.mockRestore());
    const settings = { OIDC_ISSUER: `https://${crypto.randomUUID()}.example`, OIDC_CLIENT_ID: "id" };
    const leave = async () => await refusal(await ask("http://localhost/auth/oidc/start", { settings }));
    const asked: number[] = [];
    for (const wait of [0, 4_999, 1, 4_999]) {
      clock.advance(wait);
      expect(await leave()).toBe("503 unavailable");
      asked.push(spy.mock.calls.length);
    }
    expect(asked).toEqual([1, 1, 2, 2]);
    clock.advance(1);
    const { OIDC_ISSUER: issuer } = settings;
    const endpoints = {
      authorization_endpoint: `${issuer}/in`,
      token_endpoint: `${issuer}/t`,
      jwks_uri: `${issuer}/k`,
    };
    spy.mockResolvedValue(Response.json({ issuer, ...endpoints }));
    const answer = await ask("http://localhost/auth/oidc/start", { settings });
    expect(answer.headers.get("location")).toContain(`${issuer}/in?`);
  });
});

describe("coming back", () => {
  test("is refused without the cookie of the browser that began", async () => {
    const { state } = await begin();
    expect(await refusal(await ask(`${CALLBACK}?code=x&state=${state}`))).toBe("401 unauthenticated");
  });

  test("is refused with a cookie that belongs to another sign-in", async () => {
    const [mine, theirs] = [await begin(), await begin()];
    const [, sealed] = mine.cookie.split("=");
    const planted = `understory-sign-in-${theirs.state.slice(0, 8)}=${sealed}`;
    expect(await refusal(await ask(`${CALLBACK}?code=x&state=${theirs.state}`, { cookie: planted }))).toBe(
      "401 unauthenticated",
    );
  });

  test("is refused with two cookies for one state, whichever is good", async () => {
    const { state, cookie } = await begin();
    const [name] = cookie.split("=");
    const twice = `${name}=planted; ${cookie}`;
    expect(await refusal(await ask(`${CALLBACK}?code=x&state=${state}`, { cookie: twice }))).toBe(
      "401 unauthenticated",
    );
  });

  test.for(["", "state=", "state=short", `state=${"a".repeat(43)}`, "state=a&state=b"])(
    "is refused with a state that is none: %s",
    async (query) => {
      expect(await refusal(await ask(`${CALLBACK}?code=x&${query}`))).toBe("401 unauthenticated");
    },
  );

  test("is refused at another provider than it began with", async () => {
    const settings = { ...GITHUB, GOOGLE_CLIENT_ID: "id", GOOGLE_CLIENT_SECRET: "secret" };
    const { state, cookie } = await begin();
    const logs = catchLogs();
    const other = `http://localhost/auth/google/callback?code=x&state=${state}`;
    expect(await refusal(await ask(other, { settings, cookie }))).toBe("401 unauthenticated");
    expect(logs).toContainEqual(expect.objectContaining({ event: "sign_in.refused", reason: "foreign_provider" }));
  });

  test("is good for ten minutes and no longer", async () => {
    const clock = useClock();
    cutOff();
    const [early, late] = [await begin(), await begin()];
    clock.advance(10 * 60_000 - 1);
    expect(await refusal(await ask(`${CALLBACK}?code=x&state=${early.state}`, early))).toBe("503 unavailable");
    clock.advance(1);
    const logs = catchLogs();
    expect(await refusal(await ask(`${CALLBACK}?code=x&state=${late.state}`, late))).toBe("401 unauthenticated");
    expect(logs).toContainEqual(expect.objectContaining({ event: "sign_in.refused", reason: "expired_state" }));
  });

  test("is good once, also for two at the same moment, and a browser without its cookie uses nothing up", async () => {
    cutOff();
    const { state, cookie } = await begin();
    const url = `${CALLBACK}?code=x&state=${state}`;
    expect(await refusal(await ask(url))).toBe("401 unauthenticated");
    const both = await Promise.all([ask(url, { cookie }), ask(url, { cookie })]);
    expect((await Promise.all(both.map(refusal))).sort()).toEqual(["401 unauthenticated", "503 unavailable"]);
    expect(await refusal(await ask(url, { cookie }))).toBe("401 unauthenticated");
  });

  test("forgets the cookie, whatever comes of it", async () => {
    cutOff();
    const { state, cookie } = await begin();
    const response = await ask(`${CALLBACK}?code=x&state=${state}`, { cookie });
    expect(response.headers.getSetCookie()).toEqual([
      `understory-sign-in-${state.slice(0, 8)}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`,
    ]);
  });

  test("shows people a page that leads back to where they began, without the code in it", async () => {
    cutOff();
    const { state, cookie } = await begin();
    const headers = { accept: "text/html,*/*;q=0.8" };
    const response = await ask(`${CALLBACK}?code=codeword&state=${state}`, { cookie, headers });
    const page = await response.text();
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(page).toContain('href="/sign-in?returnTo=%2Fback"');
    expect(page).not.toContain(state);
    expect(page).not.toContain("codeword");
  });

  test("closes for an address that has failed ten times, and for no other", async () => {
    const from = (address: string) => ({ headers: { "cf-connecting-ip": address } });
    const [here, there] = [newAddress(), newAddress()];
    for (let count = 0; count < 10; count += 1)
      expect(await refusal(await ask(`${CALLBACK}?code=x&state=y`, from(here)))).toBe("401 unauthenticated");
    const closed = await ask(`${CALLBACK}?code=x&state=y`, from(here));
    expect(Number(closed.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await refusal(closed)).toBe("429 rate_limited");
    expect(await refusal(await ask(`${CALLBACK}?code=x&state=y`, from(there)))).toBe("401 unauthenticated");
  });
});

test("an address is not closed by what a page has had fetched ahead of its visitor", async () => {
  const address = newAddress();
  const ahead = { "cf-connecting-ip": address, "sec-purpose": "prefetch", "sec-fetch-dest": "document" };
  for (let count = 0; count < 11; count += 1)
    expect(await refusal(await ask(`${CALLBACK}?code=x&state=y`, { headers: ahead }))).toBe("403 forbidden");
  const headers = { "cf-connecting-ip": address };
  expect(await refusal(await ask(`${CALLBACK}?code=x&state=y`, { headers }))).toBe("401 unauthenticated");
});

test("a browser that comes back after the key of its cookie was retired is told to begin again", async () => {
  const { state, cookie } = await begin();
  const settings = { ...GITHUB, ENCRYPTION_KEYS: `k2:${btoa("k".repeat(32))}` };
  const logs = catchLogs();
  expect(await refusal(await ask(`${CALLBACK}?code=x&state=${state}`, { settings, cookie }))).toBe(
    "401 unauthenticated",
  );
  expect(logs).toContainEqual(expect.objectContaining({ event: "sign_in.refused", reason: "outdated_state" }));
});

describe("settings", () => {
  test.for([
    [{ GITHUB_CLIENT_ID: "id" }, "GITHUB_CLIENT_SECRET"],
    [{ GITHUB_CLIENT_SECRET: "secret" }, "GITHUB_CLIENT_ID"],
    [{ GOOGLE_CLIENT_ID: "id" }, "GOOGLE_CLIENT_SECRET"],
    [{ OIDC_CLIENT_ID: "id" }, "OIDC_ISSUER"],
    [{ OIDC_ISSUER: "https://id.example" }, "OIDC_CLIENT_ID"],
    [{ OIDC_ISSUER: "http://id.example", OIDC_CLIENT_ID: "id" }, "OIDC_ISSUER"],
    [{ OIDC_ISSUER: "https://id.example/?a=b", OIDC_CLIENT_ID: "id" }, "OIDC_ISSUER"],
    [{ ENCRYPTION_KEYS: "k1:short" }, "ENCRYPTION_KEYS"],
    [{ ENCRYPTION_KEYS: "" }, "ENCRYPTION_KEYS"],
  ] as const)("of a half are refused by name: %o", async ([settings, name]) => {
    catchLogs();
    for (const path of ["/api/me", "/", "/auth/github/start"]) {
      const response = await ask(`http://localhost${path}`, { settings, headers: { accept: "text/html" } });
      expect(response.status).toBe(503);
      const { error } = await response.json<{ error: { message: string } }>();
      expect(error.message).toContain(`${name}: `);
    }
  });

  test("show a button for each provider, and none for the others", async () => {
    const settings = { ...GITHUB, OIDC_ISSUER: "https://id.example", OIDC_CLIENT_ID: "id", OIDC_NAME: "The Guild" };
    const page = await (await ask("http://localhost/sign-in?returnTo=%2Fback%3Fa%3Db", { settings })).text();
    expect(page).toContain('href="/auth/github/start?returnTo=%2Fback%3Fa%3Db"');
    expect(page).toContain("Continue with The Guild");
    expect(page).not.toContain("Google");
  });
});

/** Addresses are remembered by a party that all tests share, so each is used by one test alone. */
let addresses = 0;
function newAddress(): string {
  addresses += 1;
  return `198.51.100.${addresses}`;
}
