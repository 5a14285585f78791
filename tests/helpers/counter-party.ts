import { z } from "zod";
import type { JobOptions, Scheduler } from "../../parties/kernel/scheduler.ts";
import { defineAddress } from "../../schema/addresses.ts";
import { PartyError } from "../../schema/errors.ts";
import type { Principal } from "../../schema/principal.ts";
import { defineProtocol } from "../../schema/protocol.ts";
import {
  type Admission,
  command,
  type FrameHandlers,
  job,
  partyOf,
  procedure,
  type PartyOwnMethods,
  type Socket,
  type Stub,
  stubOf,
} from "../../parties/kernel/index.ts";

/** A party with nothing of its own to do, for tests of what the kernel does. */

/** A counter's signals leave at most once in this time. */
export const SIGNAL_MS = 200;

export const counterAddress = defineAddress("test-counter", { name: z.string().regex(/^[a-z0-9-]{1,64}$/) });

export const counterProtocol = defineProtocol({
  party: "test-counter",
  version: 1,
  frames: {
    add: { payload: z.object({ by: z.number().int() }), result: z.object({ total: z.number() }) },
    /** Adds, then fails: nothing may stay of it. */
    fail: { payload: z.object({ coded: z.boolean() }), result: z.object({}) },
    /** Adds for the audience "insiders" only. */
    whisper: { payload: z.object({ by: z.number().int() }), result: z.object({ total: z.number() }) },
    wave: { payload: z.object({}), result: z.object({}), transient: true },
  },
  events: {
    added: z.object({ by: z.number(), total: z.number() }),
    whispered: z.object({ by: z.number() }),
  },
  signals: { waved: z.object({ people: z.number() }) },
  state: z.object({ total: z.number() }),
});

export const counterMigrations = [
  {
    id: "0000_counter",
    sql: "CREATE TABLE counter (id INTEGER PRIMARY KEY, total INTEGER NOT NULL); INSERT INTO counter VALUES (1, 0);",
  },
  {
    id: "0001_runs",
    sql: "CREATE TABLE runs (n INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, at INTEGER NOT NULL);",
  },
];

/** Tells jobs apart: which row it is, and what its run is written down as. */
const which = { id: z.string().optional(), label: z.string().optional() };

function options({ id, label }: { id?: string | undefined; label?: string | undefined }): JobOptions {
  return { ...(id !== undefined && { id }), ...(label !== undefined && { input: { label } }) };
}

