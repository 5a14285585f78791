import { drizzle } from "drizzle-orm/d1";
import { z } from "zod";
import { type EventType, eventTypeSchema, MAX_EVENT_PATH } from "../../schema/analytics.ts";
import { analyticsAddress } from "../../schema/addresses.ts";
import { PartyError } from "../../schema/errors.ts";
import {
  actorSchema,
  limitKeySchema,
  type Rate,
  requestFactsSchema,
  type SiteAdmission,
  type SiteConfig,
  type SiteRow,
  type TenantProtocol,
} from "../../schema/parties/tenant.ts";
import type { Principal } from "../../schema/principal.ts";
import type { StateOf } from "../../schema/protocol.ts";
import { localTime } from "../../schema/zones.ts";
import type { AnalyticsMethods } from "../analytics/index.ts";
import {
  type Admission,
  command,
  describeError,
  type FrameHandlers,
  job,
  log,
  partyOf,
  procedure,
  type Socket,
} from "../kernel/index.ts";
import {
  configOf,
  type KnownSite,
  learnRow,
  limitsOf,
  loadSiteRow,
  raiseVersion,
  readSite,
  siteStatement,
} from "./config.ts";
import { configMethods } from "./config-methods.ts";
import { draftJobs, draftMethods } from "./draft-methods.ts";
import { addEvent, FLUSH_WITHIN_MS, isFull, liveNow, pruneEvents, takeBatches } from "./events.ts";
import { pruneRates, quotaOf, takeTurn } from "./rates.ts";
import { imageJobs, imageMethods } from "./image-methods.ts";
import { memberJobs, memberMethods } from "./member-methods.ts";
import { pageMethods } from "./page-methods.ts";
import { sectionMethods } from "./section-methods.ts";
import { hasRole, requireRole, type SiteContext } from "./site-context.ts";
import { tenantSpec } from "./spec.ts";
import { currentStats } from "./stats.ts";
import { statsMethods } from "./stats-methods.ts";
import { StatsRefresher } from "./stats-refresher.ts";
import { trailMethods } from "./trail-methods.ts";
import { destroySalt, SALT_LIFE_MS, saltOf, visitorHash } from "./visitors.ts";

/** How old what D1 said may be before it is asked again. */
const REFRESH_AFTER_MS = 5 * 60_000;
/** How long D1 is left in peace after it has failed. */
const ASK_AGAIN_AFTER_MS = 10_000;
const PRUNE_RATES_WITHIN_MS = 10 * 60_000;
const LIVE_EVERY_MS = 1_000;
/** While so many rows wait for parties that are away, events wait in their buffer. */
const MAX_UNSENT = 200;

/**
 * One site: its configuration, who may do how much, what is seen on it, and everything that its owners keep.
 *
 * Name: the subdomain. Truth: D1 makes a site, and this party is from then on the one that changes it, and its members,
 * sections, pages, images, drafts and trails; D1 has them by the outbox. Counts of what was seen go to the analytics
 * parties. A name that D1 does not know has no party: the edge asks D1 before it calls one.
 */
