import { createHash, randomBytes } from "node:crypto";
import type { FakePerson } from "./people.ts";

/** A request for a code that a provider has accepted. */
export interface Asked {
  redirectUri: string;
  state: string;
  challenge: string;
  nonce: string | null;
  scope: string;
}

interface Grant extends Asked {
  person: FakePerson;
  isSpent: boolean;
}

/** Why a request for a code is not even answered with a redirect (RFC 6749 4.1.2.1), or what it asks for. */
export function readAsked(query: URLSearchParams, clientId: string, redirects: ReadonlySet<string>): Asked | string {
  const redirectUri = query.get("redirect_uri");
  const [state, challenge] = [query.get("state"), query.get("code_challenge")];
  if (query.get("client_id") !== clientId) return "unknown client_id";
  if (redirectUri === null || !redirects.has(redirectUri)) return "redirect_uri is not registered";
  if (query.get("response_type") !== "code") return "response_type must be code";
  if (state === null) return "state is missing";
  if (challenge === null || query.get("code_challenge_method") !== "S256") return "PKCE with S256 is required";
  return { redirectUri, state, challenge, nonce: query.get("nonce"), scope: query.get("scope") ?? "" };
}

/** The codes of a provider. Each is redeemed once, by whoever knows what it was asked with. */
export class AuthorizationCodes {
  readonly #grants = new Map<string, Grant>();

  issue(asked: Asked, person: FakePerson): string {
    const code = randomToken("code");
    this.#grants.set(code, { ...asked, person, isSpent: false });
    return code;
  }

  /** What the code stands for, or undefined for one that is not good (any more). */
  redeem(form: URLSearchParams): Grant | undefined {
    const grant = this.#grants.get(form.get("code") ?? "");
    if (grant === undefined || grant.isSpent || grant.redirectUri !== form.get("redirect_uri")) return undefined;
    grant.isSpent = true;
    const verifier = form.get("code_verifier") ?? "";
    return createHash("sha256").update(verifier).digest("base64url") === grant.challenge ? grant : undefined;
  }

  /** A code that has been redeemed before. */
  spent(): string {
    const [code] = [...this.#grants].find(([, { isSpent }]) => isSpent) ?? [];
    if (code === undefined) throw new Error("no code has been redeemed yet");
    return code;
  }
}

/** A secret that is easy to find where it does not belong. */
export function randomToken(kind: string): string {
  return `fake-${kind}-${randomBytes(24).toString("base64url")}`;
}
