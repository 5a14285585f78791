import { routePartykitRequest } from "partyserver";
import type { Address } from "../../schema/addresses.ts";
import { PartyError } from "../../schema/errors.ts";
import type { Principal } from "../../schema/principal.ts";
import { encodePrincipal, PRINCIPAL_HEADER } from "./entry.ts";
import { describeError, log } from "./log.ts";
import { AWAY_RETRY_MS, bindingOf, namespaceOf } from "./naming.ts";
import { runtime } from "./runtime.ts";

/** Where a socket wants to go: an allowed party and a name that its address function has accepted, in canonical form. */
export interface Destination {
  party: string;
  name: string;
}

/** Header fields of an upgrade that a party needs; nothing else a client sent passes the door. */
const UPGRADE_HEADERS = [
  "upgrade",
  "connection",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-protocol",
  "sec-websocket-extensions",
];

type AnyAddress = Pick<Address<unknown>, "party" | "parse"> & { build(parts: never): string };

/**
 * Reads `/parties/{party}/{name}`.
 * @throws PartyError `not_found` for a party that is not on the list or a name its address refuses: no object is made.
 */
export function destinationOf(url: URL, parties: readonly AnyAddress[]): Destination {
  const [, party, rawName] = /^\/parties\/([^/]+)\/([^/]+)\/?$/.exec(url.pathname) ?? [];
  const address = parties.find((candidate) => candidate.party === party);
  const parts = rawName === undefined ? undefined : address?.parse(rawName);
  if (address === undefined || parts === undefined)
    throw new PartyError("not_found", { message: "There is no such party" });
  return { party: address.party, name: address.build(parts as never) };
}

/**
 * A page of another origin must not use a visitor's cookie: a request that carries one, or carries no proof at all,
 * names our own origin. Programs that prove themselves (`Authorization`, a ticket) may leave it out.
 * @throws PartyError `forbidden`
 */
export function checkOrigin(request: Request, hasProof: boolean): void {
  const origin = request.headers.get("origin");
  if (origin === null ? hasProof : origin === new URL(request.url).origin) return;
  throw new PartyError("forbidden", { message: "This origin may not open sockets here" });
}

/**
 * Hands an authenticated upgrade to its party. The request is made anew: connection id from us (PartyServer would take
 * the client's `_pk`), no credential, no header of the client's but those of the upgrade itself.
 * @throws PartyError `bad_request` when it is no upgrade, `unavailable` when the platform could not reach the party.
 */
export async function openSocket(
  request: Request,
  env: object,
  to: Destination,
  principal: Principal,
): Promise<Response> {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    throw new PartyError("bad_request", { message: "Only WebSocket upgrades are answered here" });
  }
  const from = new URL(request.url);
  const url = new URL(`/parties/${to.party}/${to.name}`, from.origin);
  url.searchParams.set("_pk", runtime().token());
  for (const name of ["since", "batch"]) {
    const value = from.searchParams.get(name);
    if (value !== null) url.searchParams.set(name, value);
  }
  const headers = new Headers({ [PRINCIPAL_HEADER]: encodePrincipal(principal) });
  for (const name of UPGRADE_HEADERS) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const upgrade = new Request(url, { headers });
  try {
    const response = await routePartykitRequest(upgrade, routes(env, to.party));
    if (response !== null) return response;
  } catch (error) {
    log("error", "upgrade.lost", { party: `${to.party}:${to.name}`, ...describeError(error) });
    throw new PartyError("unavailable", { retryAfterMs: AWAY_RETRY_MS, cause: error });
  }
  throw new PartyError("not_found");
}

/**
 * Says no to an upgrade in a way that browsers can read: they hide the status of a failed handshake, so the socket is
 * accepted, told, and closed with the error's code.
 */
export function refuseSocket(error: PartyError, traceId: string): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.send(
    JSON.stringify({
      type: "error",
      code: error.code,
      message: error.message,
      retryAfterMs: error.retryAfterMs,
      traceId,
    }),
  );
  server.close(error.closeCode, error.code);
  return new Response(null, { status: 101, webSocket: client });
}

const routesByEnv = new WeakMap<object, Map<string, Cloudflare.Env>>();

/** An env with one binding: PartyServer routes to every namespace it is shown. One object a party, for it caches by identity. */
function routes(env: object, party: string): Cloudflare.Env {
  let byParty = routesByEnv.get(env);
  if (byParty === undefined) routesByEnv.set(env, (byParty = new Map<string, Cloudflare.Env>()));
  let route = byParty.get(party);
  if (route === undefined) {
    route = { [bindingOf(party)]: namespaceOf(env, party) } as unknown as Cloudflare.Env;
    byParty.set(party, route);
  }
  return route;
}