export class TenantParty extends partyOf(tenantSpec) {
  readonly #d1 = drizzle(this.env.DB);
  readonly #context: SiteContext = {
    subdomain: this.parts.subdomain,
    env: this.env,
    db: this.db,
    d1: this.#d1,
    now: () => this.runtime.now(),
    transact: (work) => this.transact(work),
    site: () => this.#site(),
    changed: (set) => this.#changed(set),
    sendToD1: (statement, options) => this.sendToD1(statement, options),
    unsentSlots: () => this.unsentSlots,
    flush: async () => await this.flushOutbox(),
    record: (type) => this.#record(type, null, null),
    isWatched: () => this.people > 0,
    signal: (key, everyMs, make) => {
      if (this.people > 0) this.signal(key, everyMs, make);
    },
    once: (name, due, options) => this.transact(() => this.schedule.once(name, due, options)),
    cancel: (jobId) => this.schedule.cancel(jobId),
  };
  readonly #stats = new StatsRefresher(this.#context);
  /** The site as it is stored, for one version. Requests come often and changes don't. */
  #known: { row: KnownSite; config: SiteConfig } | undefined;
  /** Whether a running transaction has changed the site. */
  #isChanging = false;
  #refreshing: Promise<void> | undefined;
  /** When D1 may be asked again, after it has failed. */
  #askAgainAt = 0;
  /** Salt of the day that runs. */
  #salt: { day: string; salt: string } | undefined;
  /** Until when this instance knows a job to be scheduled: registering it once more would cost each request a statement. */
  readonly #scheduled = new Map<string, number>();
  /** Whether the buffer of events was full when it was last sent. */
  #isFull = false;

  // --- Entering

  protected override enter({ principal }: { principal: Principal }): Admission {
    this.#site();
    requireRole(this.#context, principal, "owner");
    return { audiences: [] };
  }

  protected override snapshot(_socket: Socket): StateOf<TenantProtocol> {
    return { live: this.#live(), stats: currentStats(this.#context), version: this.#site().version };
  }

  protected override entered(): void {
    this.transact(() => {
      this.schedule.once("refreshConfig", { inMs: REFRESH_AFTER_MS });
      this.#stats.watch();
    });
  }

  override readonly frames: FrameHandlers<TenantProtocol> = {};

  // --- Methods for the edge and other parties

  override readonly methods = {
    /** One request: the configuration if the caller's is old, whether the actor may, and the page that was looked at. */
    admit: procedure(requestFactsSchema, async (facts): Promise<SiteAdmission> => {
      await this.#upToDate(facts.row ?? undefined);
      return this.transact(() => {
        const { row, config } = this.#current();
        const rate = this.#takeTurn(facts.actor, facts.keys, row);
        if (rate.allowed && facts.view) {
          const { path, ...who } = facts.view;
          this.#record("page_view", path, this.#visitor(who));
        }
        return { config: row.version === facts.known ? null : config, rate };
      });
    }),

    /** Counts one act of somebody, unless they have done it too often. */
    checkRateLimit: procedure(
      z.object({
        key: limitKeySchema,
        actor: actorSchema,
        limit: z.number().int().positive().optional(),
        windowSeconds: z.number().positive().optional(),
      }),
      async ({ key, actor, limit, windowSeconds }): Promise<Rate> => {
        await this.#upToDate();
        return this.transact(() => {
          const usual = quotaOf(key, limitsOf(this.#current().row));
          const quota = limit ?? usual.quota;
          const windowMs = windowSeconds === undefined ? usual.windowMs : windowSeconds * 1_000;
          this.#willPrune();
          return takeTurn(this.ctx.storage.sql, actor, [{ key, quota, windowMs }], this.runtime.now());
        });
      },
    ),

    /** Something happened on the site, to be counted on the day that it happened. */
    recordEvent: command(
      z.object({ type: eventTypeSchema, path: z.string().max(MAX_EVENT_PATH).nullable().default(null) }),
      ({ type, path }) => {
        this.#site();
        this.#record(type, path, null);
      },
    ),

    /** Sends what is buffered to the analytics parties now. Answers how many rows still wait because one is away. */
    flushAnalytics: procedure(z.object({}), async () => {
      this.#flush();
      return { waiting: await this.flushOutbox() };
    }),

    /** Asks D1 whether it knows something newer. */
    refreshConfig: procedure(z.object({}), async (): Promise<SiteConfig> => {
      await this.#refresh();
      return this.#current().config;
    }),

    ...configMethods(this.#context),
    ...draftMethods(this.#context),
    ...trailMethods(this.#context),
    ...memberMethods(this.#context),
    ...sectionMethods(this.#context),
    ...statsMethods(this.#context, this.#stats),
    ...imageMethods(this.#context),
    ...pageMethods(this.#context),
  };

  override readonly jobs = {
    flushAnalytics: job(z.object({}), () => this.#flush()),
    pruneRates: job(z.object({}), () => {
      this.transact(() => {
        if (pruneRates(this.ctx.storage.sql, this.runtime.now())) this.#willPrune();
      });
    }),
    /** Open dashboards hear of what was changed in D1, also while nobody asks for anything. */
    refreshConfig: job(z.object({}), async () => {
      if (this.people === 0) return;
      this.transact(() => this.schedule.once("refreshConfig", { inMs: REFRESH_AFTER_MS }));
      await this.#refreshOrGoOn();
    }),
    refreshStats: job(z.object({}), async () => await this.#stats.keepUp()),
    /** Makes the visitors of a day nobody. */
    destroySalt: job(z.object({ day: z.string() }), ({ day }) => destroySalt(this.ctx.storage.sql, day)),
    ...draftJobs(this.#context),
    ...memberJobs(this.#context),
    ...imageJobs(this.#context),
  };

  // --- The site and its configuration

  /** @throws PartyError `not_found` */
  #site(): KnownSite {
    return this.#current().row;
  }

  #current(): { row: KnownSite; config: SiteConfig } {
    if (this.#known !== undefined) return this.#known;
    const row = readSite(this.db);
    if (row === undefined) throw new PartyError("not_found", { message: "There is no such site" });
    const known = { row, config: configOf(this.db, row) };
    // What a transaction has read of its own writes may yet be undone.
    if (!this.#isChanging) this.#known = known;
    return known;
  }

  #changed(set: Partial<KnownSite> = {}): void {
    this.transact(() => {
      const row = raiseVersion(this.db, this.#site(), set);
      this.#forget();
      this.sendToD1(siteStatement(this.#d1, row), { slot: "site" });
      this.emit({ type: "config_changed", version: row.version });
      const otherwise = new PartyError("forbidden", { message: "Your part in this site has changed" });
      this.closeSockets(otherwise, ({ principal }) => !hasRole(this.#context, principal, "owner"));
    });
  }

  /** What is remembered is read again once the event that changed it is over. */
  #forget(): void {
    this.#known = undefined;
    this.#isChanging = true;
    queueMicrotask(() => {
      this.#isChanging = false;
    });
  }

  /** Knows the site, from `row` or D1, and asks D1 again from time to time; what is known is good until it answers. */
  async #upToDate(row?: SiteRow): Promise<void> {
    if (row !== undefined) this.#learn(row);
    const known = this.#known?.row ?? readSite(this.db);
    if (known === undefined) return await this.#refresh();
    const now = this.runtime.now();
    if (now - known.checkedAt < REFRESH_AFTER_MS || now < this.#askAgainAt) return;
    void this.#refreshOrGoOn();
  }

  /** What is known is good enough while D1 is away. */
  async #refreshOrGoOn(): Promise<void> {
    try {
      await this.#refresh();
    } catch (error) {
      this.#askAgainAt = this.runtime.now() + ASK_AGAIN_AFTER_MS;
      log("warn", "site.not_refreshed", { site: this.parts.subdomain, ...describeError(error) });
    }
  }

  /** One question to D1 at a time, whoever asks. */
  async #refresh(): Promise<void> {
    this.#refreshing ??= this.#load().finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  async #load(): Promise<void> {
    const row = await loadSiteRow(this.#d1, this.parts.subdomain);
    if (row === undefined) throw new PartyError("not_found", { message: "There is no such site" });
    this.#learn(row);
  }

  #learn(row: SiteRow): void {
    this.transact(() => {
      const wasKnown = readSite(this.db) !== undefined;
      const isNewer = learnRow(this.db, row, this.runtime.now());
      this.#forget();
      if (wasKnown && isNewer) this.emit({ type: "config_changed", version: row.version });
    });
  }

  // --- Limits and events

  #takeTurn(actor: string, keys: readonly z.output<typeof limitKeySchema>[], row: KnownSite): Rate {
    this.#willPrune();
    const limits = limitsOf(row);
    const asked = keys.map((key) => ({ key, ...quotaOf(key, limits) }));
    return takeTurn(this.ctx.storage.sql, actor, asked, this.runtime.now());
  }

  #record(type: EventType, path: string | null, visitor: string | null): void {
    const { sql } = this.ctx.storage;
    if (this.#isFull) return;
    addEvent(sql, { type, path, visitor, at: this.runtime.now() });
    this.#scheduleOnce("flushAnalytics", FLUSH_WITHIN_MS);
    if (this.people > 0) this.#tellLive();
  }

  #visitor(who: { address: string | null; userAgent: string | null }): string {
    const { day } = localTime(this.runtime.now(), this.#site().timeZone);
    if (this.#salt?.day !== day) {
      const { salt, isNew } = saltOf(this.ctx.storage.sql, day);
      if (isNew)
        this.schedule.once("destroySalt", { inMs: SALT_LIFE_MS }, { id: `destroySalt ${day}`, input: { day } });
      this.#salt = { day, salt };
    }
    return visitorHash(this.#salt.salt, { site: this.parts.subdomain, ...who });
  }

  /** Puts what is buffered into the outbox; the rows stay some minutes more, for who is here now. */
  #flush(): void {
    const { sql } = this.ctx.storage;
    const { timeZone } = this.#site();
    let more = this.unsent < MAX_UNSENT;
    while (more) more = this.transact(() => this.#sendBatches(timeZone));
    this.transact(() => {
      if (pruneEvents(sql, this.runtime.now())) this.#scheduleOnce("flushAnalytics", FLUSH_WITHIN_MS);
    });
    this.#isFull = isFull(sql);
    if (this.people > 0) this.#tellLive();
  }

  /** Answers whether there was something to send. */
  #sendBatches(timeZone: string): boolean {
    const batches = takeBatches(this.ctx.storage.sql, timeZone);
    for (const { day, batchId, events } of batches) {
      const name = analyticsAddress.build({ tenant: this.parts.subdomain, day });
      const input = { batchId, timeZone, events };
      this.sendToParty<AnalyticsMethods>({ party: analyticsAddress.party, name }, "recordEvents", input);
    }
    return batches.length > 0;
  }

  #live() {
    return liveNow(this.ctx.storage.sql, this.runtime.now());
  }

  #tellLive(): void {
    this.signal("live", LIVE_EVERY_MS, () => ({ type: "live", ...this.#live() }));
  }

  #willPrune(): void {
    this.#scheduleOnce("pruneRates", PRUNE_RATES_WITHIN_MS);
  }

  /** Registers a job of no input. Part of the running transaction. */
  #scheduleOnce(name: "flushAnalytics" | "pruneRates", inMs: number): void {
    const now = this.runtime.now();
    const until = this.#scheduled.get(name);
    // A clock that went back would make this wait for longer than the job does.
    if (until !== undefined && now < until && now >= until - inMs) return;
    this.schedule.once(name, { inMs });
    this.#scheduled.set(name, now + inMs);
  }
}
