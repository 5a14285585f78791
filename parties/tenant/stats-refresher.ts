import { and, eq } from "drizzle-orm";
import { describeError, TryAgain } from "../kernel/index.ts";
import type { SiteContext } from "./site-context.ts";
import { learnPost, refreshedAt, setRefreshed, tellStats } from "./stats.ts";
import { postFacts } from "./tables.ts";
import { readWrittenPosts } from "./written-posts.ts";

const HOUR_MS = 60 * 60_000;

/** Reads a site's posts anew from D1: what the edge could not tell of, and what was there before anybody told. */
export class StatsRefresher {
  readonly #context: SiteContext;
  #running: Promise<void> | undefined;

  constructor(context: SiteContext) {
    this.#context = context;
  }

  /** Whether nothing was read for so long; a clock that went back says nothing of how long it was. */
  isOlderThan(ageMs: number): boolean {
    const at = refreshedAt(this.#context.db);
    const now = this.#context.now();
    return at === undefined || at > now || now - at >= ageMs;
  }

  get isDue(): boolean {
    return this.isOlderThan(HOUR_MS);
  }

  /** Reads all posts; who asks meanwhile waits for the same. Rejects when D1 is away: what was read until then is kept. */
  async refresh(): Promise<void> {
    this.#running ??= this.#refresh().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Begins to refresh hourly, as long as a dashboard is open. */
  watch(): void {
    const { db, once } = this.#context;
    once("refreshStats", this.isDue ? { inMs: 0 } : { at: (refreshedAt(db) ?? 0) + HOUR_MS });
  }

  /** The job. While D1 is away, it is tried for as long as somebody looks. */
  async keepUp(): Promise<void> {
    if (!this.#context.isWatched()) return;
    try {
      if (this.isDue) await this.refresh();
    } catch (error) {
      throw new TryAgain(describeError(error).error, { cause: error });
    }
    this.watch();
  }

  async #refresh(): Promise<void> {
    const { d1, db, subdomain, now, transact } = this.#context;
    const startedAt = now();
    const unseen = new Map(
      db
        .select({ id: postFacts.postId, revision: postFacts.revision })
        .from(postFacts)
        .all()
        .map(({ id, revision }) => [id, revision]),
    );
    for await (const posts of readWrittenPosts(d1, subdomain)) {
      transact(() => {
        for (const post of posts) {
          learnPost(db, post);
          unseen.delete(post.postId);
        }
      });
    }
    transact(() => {
      for (const [postId, revision] of unseen) {
        // At another revision it was written while this went on.
        db.delete(postFacts)
          .where(and(eq(postFacts.postId, postId), eq(postFacts.revision, revision)))
          .run();
      }
      setRefreshed(db, startedAt);
      tellStats(this.#context);
    });
  }
}
