import type { ServerResponse } from "node:http";
import { AuthorizationCodes, randomToken, readAsked } from "./authorization-codes.ts";
import { type Received, redirectTo, sendJson, startLoopbackServer } from "./loopback-server.ts";
import { type Misbehaviour, misbehave } from "./misbehaviour.ts";

/** Somebody with an account there. */
export interface GithubUser {
  id: number;
  login: string;
  name: string | null;
  emails: { email: string; primary: boolean; verified: boolean }[];
}

export interface GithubFaults {
  token?: Misbehaviour;
  user?: Misbehaviour;
  emails?: Misbehaviour;
  /** Sends a code back that has been redeemed before. */
  replaysCode?: boolean;
}

/** As much of GitHub as signing in needs, with its own ways: refusals with status 200, profiles by API. */
export interface Github {
  settings: { GITHUB_BASE_URL: string; GITHUB_CLIENT_ID: string; GITHUB_CLIENT_SECRET: string };
  received: Received[];
  allowRedirect: (uri: string) => void;
  signedInAs: (user: GithubUser) => void;
  fail: (faults: GithubFaults) => void;
  stop: () => Promise<void>;
}

const CLIENT_ID = "Iv1.understory";
const CLIENT_SECRET = "fake-github-secret";

export async function startGithub(): Promise<Github> {
  const codes = new AuthorizationCodes();
  const redirects = new Set<string>();
  const users = new Map<string, GithubUser>();
  let visitor: GithubUser = { id: 1, login: "nobody", name: null, emails: [] };
  let faults: GithubFaults = {};

  const server = await startLoopbackServer(0, (request, response) => {
    switch (request.path) {
      case "/login/oauth/authorize":
        return authorize(request, response);
      case "/login/oauth/access_token":
        return faults.token === undefined ? token(request, response) : misbehave(faults.token, response);
      case "/api/v3/user":
        return faults.user === undefined
          ? answerFor(request, response, ({ id, login, name }) => ({
              id,
              login,
              name,
              avatar_url: `https://a.example/${id}`,
            }))
          : misbehave(faults.user, response);
      case "/api/v3/user/emails":
        return faults.emails === undefined
          ? answerFor(request, response, ({ emails }) => emails)
          : misbehave(faults.emails, response);
      default:
        return sendJson(response, 404, { message: "Not Found" });
    }
  });

  function authorize({ query }: Received, response: ServerResponse): void {
    const asked = readAsked(new URLSearchParams([["response_type", "code"], ...query]), CLIENT_ID, redirects);
    if (typeof asked === "string") return sendJson(response, 400, { message: asked });
    const url = new URL(asked.redirectUri);
    const person = { subject: String(visitor.id), name: visitor.login, email: "", emailVerified: false };
    users.set(person.subject, visitor);
    url.searchParams.set("code", faults.replaysCode === true ? codes.spent() : codes.issue(asked, person));
    url.searchParams.set("state", asked.state);
    redirectTo(response, url);
  }

  function token({ form }: Received, response: ServerResponse): void {
    if (form.get("client_id") !== CLIENT_ID || form.get("client_secret") !== CLIENT_SECRET)
      return sendJson(response, 200, { error: "incorrect_client_credentials" });
    const grant = codes.redeem(form);
    const user = users.get(grant?.person.subject ?? "");
    if (grant === undefined || user === undefined) return sendJson(response, 200, { error: "bad_verification_code" });
    const accessToken = randomToken("gho");
    users.set(accessToken, user);
    sendJson(response, 200, { access_token: accessToken, token_type: "bearer", scope: grant.scope });
  }

  function answerFor({ headers }: Received, response: ServerResponse, say: (user: GithubUser) => unknown): void {
    const user = users.get((headers.authorization ?? "").replace(/^Bearer /, ""));
    if (user === undefined) return sendJson(response, 401, { message: "Bad credentials" });
    if (headers["user-agent"] === undefined) return sendJson(response, 403, { message: "User-Agent is required" });
    sendJson(response, 200, say(user));
  }

  return {
    settings: { GITHUB_BASE_URL: server.origin, GITHUB_CLIENT_ID: CLIENT_ID, GITHUB_CLIENT_SECRET: CLIENT_SECRET },
    received: server.received,
    allowRedirect: (uri) => void redirects.add(uri),
    signedInAs: (user) => void (visitor = user),
    fail: (next) => void (faults = next),
    stop: server.stop,
  };
}
