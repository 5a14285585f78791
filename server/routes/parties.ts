import { checkOrigin, type Destination, destinationOf, openSocket, refuseSocket } from "../../parties/kernel/index.ts";
import { sessionStub } from "../../parties/session/index.ts";
import { postAddress, tenantAddress } from "../../schema/addresses.ts";
import { PartyError } from "../../schema/errors.ts";
import { ANONYMOUS, type Principal } from "../../schema/principal.ts";
import { authenticate } from "../auth/authenticate.ts";
import { readCredential } from "../auth/credentials.ts";
import { type AppContext, createRouter } from "../context.ts";
import { OPEN_PARTIES, requireOwnParty } from "../parties.ts";
import { requireWritten } from "../posts/party.ts";
import { glance } from "../tenants/admission.ts";

/** `/parties/{party}/{name}`: the door for sockets. Everything is decided here, before an object exists. */
export const partyRoutes = createRouter();

partyRoutes.get("/parties/*", async (c) => {
  const isUpgrade = c.req.header("upgrade")?.toLowerCase() === "websocket";
  if (!isUpgrade) {
    destinationOf(new URL(c.req.url), OPEN_PARTIES);
    throw new PartyError("bad_request", { message: "Parties are reached by WebSocket" });
  }
  try {
    const to = destinationOf(new URL(c.req.url), OPEN_PARTIES);
    const ticket = c.req.query("ticket");
    checkOrigin(c.req.raw, ticket !== undefined || c.req.header("authorization") !== undefined);
    // Before a session notes where it is about to be: it would call there when it ends.
    await requireThere(c, to);
    const principal = ticket === undefined ? await principalOf(c, to) : await redeem(c, to, ticket);
    return await openSocket(c.req.raw, c.env, to, principal);
  } catch (error) {
    if (error instanceof PartyError) return refuseSocket(error, c.get("traceId"));
    throw error;
  }
});

/**
 * Nobody reaches a party of what isn't there: one that was called is stored for good.
 * @throws PartyError `not_found`
 */
async function requireThere(c: AppContext, { party, name }: Destination): Promise<void> {
  const post = party === postAddress.party ? postAddress.parse(name) : undefined;
  if (post !== undefined) await requireWritten(c, post);
  const site = party === tenantAddress.party ? tenantAddress.parse(name) : undefined;
  if (site !== undefined && (await glance(c, site.subdomain)) === undefined)
    throw new PartyError("not_found", { message: "There is no such site" });
}

async function principalOf(c: AppContext, to: Destination): Promise<Principal> {
  const found = await authenticate(c.req.raw, c.env, c.get("config"), c.get("traceId"), to);
  switch (found.state) {
    case "user":
      return found.principal;
    case "nobody":
      requireOwnParty(to, undefined);
      return ANONYMOUS;
    case "refused":
      throw new PartyError("unauthenticated", { message: "Sign in again" });
  }
}

async function redeem(c: AppContext, to: Destination, ticket: string): Promise<Principal> {
  const credential = readCredential(c.get("config").SESSION_SECRET, "t1", ticket);
  if (credential === undefined) throw new PartyError("unauthenticated", { message: "This is not a ticket of ours" });
  const { userId, secret } = credential;
  requireOwnParty(to, userId);
  const found = await sessionStub(c.env, { userId }, c.get("traceId")).redeemTicket({ secret, ...to });
  if (!found.valid) throw new PartyError("unauthenticated", { message: "This ticket is not good, or no longer" });
  return found.principal;
}
