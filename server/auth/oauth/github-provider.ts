import * as oauth from "oauth4webapi";
import { z } from "zod";
import { authorizationUrl } from "./authorization-url.ts";
import { SignInFailure } from "./failure.ts";
import { identityFrom } from "./identity.ts";
import { step } from "./library-errors.ts";
import { type Arrival, keptRefreshToken, type Provider } from "./provider.ts";
import type { ProviderFetch } from "./provider-fetch.ts";
import { GITHUB, type GithubSettings } from "./settings.ts";

const userSchema = z.object({
  id: z.number().int().positive(),
  login: z.string(),
  name: z.string().nullish(),
  avatar_url: z.string().nullish(),
});
const emailsSchema = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

/** GitHub refuses requests that name nobody. */
const HEADERS = { "user-agent": "understory" };

/** Sign-in with GitHub: OAuth 2 without OpenID, so an API tells who it is. */
export function githubProvider(settings: GithubSettings): Provider {
  const base = new URL(settings.address).href.replace(/\/$/, "");
  const api = base === GITHUB ? "https://api.github.com" : `${base}/api/v3`;
  const client: oauth.Client = { client_id: settings.clientId };
  const server = {
    issuer: `${base}/login/oauth`,
    authorization_endpoint: `${base}/login/oauth/authorize`,
    token_endpoint: `${base}/login/oauth/access_token`,
  };
  /** @throws SignInFailure */
  async function ask<T extends z.ZodType>(path: string, token: string, schema: T, fetch: ProviderFetch) {
    const headers = { ...HEADERS, accept: "application/vnd.github+json", authorization: `Bearer ${token}` };
    const response = await fetch(`${api}${path}`, { method: "GET", headers });
    if (!response.ok) throw new SignInFailure("provider", "profile_refused", { detail: `status ${response.status}` });
    return await step("profile", async (): Promise<z.output<T>> => schema.parse(await response.json()));
  }

  return {
    authorizationUrl: (redirectUri, secrets) =>
      authorizationUrl(server.authorization_endpoint, settings.clientId, redirectUri, secrets, {
        scope: "read:user user:email",
      }),

    async arrive(answer, redirectUri, secrets, fetch): Promise<Arrival> {
      const parameters = await step("callback", () =>
        oauth.validateAuthResponse(server, client, answer, secrets.state),
      );
      const tokens = await step("token", async () => {
        const response = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          oauth.ClientSecretPost(settings.clientSecret),
          parameters,
          redirectUri,
          secrets.verifier,
          {
            [oauth.customFetch]: async (url, init) => await refusalsAsErrors(await fetch(url, init)),
            [oauth.allowInsecureRequests]: base.startsWith("http:"),
            headers: HEADERS,
          },
        );
        return await oauth.processAuthorizationCodeResponse(server, client, response);
      });
      const token = tokens.access_token;
      const user = await ask("/user", token, userSchema, fetch);
      const emails = await ask("/user/emails", token, emailsSchema, fetch);
      const primary = emails.find(({ primary }) => primary);
      return {
        identity: await step("profile", () =>
          identityFrom({
            provider: base === GITHUB ? "github" : `github:${base}`,
            subject: String(user.id),
            names: [user.name, user.login],
            picture: user.avatar_url,
            email: primary?.email,
            emailVerified: primary?.verified === true,
          }),
        ),
        refreshToken: keptRefreshToken(tokens.refresh_token),
      };
    },
  };
}

/** GitHub refuses a code with status 200 and an `error` in the body. */
async function refusalsAsErrors(response: Response): Promise<Response> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const isRefusal = response.ok && typeof body === "object" && body !== null && "error" in body;
  return isRefusal ? Response.json(body, { status: 400 }) : response;
}
