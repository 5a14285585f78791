import { type TenantStub, tenantStub } from "../../parties/tenant/index.ts";
import type { Tenant } from "../../schema/http/tenants.ts";
import type { SiteConfig } from "../../schema/parties/tenant.ts";
import type { UserPrincipal } from "../../schema/principal.ts";
import { type AppContext, requireSite, requireUser } from "../context.ts";
import type { Asked } from "./admission.ts";

/**
 * The party of the host's site, for somebody who is signed in. It decides itself what they may.
 * @throws PartyError `not_found`, `rate_limited`, `unauthenticated`
 */
export async function requireSiteParty(
  c: AppContext,
  asked?: Asked,
): Promise<{ site: SiteConfig; party: TenantStub; principal: UserPrincipal }> {
  const site = await requireSite(c, asked);
  const { principal } = await requireUser(c);
  return { site, party: sitePartyOf(c, site.tenant), principal };
}

export function sitePartyOf(c: AppContext, { subdomain }: Pick<Tenant, "subdomain">): TenantStub {
  return tenantStub(c.env, { subdomain }, c.get("traceId"));
}
