import { PartyError } from "../../schema/errors.ts";
import { DEFAULT_SECTIONS, FEW_ICONS, MAX_SECTIONS } from "../../schema/http/admin/sections.ts";
import { type Limits, type Tier, TIER_LIMITS, TIERS } from "../../schema/http/tenants.ts";
import { type KnownSite, limitsOf } from "./config.ts";

/** What a site may have of sections of its own: by its tier, or by what was set for it alone. */

const MAX_OWN = MAX_SECTIONS - DEFAULT_SECTIONS.length;

type IconSet = Limits["sectionIcons"];
/** Each holds those before it. */
const ICON_SETS: readonly IconSet[] = ["none", "few", "all", "uploaded"];
const ICON_WORDS: Readonly<Record<IconSet, string>> = {
  none: "no icons for sections",
  few: "one of ten icons for a section",
  all: "any of Lucide's icons for a section",
  uploaded: "any of Lucide's icons, or an image, for a section",
};
const few = new Set<string>(FEW_ICONS);

/** One of the site's own sections: the how manieth it is, from 1, and its icon. */
interface Wanted {
  nth: number;
  icon: string;
}

/** Why a site may not have it. */
interface Obstacle {
  message: string;
  limit: number | IconSet;
  /** The site's. */
  tier: Tier;
  /** The lowest tier in which nothing of this kind is in the way; null when no other tier would help. */
  unlockedBy: Tier | null;
}

export function isUploaded(icon: string): boolean {
  return icon.startsWith("/");
}

export function obstacleTo(site: KnownSite, wanted: Wanted): Obstacle | undefined {
  const limits = limitsOf(site);
  if (!hasRoom(limits, wanted)) {
    const unlockedBy = unlocking(site, "customSections", (of) => hasRoom(of, wanted));
    return { limit: roomOf(limits), tier: site.tier, unlockedBy, message: explain(site, unlockedBy, roomWords) };
  }
  if (!hasIcon(limits, wanted)) {
    const unlockedBy = unlocking(site, "sectionIcons", (of) => hasIcon(of, wanted));
    return { limit: limits.sectionIcons, tier: site.tier, unlockedBy, message: explain(site, unlockedBy, iconWords) };
  }
  return undefined;
}

/** @throws PartyError `forbidden`, with the limit and what would unlock it */
export function requireNoObstacle(site: KnownSite, wanted: Wanted): void {
  const obstacle = obstacleTo(site, wanted);
  if (obstacle === undefined) return;
  const { message, ...details } = obstacle;
  throw new PartyError("forbidden", { message, details });
}

/** The lowest tier that has it. */
export function tierOf(wanted: Wanted): Tier {
  return lowestTier((limits) => hasRoom(limits, wanted) && hasIcon(limits, wanted)) ?? "evergreen";
}

function roomOf({ customSections }: Limits): number {
  return Math.min(customSections ?? MAX_OWN, MAX_OWN);
}

function hasRoom(limits: Limits, { nth }: Wanted): boolean {
  return nth <= roomOf(limits);
}

function hasIcon({ sectionIcons }: Limits, { icon }: Wanted): boolean {
  const needed = isUploaded(icon) ? "uploaded" : few.has(icon) ? "few" : "all";
  return ICON_SETS.indexOf(sectionIcons) >= ICON_SETS.indexOf(needed);
}

/** A limit that was set for the site alone stays with it in every tier. */
function unlocking(
  site: KnownSite,
  limit: "customSections" | "sectionIcons",
  isEnough: (limits: Limits) => boolean,
): Tier | null {
  return site.limits?.[limit] === undefined ? lowestTier(isEnough) : null;
}

function explain(site: KnownSite, unlockedBy: Tier | null, words: (limits: Limits) => string): string {
  const whose = unlockedBy === null ? "This site" : `${tierName(site.tier)} sites`;
  const here = `${whose} may have ${words(limitsOf(site))}`;
  return unlockedBy === null ? here : `${here}; ${tierName(unlockedBy)} sites ${words(TIER_LIMITS[unlockedBy])}`;
}

function roomWords(limits: Limits): string {
  const room = roomOf(limits);
  if (limits.customSections === null) return `any number of custom sections, up to ${room}`;
  return `${room === 0 ? "no" : room} custom ${room === 1 ? "section" : "sections"}`;
}

function iconWords({ sectionIcons }: Limits): string {
  return ICON_WORDS[sectionIcons];
}

function lowestTier(isEnough: (limits: Limits) => boolean): Tier | null {
  return TIERS.find((tier) => isEnough(TIER_LIMITS[tier])) ?? null;
}

function tierName(tier: Tier): string {
  return tier.charAt(0).toUpperCase() + tier.slice(1);
}
