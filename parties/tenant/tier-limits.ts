import { PartyError } from "../../schema/errors.ts";
import { type Limits, TIER_LIMITS, TIERS, type Tier } from "../../schema/http/tenants.ts";
import type { SiteRow } from "../../schema/parties/tenant.ts";
import { limitsOf } from "./config.ts";

/** The limits that are numbers of things; null is without limit. */
export type CountedLimit = {
  [K in keyof Limits]: Limits[K] extends number | null ? K : never;
}[keyof Limits];

/** Why a site may not have one more, and the lowest tier that would let it; null for none. Goes beside the error. */
interface TierRefusal {
  limit: number | null;
  tier: Tier;
  unlockedBy: Tier | null;
}

/** What a site's tier has of something, and which one has more of it. */
export function tierRefusal(site: Pick<SiteRow, "tier" | "limits">, key: CountedLimit): TierRefusal {
  const limit = limitsOf(site)[key];
  // A limit of this site alone holds on every tier.
  const isOwn = limit !== TIER_LIMITS[site.tier][key];
  const unlockedBy = isOwn ? undefined : TIERS.find((tier) => isMore(TIER_LIMITS[tier][key], limit));
  return { limit, tier: site.tier, unlockedBy: unlockedBy ?? null };
}

function isMore(one: number | null, other: number | null): boolean {
  return other !== null && (one === null || one > other);
}

/** The refusal of a file that is larger than a site's tier allows. */
export function imageTooLarge(site: Pick<SiteRow, "tier" | "limits">): PartyError {
  const { imageBytes } = limitsOf(site);
  return new PartyError("too_large", {
    message: `An image of this site may have at most ${imageBytes} bytes`,
    details: { ...tierRefusal(site, "imageBytes") },
  });
}

/**
 * Refuses what would be more than a site's tier allows. `things` is what there may be so many of, for people.
 * @throws PartyError `forbidden` with `limit`, `tier` and `unlockedBy` beside it
 */
export function requireWithin(
  site: Pick<SiteRow, "tier" | "limits">,
  key: CountedLimit,
  count: number,
  things: string,
): void {
  const limit = limitsOf(site)[key];
  if (limit === null || count <= limit) return;
  const details = { ...tierRefusal(site, key) };
  throw new PartyError("forbidden", { message: `This site may have at most ${limit} ${things}`, details });
}
