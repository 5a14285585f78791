import { env } from "cloudflare:workers";
import { onTestFinished, vi } from "vitest";
import type { DeliveredRow, DeliveryReply } from "../../parties/kernel/naming.ts";
import { Party } from "../../parties/kernel/party.ts";

/**
 * Where a call to the outside breaks: `before` it is sent, or `after` it took effect, so that only the answer is lost.
 * A function does as it likes: it gets the real call and may make it, crash the party, or hang.
 */
export type Fault = "before" | "after" | ((real: () => Promise<unknown>) => Promise<unknown>);

export interface FaultSwitch {
  /** Breaks the next `times` calls (all of them without it). */
  fail(fault: Fault, times?: number): void;
  /** Lets everything through again. */
  heal(): void;
  /** How many calls were made since the switch was installed, broken ones included. */
  readonly calls: number;
}

class Faults implements FaultSwitch {
  calls = 0;
  #fault: Fault | undefined;
  #left = 0;

  fail(fault: Fault, times = Infinity): void {
    this.#fault = fault;
    this.#left = times;
  }

  heal(): void {
    this.#left = 0;
  }

  async through<T>(real: () => Promise<T>): Promise<T> {
    this.calls += 1;
    if (this.#left <= 0 || this.#fault === undefined) return await real();
    this.#left -= 1;
    if (typeof this.#fault === "function") return (await this.#fault(real)) as T;
    if (this.#fault === "after") await real();
    throw new Error("Network connection lost. (by a test)");
  }
}

export interface D1Faults extends FaultSwitch {
  /** The statements of every batch, in the order they were sent; what is not in a batch is not counted. */
  readonly statements: number;
}

/**
 * Breaks `DB.batch`, everything that an outbox writes to D1, until the running test ends: that of the parties whose
 * address in log form begins so, or of all. Parties of other tests may still be writing what they owe. Once a test.
 */
export function breakD1(source?: string): D1Faults {
  const faults = new Faults();
  let statements = 0;
  const prototype = Object.getPrototypeOf(env.DB) as D1Database;
  const real = prototype.batch;
  const spy = vi.spyOn(prototype, "batch").mockImplementation(async function batch<T>(
    this: D1Database,
    list: D1PreparedStatement[],
  ) {
    const send = async () => (await real.call(this, list)) as D1Result<T>[];
    if (source !== undefined && !isFrom(source, list)) return await send();
    statements += list.length;
    return await faults.through(send);
  });
  onTestFinished(() => spy.mockRestore());
  return Object.defineProperty(faults, "statements", { get: () => statements }) as Faults & { statements: number };
}

/** Whether an outbox batch is of this party: the first statement is its mark, bound to the sender's address. */
function isFrom(source: string, [mark]: D1PreparedStatement[]): boolean {
  // Not in Cloudflare's types, but what the statement is made of.
  return String((mark as { params?: unknown[] } | undefined)?.params?.[0]).startsWith(source);
}

/**
 * Breaks what is read from D1, or from one table of it, by statements that are bound to this value, until the running
 * test ends. Once a test.
 */
export function breakD1Reads(value: string, table = ""): FaultSwitch {
  const faults = new Faults();
  const prototype = Object.getPrototypeOf(env.DB.prepare("SELECT 1")) as D1PreparedStatement;
  const real = prototype.raw;
  const spy = vi.spyOn(prototype, "raw").mockImplementation(async function raw(
    this: D1PreparedStatement & { statement?: string; params?: unknown[] },
    ...options
  ): Promise<never> {
    const read = async () => await (real as (...given: unknown[]) => Promise<never>).apply(this, options);
    const isMeant = this.params?.includes(value) === true && this.statement?.includes(`from "${table}`) === true;
    return isMeant ? await faults.through(read) : await read();
  });
  onTestFinished(() => spy.mockRestore());
  return faults;
}

export interface QueueFaults extends FaultSwitch {
  /** The body of every message, in order of sending. */
  readonly bodies: unknown[];
}

/** Breaks `sendBatch` of the test's queue until the running test ends. Once a test. */
export function breakQueue(): QueueFaults {
  const faults = new Faults();
  const bodies: unknown[] = [];
  const prototype = Object.getPrototypeOf(env.TestQueue) as Queue;
  const real = prototype.sendBatch;
  const spy = vi.spyOn(prototype, "sendBatch").mockImplementation(function sendBatch(this: Queue, messages, options) {
    const list = [...messages];
    bodies.push(...list.map(({ body }) => body));
    return faults.through(async () => await real.call(this, list, options));
  });
  onTestFinished(() => spy.mockRestore());
  return Object.assign(faults, { bodies });
}

export interface DeliveryFaults extends FaultSwitch {
  /** What every delivery carried, in order of sending. */
  readonly sent: { source: string; rows: DeliveredRow[] }[];
}

/** Breaks deliveries to the party of this name until the running test ends. Once a test. */
export function breakDeliveries(to: string): DeliveryFaults {
  const faults = new Faults();
  const sent: DeliveryFaults["sent"] = [];
  const real = Party.prototype.deliver;
  type AnyParty = InstanceType<typeof Party>;
  const spy = vi.spyOn(Party.prototype, "deliver").mockImplementation(async function deliver(
    this: AnyParty,
    source: string,
    rows: DeliveredRow[],
  ): Promise<DeliveryReply[]> {
    if (this.name !== to) return await real.call(this, source, rows);
    sent.push({ source, rows });
    return await faults.through(async () => await real.call(this, source, rows));
  });
  onTestFinished(() => spy.mockRestore());
  return Object.assign(faults, { sent });
}

/** Breaks one of R2's calls until the running test ends. Once a test and call. */
export function breakR2(call: "get" | "put" | "delete"): FaultSwitch {
  const faults = new Faults();
  const prototype = Object.getPrototypeOf(env.Images) as R2Bucket;
  const real = prototype[call] as (this: R2Bucket, ...args: unknown[]) => Promise<never>;
  const spy = vi.spyOn(prototype, call).mockImplementation(async function broken(this: R2Bucket, ...args: unknown[]) {
    return await faults.through(async () => await real.apply(this, args));
  });
  onTestFinished(() => spy.mockRestore());
  return faults;
}
