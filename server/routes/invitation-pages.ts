import { renderInvitation } from "../../client/web/pages/index.ts";
import { runtime } from "../../parties/kernel/index.ts";
import { PartyError } from "../../schema/errors.ts";
import { type InvitationOffer, invitationSecretSchema } from "../../schema/http/admin/members.ts";
import type { SiteConfig } from "../../schema/parties/tenant.ts";
import { ANONYMOUS } from "../../schema/principal.ts";
import { type AppContext, createRouter, findViewer, requireSite } from "../context.ts";
import { shellOf, viewerOf } from "../pages/shell.ts";
import { sitePartyOf } from "../tenants/party.ts";
import { iso } from "../users/shapes.ts";

/** What an invitation's link leads to. */
export const invitationPages = createRouter();

invitationPages.get("/invitations/:secret", async (c) => {
  const secret = c.req.param("secret");
  // Trying links out counts as trying to sign in.
  const site = await requireSite(c, { keys: ["requests", "login"] });
  const invitation = await invitationAt(c, site, secret);
  const shell = await shellOf(c, await viewerOf(c));
  const html = renderInvitation({ shell, secret, invitation, now: runtime().now() });
  return c.html(html, invitation.state === "open" ? 200 : invitation.state === "gone" ? 410 : 404);
});

type Found = { state: "open"; offer: InvitationOffer } | { state: "gone" } | { state: "unknown" };

async function invitationAt(c: AppContext, site: SiteConfig, secret: string): Promise<Found> {
  if (!invitationSecretSchema.safeParse(secret).success) return { state: "unknown" };
  try {
    const principal = (await findViewer(c))?.principal ?? ANONYMOUS;
    const offer = await sitePartyOf(c, site.tenant).readInvitation({ principal, secret });
    return { state: "open", offer: { ...offer, expiresAt: iso(offer.expiresAt) } };
  } catch (error) {
    if (error instanceof PartyError && error.code === "gone") return { state: "gone" };
    if (error instanceof PartyError && error.code === "not_found") return { state: "unknown" };
    throw error;
  }
}
