import type { Stats } from "../../schema/http/admin/stats.ts";
import type { SiteContext } from "./site-context.ts";

/** What the dashboard shows, from what is known here. */
export function currentStats(context: SiteContext, now: number): Stats {
  const { createdAt } = context.site();
  return {
    postCount: 0,
    totalWords: 0,
    draftCount: 0,
    publishedThisMonth: 0,
    topTags: [],
    accountAge: Math.floor((now - createdAt) / 86_400_000),
    storageUsed: 0,
    lastActivity: null,
    updatedAt: new Date(now).toISOString(),
  };
}
