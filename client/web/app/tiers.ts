import type { Limits, Tier } from "../../../schema/http/tenants.ts";
import { TIER_LIMITS, TIERS } from "../../../schema/tiers.ts";

export const TIER_WORDS: Readonly<Record<Tier, string>> = {
  seedling: "Seedling",
  sapling: "Sapling",
  oak: "Oak",
  evergreen: "Evergreen",
};

/** The lowest tier that has what is asked for, in words; undefined when none has. */
export function unlockedBy(has: (limits: Limits) => boolean): string | undefined {
  const tier = TIERS.find((name) => has(TIER_LIMITS[name]));
  return tier && TIER_WORDS[tier];
}

/** What would let a site have more sections of its own, in words; null while there is room. */
export function sectionLock(limits: Limits, count: number): string | null {
  const { customSections: own } = limits;
  if (own === null || count < own) return null;
  const tier = TIERS.find((name) => isMore(TIER_LIMITS[name].customSections, count));
  if (tier === undefined) return `A site has at most ${own} sections of its own.`;
  const most = TIER_LIMITS[tier].customSections;
  return `${TIER_WORDS[tier]} unlocks ${most === null ? "as many as you like" : `up to ${most}`}.`;
}

function isMore(limit: number | null, count: number): boolean {
  return limit === null || limit > count;
}
