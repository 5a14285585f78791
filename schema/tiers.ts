import type { Limits, Tier } from "./http/tenants.ts";

/** What sites may be, from the least to the most. Beside the schemas, so that pages can say what a tier has without a validator. */
export const TIERS = ["seedling", "sapling", "oak", "evergreen"] as const;

const MIB = 1024 * 1024;

export const TIER_LIMITS: Readonly<Record<Tier, Limits>> = {
  seedling: {
    requestsPerMinute: 120,
    commentsPerMinute: 30,
    uploadsPerHour: 30,
    customSections: 0,
    sectionIcons: "none",
    pages: 5,
    members: 3,
    images: 100,
    imageBytes: 2 * MIB,
  },
  sapling: {
    requestsPerMinute: 500,
    commentsPerMinute: 60,
    uploadsPerHour: 100,
    customSections: 2,
    sectionIcons: "few",
    pages: 20,
    members: 10,
    images: 1_000,
    imageBytes: 5 * MIB,
  },
  oak: {
    requestsPerMinute: 1_000,
    commentsPerMinute: 120,
    uploadsPerHour: 300,
    customSections: 10,
    sectionIcons: "all",
    pages: 50,
    members: 50,
    images: 10_000,
    imageBytes: 10 * MIB,
  },
  evergreen: {
    requestsPerMinute: 5_000,
    commentsPerMinute: 300,
    uploadsPerHour: 1_000,
    customSections: null,
    sectionIcons: "uploaded",
    pages: 100,
    members: 200,
    images: 50_000,
    imageBytes: 20 * MIB,
  },
};
