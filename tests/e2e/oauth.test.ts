import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Github, startGithub } from "../fakes/github.ts";
import { RETRY_AFTER_S, type Misbehaviour } from "../fakes/misbehaviour.ts";
import { type OidcFaults, type OidcProvider, startOidcProvider } from "../fakes/oidc-provider.ts";
import type { FakePerson } from "../fakes/people.ts";
import { type Site, startSite } from "./harness.ts";
import { nothingComesOf, reasonsIn, refusal, someone } from "./provider-checks.ts";
import { Visitor } from "./visitor.ts";

const ADMIN = "admin@understory.example";

let oidc: OidcProvider;
/** Another OpenID provider, in the place of Google. */
let google: OidcProvider;
let github: Github;
let site: Site;

beforeAll(async () => {
  [oidc, google, github] = await Promise.all([
    startOidcProvider(),
    startOidcProvider({ clientAuthentication: "client_secret_post" }),
    startGithub(),
  ]);
  site = await startSite({
    ...oidc.settings,
    ...github.settings,
    GOOGLE_BASE_URL: google.issuer,
    GOOGLE_CLIENT_ID: google.settings.OIDC_CLIENT_ID,
    GOOGLE_CLIENT_SECRET: google.settings.OIDC_CLIENT_SECRET,
    ADMIN_EMAILS: ADMIN,
  });
  oidc.allowRedirect(`${site.origin()}/auth/oidc/callback`);
  google.allowRedirect(`${site.origin()}/auth/google/callback`);
  github.allowRedirect(`${site.origin()}/auth/github/callback`);
});

afterEach(() => {
  oidc.fail({});
  google.fail({});
  github.fail({});
});

afterAll(async () => {
  await site.stop();
  await Promise.all([oidc.stop(), google.stop(), github.stop()]);
});

/** Signs somebody new in at the OpenID provider. */
async function signedIn(person: FakePerson, provider: "oidc" | "google" = "oidc"): Promise<Visitor> {
  (provider === "oidc" ? oidc : google).signedInAs(person);
  const visitor = new Visitor(site);
  const answer = await visitor.signIn(provider);
  if (answer.status !== 302) throw new Error(`signing in answered ${answer.status}: ${answer.body}`);
  return visitor;
}

