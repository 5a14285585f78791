import { and, eq, sql } from "drizzle-orm";
import * as d1 from "../../schema/d1.ts";
import { trailSchema } from "../../schema/http/admin/trails.ts";
import { describeError, log, withTimeout } from "../kernel/index.ts";
import type { SiteContext } from "./site-context.ts";
import { slotOf, takeTrail, type TrailRow, versionOf } from "./trails.ts";

/** How long what D1 said of the trails is good. */
const GOOD_FOR_MS = 10 * 60_000;
/** A read that has not been answered in this time is given up: what is known here is good enough. */
const READ_TIMEOUT_MS = 5_000;

/**
 * What others have written to D1 of a site's trails: newer versions are taken over, older ones are our own of before.
 * What was changed here and has not reached D1 yet is newer than anything that D1 can say.
 */
export class TrailSource {
  readonly #context: SiteContext;
  #last: { at: number; read: Promise<void> } | undefined;
  /** For each read that is under way: slots of which its answer says nothing. */
  readonly #reads = new Set<Set<string>>();

  constructor(context: SiteContext) {
    this.#context = context;
  }

  /** D1 is asked again by whoever comes next. */
  invalidate(): void {
    this.#last = undefined;
  }

  /** A trail was changed here. Part of the running transaction. */
  changed(slug: string): void {
    for (const ours of this.#reads) ours.add(slotOf(slug));
  }

  /** Makes sure that D1 was asked lately. While it is away, what is known stays. */
  async upToDate(): Promise<void> {
    const now = this.#context.now();
    const isGood = this.#last !== undefined && now >= this.#last.at && now - this.#last.at < GOOD_FOR_MS;
    this.#last = isGood && this.#last !== undefined ? this.#last : { at: now, read: this.#read() };
    const last = this.#last;
    try {
      await last.read;
    } catch (error) {
      if (this.#last === last) this.invalidate();
      log("warn", "trails.not_read", { site: this.#context.subdomain, ...describeError(error) });
    }
  }

  async #read(): Promise<void> {
    const ours = this.#context.unsentSlots();
    this.#reads.add(ours);
    try {
      const rows = await withTimeout(this.#newer(ours), READ_TIMEOUT_MS);
      this.#context.transact(() => {
        for (const row of rows) if (this.#isNews(row, ours)) takeTrail(this.#context, row);
      });
    } finally {
      this.#reads.delete(ours);
    }
  }

  /** Versions first, for most of the time nothing is newer. */
  async #newer(ours: ReadonlySet<string>): Promise<TrailRow[]> {
    const { d1: db, subdomain } = this.#context;
    const { tenant, slug, version } = d1.trails;
    const known = await db.select({ slug, version }).from(d1.trails).where(eq(tenant, subdomain));
    const newer = known.filter((row) => this.#isNews(row, ours)).map((row) => row.slug);
    if (newer.length === 0) return [];
    const rows = await db
      .select()
      .from(d1.trails)
      .where(and(eq(tenant, subdomain), sql`${slug} IN (SELECT value FROM json_each(${JSON.stringify(newer)}))`));
    return rows.flatMap((row) => this.#parse(row) ?? []);
  }

  #isNews({ slug, version }: Pick<TrailRow, "slug" | "version">, ours: ReadonlySet<string>): boolean {
    return !ours.has(slotOf(slug)) && version > versionOf(this.#context, slug);
  }

  /** What somebody else has written may be no trail. */
  #parse(row: typeof d1.trails.$inferSelect): TrailRow | undefined {
    const { data, error } = trailSchema.safeParse(row);
    if (data !== undefined) return { ...data, updatedAt: row.updatedAt, version: row.version };
    log("warn", "trail.malformed", { site: row.tenant, slug: row.slug, ...describeError(error) });
    return undefined;
  }
}
