import { afterEach, afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Github, startGithub } from "../fakes/github.ts";
import type { Misbehaviour } from "../fakes/misbehaviour.ts";
import { type OidcProvider, startOidcProvider } from "../fakes/oidc-provider.ts";
import { type Site, startSite } from "./harness.ts";
import { nothingComesOf, reasonsIn, refusal, someone } from "./provider-checks.ts";
import { Visitor } from "./visitor.ts";

/** What the edge knows of a provider is kept, so each of these fails in one way only, from the beginning. */
let withoutMetadata: OidcProvider;
let withoutKeys: OidcProvider;
let github: Github;
let site: Site;

/** Takes connections and lets nobody finish: the edge waits for 10 s in all. */
const PATIENCE_MS = 10_000;

beforeAll(async () => {
  [withoutMetadata, withoutKeys, github] = await Promise.all([startOidcProvider(), startOidcProvider(), startGithub()]);
  site = await startSite({ ...withoutKeys.settings, ...github.settings, ...withoutMetadataAsGoogle() });
  withoutMetadata.allowRedirect(`${site.origin()}/auth/google/callback`);
  withoutKeys.allowRedirect(`${site.origin()}/auth/oidc/callback`);
  github.allowRedirect(`${site.origin()}/auth/github/callback`);
  withoutMetadata.signedInAs(someone());
  withoutKeys.signedInAs(someone());
});

afterEach(() => {
  withoutMetadata.fail({});
  withoutKeys.fail({});
  github.fail({});
});

afterAll(async () => {
  await site.stop();
  await Promise.all([withoutMetadata.stop(), withoutKeys.stop(), github.stop()]);
});

function withoutMetadataAsGoogle() {
  return {
    GOOGLE_BASE_URL: withoutMetadata.issuer,
    GOOGLE_CLIENT_ID: withoutMetadata.settings.OIDC_CLIENT_ID,
    GOOGLE_CLIENT_SECRET: withoutMetadata.settings.OIDC_CLIENT_SECRET,
  };
}

/** Tries to leave for the provider whose metadata is at fault. */
async function leave(from: Site): Promise<[refusal: string, reasons: string[]]> {
  const visitor = new Visitor(from);
  const answer = await visitor.get(`${from.origin()}/auth/google/start`);
  expect(visitor.cookies(new URL(from.origin()).host)).toEqual([]);
  return [refusal(answer), reasonsIn(from, 0)];
}

/** The same from a server that has just been started: one that has failed to read metadata keeps that for a while. */
async function leaveAnew(): ReturnType<typeof leave> {
  const fresh = await startSite(withoutMetadataAsGoogle());
  try {
    return await leave(fresh);
  } finally {
    await fresh.stop();
  }
}

const OUTAGES: [how: Misbehaviour, reason: string][] = [
  ["redirect", "redirected"],
  ["html", "not_json"],
  ["huge", "too_large"],
  ["broken", "broken"],
  ["overloaded", "overloaded"],
];

describe("nobody is sent to a provider", () => {
  test.for([...OUTAGES, [{ status: 404, body: {} }, "discovery_refused"] as const])(
    "whose metadata cannot be had: %o",
    async ([how, reason]) => {
      withoutMetadata.fail({ discovery: how });
      expect(await leaveAnew()).toEqual(["503 unavailable", [reason]]);
    },
  );

  test.for<[what: string, metadata: Record<string, unknown>]>([
    ["that says it is another", { issuer: "https://evil.example" }],
    ["that has no token endpoint", { token_endpoint: undefined }],
    ["that would take the code without TLS", { token_endpoint: "http://evil.example/token" }],
    ["that would send people to a script", { authorization_endpoint: "javascript:alert(1)" }],
    ["whose keys come without TLS", { jwks_uri: "http://evil.example/keys" }],
    ["whose endpoint is a number", { authorization_endpoint: 7 }],
  ])("%s", async ([, metadata]) => {
    withoutMetadata.fail({ metadata });
    expect(await leaveAnew()).toEqual(["503 unavailable", ["wrong_metadata"]]);
  });
});

describe("nobody is signed in by a provider", () => {
  test.for(OUTAGES)("whose keys cannot be had: %o", async ([how, reason]) => {
    withoutKeys.fail({ jwks: how });
    expect(await nothingComesOf(site, "oidc", "503 unavailable")).toEqual([reason]);
  });

  test.for<unknown>([{ keys: "none" }, { keys: [] }, { keys: [{}] }, { keys: [{ kty: "RSA", n: "AQAB", e: "!" }] }])(
    "whose keys are none: %o",
    async (body) => {
      withoutKeys.fail({ jwks: { status: 200, body } });
      expect(await nothingComesOf(site, "oidc", "401 unauthenticated")).toEqual(["bad_signature"]);
    },
  );
});

test("a visitor waits ten seconds at most for a provider that hangs, wherever it does", async () => {
  withoutMetadata.fail({ discovery: "silent" });
  withoutKeys.fail({ jwks: "silent" });
  github.fail({ token: "endless" });
  const begun = performance.now();
  const answers = await Promise.all([
    leave(site).then(([refusal]) => refusal),
    new Visitor(site).signIn("oidc").then(refusal),
    new Visitor(site).signIn("github").then(refusal),
  ]);
  expect(answers).toEqual(["503 unavailable", "503 unavailable", "503 unavailable"]);
  expect(performance.now() - begun).toBeLessThan(1.5 * PATIENCE_MS);
  // Nobody who comes soon after waits again.
  const again = performance.now();
  expect((await leave(site))[0]).toBe("503 unavailable");
  expect(performance.now() - again).toBeLessThan(PATIENCE_MS / 5);
});