describe("signing in at an OpenID provider", () => {
  test("leads back to where it began, with a session", async () => {
    const person = someone();
    oidc.signedInAs(person);
    const visitor = new Visitor(site);
    const answer = await visitor.signIn("oidc", "/account/devices?tab=1");
    expect([answer.status, answer.headers.location]).toEqual([302, "/account/devices?tab=1"]);
    expect(await visitor.me()).toMatchObject({ name: "Ada Ash", email: person.email, role: "user" });
    expect(visitor.cookies(new URL(site.origin()).host).toSorted()).toEqual(["understory", "understory-device"]);
  });

  test("asks for what it needs, and redeems the code with PKCE as the client that it is", async () => {
    oidc.signedInAs(someone());
    const [asked, redeemed] = [oidc.received.length, google.received.length];
    await new Visitor(site).signIn("oidc");
    const authorize = oidc.received.slice(asked).find(({ path }) => path === "/authorize");
    expect(Object.fromEntries(authorize?.query ?? [])).toMatchObject({
      scope: "openid email profile offline_access",
      nonce: expect.stringMatching(/^[\w-]{43}$/) as string,
    });
    const token = oidc.received.slice(asked).find(({ path }) => path === "/token");
    expect(token?.headers.authorization).toMatch(/^Basic /);
    expect(token?.form.has("client_secret")).toBe(false);

    await signedIn(someone(), "google");
    const again = google.received.slice(redeemed);
    expect(again.find(({ path }) => path === "/authorize")?.query.get("access_type")).toBe("offline");
    expect(again.find(({ path }) => path === "/token")?.form.get("client_secret")).toBe("fake-client-secret");
  });

  test("finishes in two tabs at once", async () => {
    oidc.signedInAs(someone());
    const visitor = new Visitor(site);
    const tabs = [await visitor.cross("oidc", "/one"), await visitor.cross("oidc", "/two")];
    const answers = await Promise.all(tabs.map((url) => visitor.get(url)));
    expect(answers.map(({ headers }) => headers.location)).toEqual(["/one", "/two"]);
  });

  test("takes numbers that are written as text, and profiles that are told apart from the id token", async () => {
    const person = someone({ name: "Thin Token" });
    oidc.fail({ tokens: { expires_in: "3600" }, claims: { name: undefined, email: undefined } });
    expect(await (await signedIn(person)).me()).toMatchObject({ name: "Thin Token", email: person.email });
  });

  test("follows a provider that has changed its keys", async () => {
    const person = someone();
    const { id } = await (await signedIn(person)).me();
    oidc.keys.rotate();
    expect(await (await signedIn(person)).me()).toMatchObject({ id });
  });

  test("asks for metadata and keys once, however many come", async () => {
    await signedIn(someone());
    const asked = oidc.received.length;
    await signedIn(someone());
    expect(oidc.received.slice(asked).map(({ path }) => path)).toEqual(["/authorize", "/token"]);
  });

  test("says no without a fuss when the visitor says no there", async () => {
    oidc.signedInAs(someone());
    oidc.fail({ answer: { code: undefined, error: "access_denied" } });
    const visitor = new Visitor(site);
    const { url, answer } = await visitor.follow(await visitor.cross("oidc", "/there"));
    expect(`${url.pathname}${url.search}`).toBe("/sign-in?problem=denied&returnTo=%2Fthere");
    expect(answer.body).toContain("You did not sign in there");
    expect(visitor.cookies(url.host)).toEqual([]);
  });

  test("goes to our own hosts only, whatever a link wishes", async () => {
    oidc.signedInAs(someone());
    for (const wish of ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
      expect((await new Visitor(site).signIn("oidc", wish)).headers.location).toBe("/");
  });
});

describe("accounts", () => {
  test("belong to a provider's subject, however its name and address change", async () => {
    const person = someone();
    const first = await (await signedIn(person)).me();
    const later = { ...person, name: "Ada Birch", email: `new.${person.email}` };
    expect(await (await signedIn(later)).me()).toMatchObject({ id: first.id, name: "Ada Birch", email: later.email });
  });

  test("are not shared by an address: not with another subject, another provider, or dev login", async () => {
    const person = someone();
    const { email, name } = person;
    github.signedInAs({ id: Date.now(), login: "ada", name, emails: [{ email, primary: true, verified: true }] });
    const byGithub = new Visitor(site);
    await byGithub.signIn("github");
    const dev = await site.api("POST", `${site.origin()}/auth/dev`, null, { email, name });
    const ids = [
      (await (await signedIn(person)).me()).id,
      (await (await signedIn({ ...person, subject: randomUUID() })).me()).id,
      (await (await signedIn(person, "google")).me()).id,
      (await byGithub.me()).id,
      (JSON.parse(dev.body) as { userId: string }).userId,
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("of a server elsewhere are not those of github.com or of Google with the same subject", async () => {
    const subject = randomUUID();
    const atGoogle = await signedIn(someone({ subject }), "google");
    const id = Date.now() + 2;
    github.signedInAs({ id, login: "ada", name: null, emails: [] });
    const atGitHub = new Visitor(site);
    await atGitHub.signIn("github");
    expect(await atGitHub.identities()).toMatchObject([
      { provider: `github:${github.settings.GITHUB_BASE_URL}`, subject: String(id) },
    ]);
    expect(await atGoogle.identities()).toMatchObject([{ provider: `google:${google.issuer}`, subject }]);
  });

  test("are an operator's for a verified address only", async () => {
    const unverified = await signedIn(someone({ email: ADMIN, emailVerified: false }));
    expect((await unverified.me()).role).toBe("user");
    // The profile apart from the token may not vouch for an address in the token.
    oidc.fail({ claims: { name: undefined, email: ADMIN, email_verified: undefined } });
    expect((await (await signedIn(someone())).me()).role).toBe("user");
    oidc.fail({});
    expect((await (await signedIn(someone({ email: ADMIN }))).me()).role).toBe("super_admin");
  });

  test("of GitHub have its number as subject, its login as a name, and its primary address", async () => {
    const emails = [
      { email: ADMIN, primary: false, verified: true },
      { email: "ada@work.example", primary: true, verified: false },
    ];
    const user = { id: Date.now() + 1, login: "ada-ash", name: null, emails };
    github.signedInAs(user);
    const visitor = new Visitor(site);
    await visitor.signIn("github");
    const first = await visitor.me();
    expect(first).toMatchObject({ name: "ada-ash", email: "ada@work.example", role: "user" });
    github.signedInAs({ ...user, login: "ada-birch" });
    const again = new Visitor(site);
    await again.signIn("github");
    expect(await again.me()).toMatchObject({ id: first.id, name: "ada-birch" });
  });
});

describe("an answer that cannot be trusted is refused:", () => {
  test.for<[what: string, faults: OidcFaults, reason: string]>([
    ["another server's name in the redirect", { answer: { iss: "https://evil.example" } }, "bad_callback"],
    ["no server's name in the redirect", { answer: { iss: undefined } }, "bad_callback"],
    ["no code", { answer: { code: undefined } }, "bad_token"],
    ["another issuer's id token", { claims: { iss: "https://evil.example" } }, "wrong_iss"],
    ["an id token for another sign-in", { claims: { nonce: "another" } }, "wrong_nonce"],
    ["an id token for no sign-in", { claims: { nonce: undefined } }, "bad_token"],
    ["an id token for another client", { claims: { aud: "another" } }, "wrong_aud"],
    ["an id token that another client shares", { claims: { aud: ["understory", "another"] } }, "wrong_aud"],
    ["an id token of yesterday", { claims: { exp: Math.floor(Date.now() / 1_000) - 86_400 } }, "wrong_exp"],
    ["an id token of nobody", { claims: { sub: undefined } }, "bad_token"],
    ["a name longer than names are", { claims: { sub: "s".repeat(256) } }, "bad_userinfo"],
    ["a foreign signature", { signature: "foreign_key" }, "bad_signature"],
    ["a signature by a key that nobody publishes", { signature: "unknown_key" }, "bad_signature"],
    ["claims that were changed after signing", { signature: "tampered" }, "bad_signature"],
    ["no signature", { signature: "none" }, "bad_token"],
    ["a signature made of the public key", { signature: "hs256" }, "bad_token"],
    ["no id token", { tokens: { id_token: undefined } }, "bad_token"],
    ["no access token", { tokens: { access_token: undefined } }, "bad_token"],
    ["a token that is none", { tokens: { id_token: "eyJhbGciOiJub25lIn0" } }, "bad_token"],
    [
      "a profile of somebody else",
      { claims: { name: undefined }, userinfo: { status: 200, body: { sub: "x" } } },
      "bad_userinfo",
    ],
    ["JSON that is none", { token: "not_json" }, "bad_token"],
    ["a list where an object belongs", { token: { status: 200, body: [1] } }, "bad_token"],
  ])("%s", async ([, faults, reason]) => {
    oidc.signedInAs(someone());
    oidc.fail(faults);
    expect(await nothingComesOf(site, "oidc", "401 unauthenticated")).toEqual([reason]);
  });
});

describe("what is the visitor's own doing is refused:", () => {
  test("a state that somebody else began with", async () => {
    oidc.signedInAs(someone());
    const foreign = await new Visitor(site).cross("oidc");
    expect(refusal(await new Visitor(site).get(foreign))).toBe("401 unauthenticated");
  });

  test("a state that the provider, or somebody on the way, has changed", async () => {
    oidc.signedInAs(someone());
    for (const state of [randomUUID(), "a".repeat(43), undefined]) {
      oidc.fail({ answer: { state } });
      const logged = site.logs.length;
      expect(refusal(await new Visitor(site).signIn("oidc"))).toBe("401 unauthenticated");
      expect(reasonsIn(site, logged)[0]).toMatch(/^(?:no|foreign)_state$/);
    }
  });

  test("coming back twice, and a code that was redeemed before", async () => {
    oidc.signedInAs(someone());
    const visitor = new Visitor(site);
    const back = await visitor.cross("oidc");
    expect((await visitor.get(back)).status).toBe(302);
    expect(refusal(await visitor.get(back))).toBe("401 unauthenticated");
    oidc.fail({ replaysCode: true });
    expect(await nothingComesOf(site, "oidc", "401 unauthenticated")).toEqual(["invalid_grant"]);
  });

  test("ten such failures close the way in from there, and an outage of the provider never does", async () => {
    oidc.signedInAs(someone());
    const visitor = new Visitor(site);
    oidc.fail({ token: "broken" });
    for (let count = 0; count < 11; count += 1) expect(refusal(await visitor.signIn("oidc"))).toBe("503 unavailable");
    oidc.fail({ token: { status: 400, body: { error: "invalid_grant" } } });
    for (let count = 0; count < 10; count += 1)
      expect(refusal(await visitor.signIn("oidc"))).toBe("401 unauthenticated");
    oidc.fail({});
    expect(refusal(await visitor.signIn("oidc"))).toBe("429 rate_limited");
    expect((await new Visitor(site).signIn("oidc")).status).toBe(302);
  });
});

describe("a provider that does not do its part is unavailable:", () => {
  test.for<[token: Misbehaviour, reason: string]>([
    ["redirect", "redirected"],
    ["html", "not_json"],
    ["huge", "too_large"],
    ["broken", "broken"],
    ["overloaded", "overloaded"],
    [{ status: 404, body: {} }, "token_refused"],
    [{ status: 400, body: { error: "<script>" } }, "token_refused"],
    [{ status: 400, body: { error: "temporarily_unavailable" } }, "temporarily_unavailable"],
    [{ status: 401, body: { error: "invalid_client" } }, "invalid_client"],
    [{ status: 400, body: { error: "unauthorized_client" } }, "unauthorized_client"],
  ])("its token endpoint answers %o", async ([token, reason]) => {
    oidc.signedInAs(someone());
    oidc.fail({ token });
    expect(await nothingComesOf(site, "oidc", "503 unavailable")).toEqual([reason]);
  });

  test("it says how long to wait, and is believed", async () => {
    oidc.signedInAs(someone());
    oidc.fail({ token: "overloaded" });
    const { body } = await new Visitor(site).signIn("oidc");
    expect(JSON.parse(body)).toMatchObject({ error: { retryAfterMs: RETRY_AFTER_S * 1_000 } });
  });

  test.for<[faults: Parameters<Github["fail"]>[0], status: string, reason: string]>([
    [{ replaysCode: true }, "401 unauthenticated", "bad_verification_code"],
    [
      { token: { status: 200, body: { error: "incorrect_client_credentials" } } },
      "503 unavailable",
      "incorrect_client_credentials",
    ],
    [{ user: { status: 401, body: { message: "Bad credentials" } } }, "503 unavailable", "profile_refused"],
    [{ user: { status: 200, body: { id: "1", login: "x" } } }, "401 unauthenticated", "bad_profile"],
    [{ emails: "html" }, "503 unavailable", "not_json"],
    [{ emails: { status: 200, body: { email: "x" } } }, "401 unauthenticated", "bad_profile"],
  ])("GitHub with %o", async ([faults, status, reason]) => {
    github.signedInAs({ id: 7, login: "seven", name: null, emails: [] });
    await new Visitor(site).signIn("github");
    github.fail(faults);
    expect(await nothingComesOf(site, "github", status)).toEqual([reason]);
  });
});
