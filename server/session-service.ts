import { WorkerEntrypoint } from "cloudflare:workers";
import { z } from "zod";
import { runtime } from "../parties/kernel/index.ts";
import type { UserPrincipal } from "../schema/principal.ts";
import { type Authentication, shownBy, vouchFor } from "./auth/authenticate.ts";
import { configOf } from "./config.ts";
import type { Env } from "./env.ts";

/** What a header can hold (RFC 9110 5.5): anything else came from no request. */
const fieldValueSchema = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/);

/** What a sibling shows of the request that it got: its `Cookie` header, or the access token of its `Authorization`. */
const shownSchema = z.union([
  z.strictObject({ cookie: fieldValueSchema.max(16_384) }),
  z.strictObject({ bearer: fieldValueSchema.max(1_024) }),
]);

/** `needsRefresh` asks the sibling to have its client go to `POST /auth/refresh`. */
export type Verdict =
  | { valid: true; userId: string; sessionId: string; role: UserPrincipal["role"]; needsRefresh: boolean }
  | { valid: false };

/**
 * Lets other Workers of the same account ask who is signed in, without HTTP and without knowing a secret of ours:
 * `[[services]] binding = "SESSIONS", service = "understory", entrypoint = "SessionService"`. See docs/sessions.md.
 */
export class SessionService extends WorkerEntrypoint<Env> {
  /**
   * Vouches for a cookie or a bearer token. Whatever is not good, malformed input included, is `{ valid: false }`.
   * @throws PartyError `unavailable` when the session could not be asked: that says nothing about the credential
   */
  async validate(shown: { cookie: string } | { bearer: string }): Promise<Verdict> {
    const given = shownSchema.safeParse(shown);
    if (!given.success) return { valid: false };
    const found = await this.#authenticate(given.data);
    if (found.state !== "user") return { valid: false };
    const { user, sessionId, role } = found.principal;
    return { valid: true, userId: user.id, sessionId, role, needsRefresh: found.needsRefresh };
  }

  async #authenticate(given: z.output<typeof shownSchema>): Promise<Authentication> {
    const config = configOf(this.env);
    const headers = new Headers(
      "cookie" in given ? { cookie: given.cookie } : { authorization: `Bearer ${given.bearer}` },
    );
    // The cookie's name depends on the scheme that browsers use for our sites.
    const scheme = config.ROOT_DOMAIN === "localhost" ? "http" : "https";
    const proven = shownBy(new Request(`${scheme}://${config.ROOT_DOMAIN}/`, { headers }), config);
    if (proven === "nothing" || proven === "nonsense") return { state: "refused" };
    return await vouchFor(this.env, proven, runtime().token());
  }
}
