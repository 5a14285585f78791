import type { ServerResponse } from "node:http";
import { type Asked, AuthorizationCodes, randomToken, readAsked } from "./authorization-codes.ts";
import { consentPage } from "./consent-page.ts";
import { type Received, redirectTo, sendJson, startLoopbackServer } from "./loopback-server.ts";
import { type Misbehaviour, misbehave } from "./misbehaviour.ts";
import { DEMO_PEOPLE, type FakePerson } from "./people.ts";
import { type SignatureFault, SigningKeys } from "./signing-keys.ts";

/** How long its tokens live, in seconds. */
const EXPIRES_IN_S = 3_600;

/** What is wrong with a provider, until it is put right again. */
export interface OidcFaults {
  discovery?: Misbehaviour;
  jwks?: Misbehaviour;
  token?: Misbehaviour;
  userinfo?: Misbehaviour;
  /** Fields of the metadata, changed; undefined leaves one out. */
  metadata?: Record<string, unknown>;
  /** Parameters of the redirect back, changed; undefined leaves one out. */
  answer?: Record<string, string | undefined>;
  /** Sends a code back that has been redeemed before. */
  replaysCode?: boolean;
  /** Claims of the id token, changed; undefined leaves one out. */
  claims?: Record<string, unknown>;
  signature?: SignatureFault;
  /** Fields of the token endpoint's answer, changed; undefined leaves one out. */
  tokens?: Record<string, unknown>;
}

export interface OidcProviderOptions {
  port?: number;
  clientId?: string;
  /** Null for a public client. */
  clientSecret?: string | null;
  /** How the token endpoint wants to be told who asks. */
  clientAuthentication?: "client_secret_basic" | "client_secret_post";
}

/** A whole OpenID provider on this machine: it behaves like a real one, until it is told to misbehave. */
export interface OidcProvider {
  issuer: string;
  /** What the product needs to know of it, as OIDC_... settings. */
  settings: { OIDC_ISSUER: string; OIDC_CLIENT_ID: string; OIDC_CLIENT_SECRET: string };
  received: Received[];
  keys: SigningKeys;
  /** Registers an address that visitors may be sent back to. */
  allowRedirect: (uri: string) => void;
  /** From now on everybody is this person, without being asked; null asks on a page. */
  signedInAs: (person: FakePerson | null) => void;
  /** Misbehaves from now on; an empty object puts everything right. */
  fail: (faults: OidcFaults) => void;
  stop: () => Promise<void>;
}

