import { desc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { AnalyticsEvent, DayTotals, EventType } from "../../schema/analytics.ts";
import { PartyError } from "../../schema/errors.ts";
import { type AnalyticsProtocol, eventBatchSchema } from "../../schema/parties/analytics.ts";
import { localTime } from "../../schema/zones.ts";
import { type Admission, command, type FrameHandlers, partyOf, procedure } from "../kernel/index.ts";
import { analyticsSpec } from "./spec.ts";
import { batches, hours, pages } from "./tables.ts";

/** How many paths a day's totals name, the most viewed. */
const TOP_PAGES = 100;

/**
 * One local day of one site: what was seen, by hour and by page.
 *
 * Name: `tenant:YYYY-MM-DD`. Truth: the counts; what is counted comes in batches from the tenant party.
 */
export class AnalyticsParty extends partyOf(analyticsSpec) {
  protected override enter(): Admission {
    throw new PartyError("forbidden", { message: "Nobody connects here" });
  }

  protected override snapshot(): Record<string, never> {
    return {};
  }

  override readonly frames: FrameHandlers<AnalyticsProtocol> = {};

  override readonly methods = {
    /** Counts a batch of this day's events, once. */
    recordEvents: command(eventBatchSchema, ({ batchId, timeZone, events }) => {
      const isNew = this.db
        .insert(batches)
        .values({ id: batchId, events: events.length })
        .onConflictDoNothing()
        .returning()
        .get();
      // drizzle types the row as present; SQLite answers none when the batch is known.
      if ((isNew as typeof isNew | undefined) === undefined) return;
      this.#count(events, timeZone);
    }),

    /** What has been counted so far. */
    getStats: procedure(z.object({}), (): DayTotals => {
      const byHour = this.db
        .select({ hour: hours.hour, pageViews: hours.count })
        .from(hours)
        .where(eq(hours.type, "page_view"))
        .orderBy(hours.hour)
        .all();
      return {
        day: this.parts.day,
        pageViews: byHour.reduce((sum, { pageViews }) => sum + pageViews, 0),
        hours: byHour,
        pages: this.db.select().from(pages).orderBy(desc(pages.views), pages.path).limit(TOP_PAGES).all(),
      };
    }),
  };

  /** One statement for each hour and each page that occurs, however many events there are. */
  #count(events: readonly AnalyticsEvent[], timeZone: string): void {
    const byHour = new Map<string, { hour: number; type: EventType; count: number }>();
    const byPage = new Map<string, number>();
    for (const { type, path, at } of events) {
      const { hour } = localTime(at, timeZone);
      const key = `${hour} ${type}`;
      byHour.set(key, { hour, type, count: (byHour.get(key)?.count ?? 0) + 1 });
      if (type === "page_view" && path !== null) byPage.set(path, (byPage.get(path) ?? 0) + 1);
    }
    for (const row of byHour.values())
      this.db
        .insert(hours)
        .values(row)
        .onConflictDoUpdate({ target: [hours.hour, hours.type], set: { count: sql`${hours.count} + ${row.count}` } })
        .run();
    for (const [path, views] of byPage)
      this.db
        .insert(pages)
        .values({ path, views })
        .onConflictDoUpdate({ target: pages.path, set: { views: sql`${pages.views} + ${views}` } })
        .run();
  }
}