export class TestCounter extends partyOf({
  address: counterAddress,
  protocol: counterProtocol,
  migrations: counterMigrations,
}) {
  /** By a counter's name: what its job "work" does beside being counted. Survives evictions, as code does. */
  static readonly work = new Map<string, (counter: TestCounter, label: string) => void | Promise<void>>();

  /** Names of counters whose next starts fail, and how often. */
  static readonly badStarts = new Map<string, number>();

  override onStart(): void {
    const left = TestCounter.badStarts.get(this.name) ?? 0;
    if (left === 0) return;
    TestCounter.badStarts.set(this.name, left - 1);
    throw new Error("SELECT secret FROM start");
  }

  protected override enter({ principal }: { principal: Principal }): Admission {
    if (principal.kind === "user" && principal.user.name === "Banned") throw new PartyError("forbidden");
    if (principal.kind === "user" && principal.user.name === "Split audiences") return { audiences: ["left", "right"] };
    if (principal.kind === "user" && principal.user.name === "Joined audience") return { audiences: ["left right"] };
    return { audiences: principal.kind === "user" && principal.role !== "user" ? ["insiders"] : [] };
  }

  /** How many sockets this instance was told have left. */
  departures = 0;

  protected override left(): void {
    this.departures += 1;
    this.signal("left", SIGNAL_MS, () => ({ type: "waved", people: this.people }));
  }

  protected override snapshot(): { total: number } {
    return { total: this.#total() };
  }

  override readonly frames: FrameHandlers<typeof counterProtocol> = {
    add: ({ by }) => this.#add(by),
    fail: ({ coded }) => {
      this.#add(1_000);
      if (coded) throw new PartyError("conflict", { message: "As asked" });
      throw new Error("SELECT secret FROM internals");
    },
    whisper: ({ by }) => {
      this.emit({ type: "whispered", by }, "insiders");
      return { total: this.#total() };
    },
    wave: (_, socket: Socket) => {
      this.signal(`wave ${socket.actor}`, SIGNAL_MS, () => ({ type: "waved", people: this.people }));
      return {};
    },
  };

  override readonly methods = {
    add: command(z.object({ by: z.number().int() }), ({ by }) => this.#add(by)),
    /** Adds one so many times, in one transaction. */
    addMany: command(z.object({ times: z.number().int() }), ({ times }) => {
      for (let done = 0; done < times; done++) this.#add(1);
      return { total: this.#total() };
    }),
    emitTo: command(z.object({ audience: z.string() }), ({ audience }) =>
      this.emit({ type: "whispered", by: 0 }, audience),
    ),
    whisper: command(z.object({ by: z.number().int() }), ({ by }) => this.emit({ type: "whispered", by }, "insiders")),
    /** Sets the total as if nothing had ever been added. */
    restart: command(z.object({ total: z.number().int() }), ({ total }) => {
      this.ctx.storage.sql.exec("UPDATE counter SET total = ?", total);
      this.resync();
    }),
    total: procedure(z.object({}), () => ({ total: this.#total() })),
    addOnce: command(z.object({ actor: z.string(), id: z.string(), by: z.number().int() }), ({ actor, id, by }) =>
      this.once({ actor, kind: "add", id }, () => this.#add(by)),
    ),
    refuse: command(z.object({ code: z.enum(["conflict", "rate_limited"]) }), ({ code }) => {
      this.#add(1_000);
      throw new PartyError(code, { message: "As asked", retryAfterMs: 5_000, details: { theirs: 1 } });
    }),
    crash: command(z.object({}), () => {
      this.#add(1_000);
      throw new Error("SELECT secret FROM internals");
    }),
    /** Waits, which a command may not. */
    wait: command(z.object({}), async () => {
      this.#add(1_000);
      await Promise.resolve();
    }),
    /** Never answers. */
    hang: procedure(z.object({}), async () => await new Promise<{ answered: true }>(() => undefined)),
    /** Adds here and, through the outbox, at another counter. */
    addBoth: command(
      z.object({ by: z.number().int(), other: z.string(), withinMs: z.number().default(0) }),
      ({ by, other, withinMs }) => {
        this.sendToParty({ party: "test-counter", name: other }, "add", { by }, { withinMs });
        return this.#add(by);
      },
    ),
    send: command(
      z.object({ to: z.string(), method: z.string(), input: z.unknown(), withinMs: z.number().default(0) }),
      ({ to, method, input, withinMs }) =>
        this.sendToParty({ party: "test-counter", name: to }, method, input, { withinMs }),
    ),
    /** Writes down what came, in order. */
    note: command(z.object({ text: z.string() }), ({ text }) => {
      this.ctx.storage.sql.exec("INSERT INTO runs (job, at) VALUES (?, ?)", text, this.runtime.now());
    }),
    /** Sends so many notes of so many bytes each. */
    sendMany: command(
      z.object({ to: z.string(), times: z.number().int(), bytes: z.number().int() }),
      ({ to, times, bytes }) => {
        for (let sent = 0; sent < times; sent++) {
          this.sendToParty({ party: "test-counter", name: to }, "note", { text: "x".repeat(bytes) });
        }
      },
    ),
    /** Adds and sends, then fails: neither may stay. */
    sendThenFail: command(z.object({ to: z.string() }), ({ to }) => {
      this.sendToParty({ party: "test-counter", name: to }, "add", { by: 1 });
      this.schedule.once("work", { inMs: 0 });
      this.#add(1);
      throw new PartyError("conflict");
    }),
    writeD1: command(
      z.object({
        sql: z.string(),
        params: z.array(z.union([z.string(), z.number()])),
        withinMs: z.number().default(0),
        slot: z.string().optional(),
      }),
      ({ sql, params, withinMs, slot }) =>
        this.sendToD1({ sql, params }, { withinMs, ...(slot !== undefined && { slot }) }),
    ),
    enqueue: command(
      z.object({ binding: z.string().default("TestQueue"), payload: z.unknown() }),
      ({ binding, payload }) => this.sendToQueue(binding, payload),
    ),
    flush: procedure(z.object({}), async () => ({ waiting: await this.flushOutbox() })),
    once: command(z.object({ inMs: z.number(), ...which }), ({ inMs, ...given }) =>
      this.schedule.once("work", { inMs }, options(given)),
    ),
    every: command(z.object({ ms: z.number(), ...which }), ({ ms, ...given }) =>
      this.schedule.every("work", { ms }, options(given)),
    ),
    cron: command(z.object({ pattern: z.string(), zone: z.string(), ...which }), ({ pattern, zone, ...given }) =>
      this.schedule.cron("work", { pattern, zone }, options(given)),
    ),
    cancel: command(z.object({ id: z.string() }), ({ id }) => this.schedule.cancel(id)),
    /** A job that no code knows. */
    scheduleUnknown: command(z.object({}), () => this.schedule.once("forgotten", { inMs: 0 })),
    runs: procedure(z.object({}), () => ({
      runs: this.ctx.storage.sql.exec<{ job: string; at: number }>("SELECT job, at FROM runs ORDER BY n").toArray(),
    })),
  };

  override readonly jobs = {
    work: job(z.object({ label: z.string().default("work") }), async ({ label }) => {
      this.ctx.storage.sql.exec("INSERT INTO runs (job, at) VALUES (?, ?)", label, this.runtime.now());
      await TestCounter.work.get(this.name)?.(this, label);
    }),
  };

  get peopleHere(): number {
    return this.people;
  }

  /** For what a test has a job do. */
  get scheduler(): Scheduler {
    return this.schedule;
  }

  get storage(): DurableObjectStorage {
    return this.ctx.storage;
  }

  sendNote(to: string, text: string): void {
    this.sendToParty({ party: "test-counter", name: to }, "note", { text });
  }

  /** Kills this object as a crash would: what follows in the same turn is lost. */
  die(): void {
    this.ctx.abort("crashed by a test");
  }

  #total(): number {
    return this.ctx.storage.sql.exec<{ total: number }>("SELECT total FROM counter").one().total;
  }

  #add(by: number): { total: number } {
    this.ctx.storage.sql.exec("UPDATE counter SET total = total + ?", by);
    const total = this.#total();
    this.emit({ type: "added", by, total });
    return { total };
  }
}

export function counterStub(env: object, name: string): Stub<TestCounter["methods"] & PartyOwnMethods> {
  return stubOf(env, counterAddress, { name });
}
