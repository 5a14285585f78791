import { describeError, log } from "../../parties/kernel/index.ts";
import { DEFAULT_SECTIONS, type Section } from "../../schema/http/admin/sections.ts";
import type { Principal } from "../../schema/principal.ts";
import type { AppContext } from "../context.ts";
import { sitePartyOf } from "../tenants/party.ts";

/** What every site has, for as long as its own list cannot be read. */
const BUILT_IN: readonly Section[] = DEFAULT_SECTIONS.filter(({ kind }) => kind === "builtin").map(
  (section, sortOrder) => ({ ...section, enabled: true, tier: "seedling", sortOrder, locked: null }),
);

/** The sections of a site, in order. */
export async function sectionsOf(c: AppContext, subdomain: string, principal: Principal): Promise<readonly Section[]> {
  try {
    return await sitePartyOf(c, { subdomain }).getSidebar({ principal });
  } catch (error) {
    log("warn", "site.sections_missing", { traceId: c.get("traceId"), site: subdomain, ...describeError(error) });
    return BUILT_IN;
  }
}
