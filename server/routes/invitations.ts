import { createRoute, z } from "@hono/zod-openapi";
import {
  invitationListSchema,
  invitationOfferSchema,
  invitationSecretSchema,
  madeInvitationSchema,
  memberSchema,
  newInvitationSchema,
} from "../../schema/http/admin/members.ts";
import { invitationIdSchema } from "../../schema/ids.ts";
import { type AppContext, createRouter, principalOf, requireSite } from "../context.ts";
import { toMember } from "../members/people.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";
import { rememberConfig } from "../tenants/admission.ts";
import { requireSiteParty, sitePartyOf } from "../tenants/party.ts";
import { iso } from "../users/shapes.ts";

const tags = ["members"];
const bySecret = z.object({ secret: invitationSecretSchema });
/** Trying links out counts as trying to sign in. */
const TRIES = { keys: ["api", "login"] } as const;

const list = createRoute({
  method: "get",
  path: "/api/admin/invitations",
  tags,
  summary: "Invitations that nobody has taken up yet, the oldest first",
  security: SIGNED_IN,
  responses: answers(
    { 200: json("All open invitations", invitationListSchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
  ),
});
const create = createRoute({
  method: "post",
  path: "/api/admin/invitations",
  tags,
  summary: "Make a link that makes one person a member, within seven days",
  description: "`url` is told here and never again. Where the tier has no room, `limit` and `unlockedBy` say so.",
  security: SIGNED_IN,
  request: { body: body(newInvitationSchema) },
  responses: answers(
    { 201: json("The invitation, with its link", madeInvitationSchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
    "unprocessable",
  ),
});
const revoke = createRoute({
  method: "delete",
  path: "/api/admin/invitations/{id}",
  tags,
  summary: "Take an invitation back",
  security: SIGNED_IN,
  request: { params: z.object({ id: invitationIdSchema }) },
  responses: answers({ 204: { description: "Its link is no good" } }, "unauthenticated", "forbidden", "not_found"),
});
const read = createRoute({
  method: "get",
  path: "/api/invitations/{secret}",
  tags,
  summary: "What a link offers",
  request: { params: bySecret },
  responses: answers({ 200: json("The offer", invitationOfferSchema) }, "not_found", "gone", "rate_limited"),
});
const accept = createRoute({
  method: "post",
  path: "/api/invitations/{secret}/accept",
  tags,
  summary: "Become a member by a link",
  description: "Again, by the same person: the same answer. Who is as much already stays so, the link unused.",
  security: SIGNED_IN,
  request: { params: bySecret },
  responses: answers(
    { 200: json("What you are on this site now", memberSchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
    "gone",
    "rate_limited",
  ),
});

export const invitationRoutes = createRouter()
  .openapi(list, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    const invitations = await party.listInvitations({ principal });
    return c.json({ invitations: invitations.map(toInvitation) }, 200);
  })
  .openapi(create, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    const { invitation, secret } = await party.createInvitation({ principal, invitation: c.req.valid("json") });
    return c.json({ ...toInvitation(invitation), url: linkOf(c, secret) }, 201);
  })
  .openapi(revoke, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    await party.revokeInvitation({ principal, id: c.req.valid("param").id });
    return c.body(null, 204);
  })
  .openapi(read, async (c) => {
    const party = sitePartyOf(c, (await requireSite(c, TRIES)).tenant);
    const offer = await party.readInvitation({ principal: await principalOf(c), ...c.req.valid("param") });
    return c.json({ ...offer, expiresAt: iso(offer.expiresAt) }, 200);
  })
  .openapi(accept, async (c) => {
    const { party, principal } = await requireSiteParty(c, TRIES);
    const { member, config } = await party.acceptInvitation({ principal, ...c.req.valid("param") });
    rememberConfig(config);
    return c.json(toMember(member, principal.user), 200);
  });

function linkOf(c: AppContext, secret: string): string {
  return `${new URL(c.req.url).origin}/invitations/${secret}`;
}

function toInvitation<T extends { createdAt: number; expiresAt: number }>({ createdAt, expiresAt, ...told }: T) {
  return { ...told, createdAt: iso(createdAt), expiresAt: iso(expiresAt) };
}