export async function startOidcProvider(options: OidcProviderOptions = {}): Promise<OidcProvider> {
  const { clientId = "understory", clientSecret = "fake-client-secret", clientAuthentication } = options;
  const keys = new SigningKeys();
  const codes = new AuthorizationCodes();
  const redirects = new Set<string>();
  const asking = new Map<string, Asked>();
  const accessTokens = new Map<string, FakePerson>();
  const refreshTokens = new Map<string, FakePerson>();
  let visitor: FakePerson | null = null;
  let faults: OidcFaults = {};

  const server = await startLoopbackServer(options.port ?? 0, (request, response) => {
    switch (request.path) {
      case "/.well-known/openid-configuration":
        return or(faults.discovery, response, () => sendJson(response, 200, { ...metadata(), ...faults.metadata }));
      case "/jwks":
        return or(faults.jwks, response, () => sendJson(response, 200, keys.published()));
      case "/authorize":
        return authorize(request, response);
      case "/consent":
        return consent(request, response);
      case "/token":
        return or(faults.token, response, () => token(request, response));
      case "/userinfo":
        return or(faults.userinfo, response, () => userinfo(request, response));
      default:
        return sendJson(response, 404, { error: "not_found" });
    }
  });
  const issuer = server.origin;

  function metadata() {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["S256"],
      scopes_supported: ["openid", "email", "profile", "offline_access"],
      authorization_response_iss_parameter_supported: true,
      ...(clientAuthentication && { token_endpoint_auth_methods_supported: [clientAuthentication] }),
    };
  }

  function authorize({ query }: Received, response: ServerResponse): void {
    const asked = readAsked(query, clientId, redirects);
    if (typeof asked === "string") return sendJson(response, 400, { error: "invalid_request", message: asked });
    if (visitor !== null) return comeBack(asked, visitor, response);
    const requestId = randomToken("request");
    asking.set(requestId, asked);
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
    response.end(consentPage(requestId, DEMO_PEOPLE));
  }

  function consent({ form }: Received, response: ServerResponse): void {
    const asked = asking.get(form.get("request") ?? "");
    asking.delete(form.get("request") ?? "");
    if (asked === undefined) return sendJson(response, 400, { error: "invalid_request" });
    if (form.has("cancel")) return answer(asked, { error: "access_denied" }, response);
    comeBack(asked, chosen(form), response);
  }

  function comeBack(asked: Asked, person: FakePerson, response: ServerResponse): void {
    answer(asked, { code: faults.replaysCode === true ? codes.spent() : codes.issue(asked, person) }, response);
  }

  function answer({ redirectUri, state }: Asked, result: Record<string, string>, response: ServerResponse): void {
    const url = new URL(redirectUri);
    const parameters = { state, iss: issuer, ...result, ...faults.answer };
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
    redirectTo(response, url);
  }

  function token(request: Received, response: ServerResponse): void {
    const { form } = request;
    if (!isClient(request))
      return sendJson(response, 401, { error: "invalid_client" }, { "www-authenticate": "Basic" });
    if (form.get("grant_type") === "refresh_token") {
      const kept = refreshTokens.get(form.get("refresh_token") ?? "");
      if (kept === undefined) return sendJson(response, 400, { error: "invalid_grant" });
      return sendJson(response, 200, tokensFor(kept));
    }
    const grant = codes.redeem(form);
    if (grant === undefined) return sendJson(response, 400, { error: "invalid_grant" });
    const { person, nonce, scope } = grant;
    const refreshToken = scope.split(" ").includes("offline_access") ? randomToken("refresh") : undefined;
    if (refreshToken !== undefined) refreshTokens.set(refreshToken, person);
    sendJson(response, 200, {
      ...tokensFor(person),
      refresh_token: refreshToken,
      scope,
      id_token: keys.jwt({ ...claimsOf(person, nonce), ...faults.claims }, faults.signature),
      ...faults.tokens,
    });
  }

  function tokensFor(person: FakePerson) {
    const accessToken = randomToken("access");
    accessTokens.set(accessToken, person);
    return { access_token: accessToken, token_type: "Bearer", expires_in: EXPIRES_IN_S };
  }

  function claimsOf(person: FakePerson, nonce: string | null) {
    const now = Math.floor(Date.now() / 1_000);
    return {
      iss: issuer,
      aud: clientId,
      iat: now,
      exp: now + 300,
      ...(nonce !== null && { nonce }),
      ...profile(person),
    };
  }

  function userinfo({ headers }: Received, response: ServerResponse): void {
    const person = accessTokens.get((headers.authorization ?? "").replace(/^Bearer /, ""));
    if (person === undefined) return sendJson(response, 401, { error: "invalid_token" });
    sendJson(response, 200, profile(person));
  }

  /** RFC 6749 2.3.1: in the header, each part form-encoded, or in the body. */
  function isClient({ headers, form }: Received): boolean {
    const [, basic] = /^Basic (.+)$/.exec(headers.authorization ?? "") ?? [];
    const [id, secret] =
      basic === undefined
        ? [form.get("client_id"), form.get("client_secret")]
        : Buffer.from(basic, "base64").toString().split(":").map(formDecoded);
    const method = basic === undefined ? "client_secret_post" : "client_secret_basic";
    if (clientSecret !== null && method !== (clientAuthentication ?? "client_secret_basic")) return false;
    return id === clientId && (secret ?? null) === clientSecret;
  }

  return {
    issuer,
    settings: { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret ?? "" },
    received: server.received,
    keys,
    allowRedirect: (uri) => void redirects.add(uri),
    signedInAs: (person) => void (visitor = person),
    fail: (next) => void (faults = next),
    stop: server.stop,
  };
}

function or(how: Misbehaviour | undefined, response: ServerResponse, behave: () => void): void {
  if (how === undefined) behave();
  else misbehave(how, response);
}

function chosen(form: URLSearchParams): FakePerson {
  const known = DEMO_PEOPLE.find(({ subject }) => subject === form.get("subject"));
  const email = form.get("email") ?? "";
  return known ?? { subject: `typed ${email.toLowerCase()}`, name: form.get("name") ?? "", email, emailVerified: true };
}

function profile({ subject, name, email, emailVerified }: FakePerson) {
  return { sub: subject, name, email, email_verified: emailVerified };
}

function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}
