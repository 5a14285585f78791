import type { Identity } from "../../../schema/users.ts";
import type { ProviderFetch } from "./provider-fetch.ts";

/** The secrets of one sign-in that is on its way. */
export interface Secrets {
  /** Comes back with the answer: binds it to the browser that asked. */
  state: string;
  /** Comes back inside the id token: binds that to this sign-in. */
  nonce: string;
  /** PKCE's (RFC 7636): shows that whoever redeems the code is who asked for it. */
  verifier: string;
}

/** What a provider has told once the code was redeemed. */
export interface Arrival {
  identity: Identity;
  /** For asking the provider again later, if it gives one. */
  refreshToken: string | null;
}

/** One way to sign in elsewhere. What goes wrong is thrown as a SignInFailure. */
export interface Provider {
  /** Where the visitor is sent to say who they are. */
  authorizationUrl(redirectUri: string, secrets: Secrets, fetch: ProviderFetch): Promise<URL>;
  /**
   * Redeems what the visitor has come back with.
   * @param answer the query of the callback
   */
  arrive(answer: URLSearchParams, redirectUri: string, secrets: Secrets, fetch: ProviderFetch): Promise<Arrival>;
}

/** Longer refresh tokens are not kept: no provider gives such. */
const MAX_REFRESH_TOKEN = 4_096;

export function keptRefreshToken(token: string | undefined): string | null {
  return token === undefined || token.length > MAX_REFRESH_TOKEN ? null : token;
}
