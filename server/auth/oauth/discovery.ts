import * as oauth from "oauth4webapi";
import { runtime } from "../../../parties/kernel/index.ts";
import { SignInFailure } from "./failure.ts";
import { step } from "./library-errors.ts";
import type { ProviderFetch } from "./provider-fetch.ts";
import { isPrivate } from "./settings.ts";

/** How long an isolate believes what it has read of a provider, in milliseconds. */
const FRESH_MS = 10 * 60_000;
/** How long it believes that nothing can be had, in milliseconds: in an outage few wait for it. */
const FAILURE_KEPT_MS = 5_000;

const ENDPOINTS = ["authorization_endpoint", "token_endpoint", "jwks_uri"] as const;

/** What a provider says of itself, checked: these are there. */
export type OpenIdServer = oauth.AuthorizationServer & Record<(typeof ENDPOINTS)[number], string>;

/** By issuer. The library keeps a provider's keys, for up to five minutes, with the object that stands here. */
const known = new Map<string, { server: OpenIdServer; readAt: number }>();

/** By issuer: what went wrong there last. */
const failed = new Map<string, { failure: SignInFailure; at: number }>();

/** How the library is to ask: through our fetch, and over plain HTTP only where the issuer itself is on this machine. */
export function requestOptions(issuer: URL, fetch: ProviderFetch) {
  return {
    [oauth.customFetch]: fetch,
    [oauth.allowInsecureRequests]: issuer.protocol === "http:",
    headers: { "user-agent": "understory" },
  };
}

/**
 * Reads a provider's metadata (OpenID Connect Discovery 1.0), at most once in ten minutes, and after a failure
 * once in five seconds.
 * @throws SignInFailure
 */
export async function discover(issuer: URL, fetch: ProviderFetch): Promise<OpenIdServer> {
  const now = runtime().now();
  const kept = known.get(issuer.href);
  if (kept !== undefined && now - kept.readAt < FRESH_MS) return kept.server;
  const last = failed.get(issuer.href);
  if (last !== undefined && now - last.at < FAILURE_KEPT_MS) throw last.failure;
  try {
    const server = await read(issuer, fetch);
    known.set(issuer.href, { server, readAt: now });
    failed.delete(issuer.href);
    return server;
  } catch (error) {
    if (error instanceof SignInFailure) failed.set(issuer.href, { failure: error, at: runtime().now() });
    throw error;
  }
}

async function read(issuer: URL, fetch: ProviderFetch): Promise<OpenIdServer> {
  const server = await step("discovery", async () => {
    const response = await oauth.discoveryRequest(issuer, requestOptions(issuer, fetch));
    return await oauth.processDiscoveryResponse(issuer, response);
  }).catch((error: unknown) => {
    // What the provider says of itself is as its operator, or ours, has set it up.
    if (error instanceof SignInFailure && error.fault === "answer")
      throw new SignInFailure("operator", "wrong_metadata", error.facts);
    throw error;
  });
  requireEndpoints(issuer, server);
  return server;
}

/** The same provider, with its keys forgotten. */
export function withFreshKeys(issuer: URL, server: OpenIdServer): OpenIdServer {
  const renewed = { ...server };
  const kept = known.get(issuer.href);
  if (kept?.server === server) known.set(issuer.href, { ...kept, server: renewed });
  return renewed;
}

/** An issuer behind TLS whose endpoints are not would give codes and secrets away. */
function requireEndpoints(issuer: URL, server: oauth.AuthorizationServer): asserts server is OpenIdServer {
  for (const name of ENDPOINTS) {
    const value: unknown = server[name];
    const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
    if (url === undefined || !isPrivate(url) || (issuer.protocol === "https:" && url.protocol !== "https:"))
      throw new SignInFailure("operator", "wrong_metadata", { detail: `no safe ${name}` });
  }
}
