import * as oauth from "oauth4webapi";
import type { Identity } from "../../../schema/users.ts";
import { authorizationUrl } from "./authorization-url.ts";
import { discover, type OpenIdServer, requestOptions, withFreshKeys } from "./discovery.ts";
import { identityFrom } from "./identity.ts";
import { isUnknownKey, step } from "./library-errors.ts";
import { type Arrival, keptRefreshToken, type Provider } from "./provider.ts";
import type { ProviderFetch } from "./provider-fetch.ts";
import { SignInFailure } from "./failure.ts";
import { GOOGLE, type OpenIdSettings } from "./settings.ts";

/** Sign-in with OpenID Connect: Google, and any other issuer from settings. */
export function openIdProvider(settings: OpenIdSettings): Provider {
  const issuer = new URL(settings.address);
  const client: oauth.Client = { client_id: settings.clientId };
  return {
    async authorizationUrl(redirectUri, secrets, fetch) {
      const server = await discover(issuer, fetch);
      return await authorizationUrl(server.authorization_endpoint, settings.clientId, redirectUri, secrets, {
        scope: scopeFor(server),
        nonce: secrets.nonce,
        // Google gives a refresh token for this, and not for a scope.
        ...(settings.key === "google" && { access_type: "offline" }),
      });
    },

    async arrive(answer, redirectUri, secrets, fetch) {
      const server = await discover(issuer, fetch);
      const parameters = await step("callback", () =>
        oauth.validateAuthResponse(server, client, answer, secrets.state),
      );
      const options = requestOptions(issuer, fetch);
      const [tokens, response] = await step("token", async () => {
        const response = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          clientAuthentication(server, settings.clientSecret),
          parameters,
          redirectUri,
          secrets.verifier,
          options,
        );
        const expected = { expectedNonce: secrets.nonce, requireIdToken: true };
        return [await oauth.processAuthorizationCodeResponse(server, client, response, expected), response] as const;
      });
      await requireSignature(issuer, server, response, fetch);
      return await step("userinfo", async (): Promise<Arrival> => {
        const claims = oauth.getValidatedIdTokenClaims(tokens);
        if (claims === undefined) throw new SignInFailure("answer", "no_id_token");
        const more = needsMore(claims, server)
          ? await oauth.processUserInfoResponse(
              server,
              client,
              claims.sub,
              await oauth.userInfoRequest(server, client, tokens.access_token, options),
            )
          : {};
        return {
          identity: identityOf(filedUnder(settings, server), claims, more),
          refreshToken: keptRefreshToken(tokens.refresh_token),
        };
      });
    },
  };
}

function filedUnder({ key }: OpenIdSettings, { issuer }: OpenIdServer): string {
  return key === "google" && issuer === GOOGLE ? "google" : `${key}:${issuer}`;
}

function scopeFor({ scopes_supported: scopes }: OpenIdServer): string {
  const offline = Array.isArray(scopes) && scopes.includes("offline_access");
  return offline ? "openid email profile offline_access" : "openid email profile";
}

/** In the body where the provider takes that: in the header, providers differ in how they decode it. */
function clientAuthentication(server: OpenIdServer, secret: string): oauth.ClientAuth {
  if (secret === "") return oauth.None();
  const methods = server.token_endpoint_auth_methods_supported;
  return Array.isArray(methods) && methods.includes("client_secret_post")
    ? oauth.ClientSecretPost(secret)
    : oauth.ClientSecretBasic(secret);
}

/** Checks who has signed the id token. Keys change: one that is not known is asked for once more. */
async function requireSignature(
  issuer: URL,
  server: OpenIdServer,
  response: Response,
  fetch: ProviderFetch,
): Promise<void> {
  const options = requestOptions(issuer, fetch);
  await step("signature", async () => {
    try {
      await oauth.validateApplicationLevelSignature(server, response, options);
    } catch (error) {
      if (!isUnknownKey(error)) throw error;
      await oauth.validateApplicationLevelSignature(withFreshKeys(issuer, server), response, options);
    }
  });
}

/** Some providers keep name and address out of the id token. */
function needsMore(claims: oauth.IDToken, { userinfo_endpoint: endpoint }: OpenIdServer): boolean {
  return endpoint !== undefined && (claims["name"] === undefined || claims["email"] === undefined);
}

function identityOf(provider: string, claims: oauth.IDToken, more: Readonly<Record<string, unknown>>): Identity {
  // An address and whether it is verified come from one place, or one could vouch for the other's.
  const { email, email_verified: verified } = claims["email"] === undefined ? more : claims;
  const told = { ...more, ...claims };
  const { name, given_name: given, family_name: family, preferred_username: username, nickname, picture } = told;
  return identityFrom({
    provider,
    subject: claims.sub,
    names: [
      name,
      typeof given === "string" && typeof family === "string" ? `${given} ${family}` : given,
      username,
      nickname,
    ],
    picture,
    email,
    emailVerified: verified === true,
  });
}
