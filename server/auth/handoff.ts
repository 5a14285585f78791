import { z } from "zod";
import { runtime, sha256 } from "../../parties/kernel/index.ts";
import { PartyError } from "../../schema/errors.ts";
import { subdomainSchema } from "../../schema/ids.ts";
import type { AppContext } from "../context.ts";
import { apexOrigin, siteOrigin } from "../host.ts";
import { isSharedDomain } from "./cookies.ts";
import { sameText } from "./same-text.ts";

/**
 * Sign-in for sites where browsers share no cookie between the apex and its sites (localhost). The site remembers a
 * nonce in a cookie of its own and sends the browser to the apex; the apex, once it knows who that is, sends it back
 * with a single-use ticket that is bound to the site and the nonce. Only the browser that began can finish, so nobody
 * can be signed in as somebody else by following a link.
 */
export const NONCE_COOKIE = "understory-handoff";
export const NONCE_MAX_AGE_S = 10 * 60;
/** The "party" that such tickets are for: not one, so no socket can be opened with them. */
const TICKET_PARTY = "site";

/** Whether sign-in is handed over here. Where one cookie serves all hosts, it would only make a second session of one. */
export function handsOver(c: AppContext): boolean {
  return !isSharedDomain(new URL(c.req.url), c.get("config").ROOT_DOMAIN);
}

/** @throws PartyError `not_found` where one cookie serves all hosts */
export function requireHandoff(c: AppContext): void {
  if (!handsOver(c)) throw new PartyError("not_found");
}

export const newNonce = (): string => runtime().token();

/** What the apex needs to know to send someone back. */
export const handoffSchema = z.object({
  site: subdomainSchema,
  /** The nonce's hash: the nonce itself never leaves the site. */
  challenge: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  returnTo: z.string().max(2_000),
});
export type Handoff = z.infer<typeof handoffSchema>;

export function challengeOf(nonce: string): string {
  return sha256(nonce);
}

/** What the ticket is bound to. */
export function ticketTarget({ site, challenge }: Pick<Handoff, "site" | "challenge">): {
  party: string;
  name: string;
} {
  return { party: TICKET_PARTY, name: `${site}:${challenge}` };
}

export function nonceMatches(nonce: string, challenge: string): boolean {
  return sameText(challenge, challengeOf(nonce));
}

/** Where the apex takes over: its sign-in page, which forwards at once when it knows the visitor. */
export function apexUrl(url: URL, rootDomain: string, handoff: Handoff): string {
  return `${apexOrigin(url, rootDomain)}/sign-in?${new URLSearchParams(handoff)}`;
}

/** Where the site takes over again. */
export function siteUrl(url: URL, rootDomain: string, { site, challenge, returnTo }: Handoff, ticket: string): string {
  return `${siteOrigin(url, rootDomain, site)}/auth/handoff?${new URLSearchParams({ ticket, challenge, returnTo })}`;
}
