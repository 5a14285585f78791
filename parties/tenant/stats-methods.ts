import { z } from "zod";
import { PartyError } from "../../schema/errors.ts";
import type { Stats } from "../../schema/http/admin/stats.ts";
import { postIdSchema } from "../../schema/ids.ts";
import { writtenPostSchema } from "../../schema/parties/tenant.ts";
import { command, describeError, log, procedure } from "../kernel/index.ts";
import { bySomeone, requireRole, type SiteContext } from "./site-context.ts";
import { currentStats, learnPost, markDeleted, tellStats } from "./stats.ts";
import type { StatsRefresher } from "./stats-refresher.ts";

/** Who asks for a refresh within this long of one gets what that one has found. */
const REFRESH_EVERY_MS = 10_000;
/** When it is worth asking D1 again. */
const AWAY_RETRY_MS = 5_000;

/** What the dashboard counts, for a site's owner, and what it is told. */
export function statsMethods(context: SiteContext, refresher: StatsRefresher) {
  return {
    /** What is known, read anew from D1 when that is an hour ago. */
    getDashboardStats: procedure(bySomeone, async ({ principal }): Promise<Stats> => {
      requireRole(context, principal, "owner");
      try {
        if (refresher.isDue) await refresher.refresh();
      } catch (error) {
        log("warn", "stats.not_refreshed", { site: context.subdomain, ...describeError(error) });
      }
      return currentStats(context);
    }),

    /** Reads anew from D1 now. @throws PartyError `unavailable` while that is away */
    refreshDashboardStats: procedure(bySomeone, async ({ principal }): Promise<Stats> => {
      requireRole(context, principal, "owner");
      try {
        if (refresher.isOlderThan(REFRESH_EVERY_MS)) await refresher.refresh();
      } catch (error) {
        log("warn", "stats.not_refreshed", { site: context.subdomain, ...describeError(error) });
        const message = "The posts cannot be counted just now";
        throw new PartyError("unavailable", { message, retryAfterMs: AWAY_RETRY_MS, cause: error });
      }
      return currentStats(context);
    }),

    /** Told by the edge of a post that was made or changed. */
    postWritten: command(writtenPostSchema, (post) => {
      const outcome = learnPost(context.db, post);
      if (outcome === "known") return;
      if (outcome === "new" && post.revision === 1) context.record("post_created");
      tellStats(context);
    }),

    /** Told by the edge of a post that is gone. */
    postDeleted: command(z.object({ postId: postIdSchema }), ({ postId }) => {
      markDeleted(context.db, postId, context.now());
      tellStats(context);
    }),
  };
}
