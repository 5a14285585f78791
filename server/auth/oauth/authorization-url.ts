import * as oauth from "oauth4webapi";
import type { Secrets } from "./provider.ts";

/** The request for a code (RFC 6749 4.1.1) with PKCE (RFC 7636). */
export async function authorizationUrl(
  endpoint: string,
  clientId: string,
  redirectUri: string,
  { state, verifier }: Pick<Secrets, "state" | "verifier">,
  more: Readonly<Record<string, string>>,
): Promise<URL> {
  const url = new URL(endpoint);
  const parameters = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...more,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}
