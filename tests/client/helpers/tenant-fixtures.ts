import type { Stats } from "../../../schema/http/admin/stats.ts";
import type { TenantProtocol } from "../../../schema/parties/tenant.ts";
import type { StateOf } from "../../../schema/protocol.ts";

export function statsOf(more: Partial<Stats> = {}): Stats {
  return {
    postCount: 3,
    totalWords: 1_200,
    draftCount: 1,
    publishedThisMonth: 2,
    topTags: [],
    accountAge: 40,
    storageUsed: 0,
    lastActivity: null,
    updatedAt: "2026-01-01T00:00:00.000Z",
    ...more,
  };
}

/** What a site's dashboard is greeted with. */
export function tenantState(more: Partial<StateOf<TenantProtocol>> = {}): StateOf<TenantProtocol> {
  return { live: { visitors: 0, views: 0 }, stats: statsOf(), version: 5, ...more };
}
