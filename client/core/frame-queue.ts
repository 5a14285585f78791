import type { Clock } from "./environment.ts";
import { ClientError } from "./errors.ts";

/** Frames waiting for their answer. Past this the caller is faster than the network for good. */
export const MAX_QUEUED_FRAMES = 1_000;
/** Frames on the wire without an answer: a long queue sent in one go after a drop would look like a flood. */
export const MAX_FRAMES_IN_FLIGHT = 64;
/** How often a resent frame that meets the rate limit is sent once more. */
export const MAX_RATE_LIMIT_RETRIES = 5;
/** The wait after a rate limit that names none, in milliseconds. */
const DEFAULT_RETRY_AFTER_MS = 1_000;

interface Entry<Frame> {
  readonly id: string;
  readonly frame: Frame;
  readonly promise: Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: ClientError) => void;
  inFlight: boolean;
  /** How often it has been sent. */
  deliveries: number;
  retries: number;
  /** Not sent again before this time, in milliseconds since 1970. */
  notBefore: number;
}

/** What a frame's acknowledgement says. `resent` tells that the effect may be older than the state known by now. */
export interface Acknowledged<Frame> {
  readonly id: string;
  readonly frame: Frame;
  readonly result: unknown;
  readonly resent: boolean;
}

/**
 * Frames in the order they were sent, each kept until it is answered. After a drop they are sent again under the
 * same ids, by which the server tells a repetition from a new wish. Each settles exactly once.
 */
export class FrameQueue<Frame extends { type: PropertyKey }> {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry<Frame>>();
  #transmit: ((text: string) => void) | undefined;
  #inFlight = 0;
  /** How many may be in flight: one after a rate limit, until all that waited is answered. */
  #window = MAX_FRAMES_IN_FLIGHT;
  #cancelWait: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Keeps and sends a frame. An id that is already waiting gives the promise it gave before.
   * @throws ClientError (as a rejection) with the code of the answer, or `unavailable` when the queue is full
   */
  add(id: string, frame: Frame): Promise<unknown> {
    const known = this.#entries.get(id);
    if (known !== undefined) return known.promise;
    if (this.#entries.size >= MAX_QUEUED_FRAMES) {
      return Promise.reject(new ClientError("unavailable", "too many frames are waiting for an answer"));
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#entries.set(id, {
      id,
      frame,
      promise,
      resolve,
      reject,
      inFlight: false,
      deliveries: 0,
      retries: 0,
      notBefore: 0,
    });
    this.#flush();
    return promise;
  }

  /** A connection is ready: everything unanswered goes out, oldest first. */
  connected(transmit: (text: string) => void): void {
    this.#transmit = transmit;
    this.#flush();
  }

  /** The connection is gone, and with it every answer that was on its way. */
  disconnected(): void {
    this.#transmit = undefined;
    this.#inFlight = 0;
    this.#window = MAX_FRAMES_IN_FLIGHT;
    this.#wait(undefined);
    for (const entry of this.#entries.values()) Object.assign(entry, { inFlight: false, notBefore: 0 });
  }

  /** Takes the answered frame out, or undefined when it was answered before. The caller settles its promise. */
  acknowledge(id: string, result: unknown): (Acknowledged<Frame> & { settle(): void }) | undefined {
    const entry = this.#remove(id);
    if (entry === undefined) return undefined;
    return { id, frame: entry.frame, result, resent: entry.deliveries > 1, settle: () => entry.resolve(result) };
  }

  /** The server refused the frame. */
  refuse(id: string, error: ClientError): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    if (
      error.code === "rate_limited" &&
      entry.inFlight &&
      entry.deliveries > 1 &&
      entry.retries < MAX_RATE_LIMIT_RETRIES
    ) {
      entry.retries += 1;
      entry.inFlight = false;
      this.#inFlight -= 1;
      entry.notBefore = this.#clock.now() + (error.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS);
      // From here on one at a time, so that none overtakes or takes the turn of one before it.
      this.#window = 1;
      this.#flush();
    } else {
      this.#remove(id)?.reject(error);
    }
  }

  /** Nothing will be sent any more. */
  rejectAll(error: ClientError): void {
    this.disconnected();
    for (const id of this.#entries.keys()) this.#remove(id)?.reject(error);
  }

  #remove(id: string): Entry<Frame> | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    if (entry.inFlight) this.#inFlight -= 1;
    this.#entries.delete(id);
    if (this.#entries.size === 0) this.#window = MAX_FRAMES_IN_FLIGHT;
    this.#flush();
    return entry;
  }

  #flush(): void {
    if (this.#transmit === undefined) return;
    const now = this.#clock.now();
    let next: number | undefined;
    // One that waits holds up its own kind, whose order matters (a reaction set, then taken back), and no other.
    const heldUp = new Set<PropertyKey>();
    for (const entry of this.#entries.values()) {
      if (this.#inFlight >= this.#window) break;
      if (entry.inFlight || heldUp.has(entry.frame.type)) continue;
      if (entry.notBefore > now) {
        next = Math.min(next ?? entry.notBefore, entry.notBefore);
        heldUp.add(entry.frame.type);
        continue;
      }
      entry.inFlight = true;
      entry.deliveries += 1;
      this.#inFlight += 1;
      this.#transmit(JSON.stringify({ ...entry.frame, id: entry.id }));
    }
    this.#wait(next === undefined ? undefined : next - now);
  }

  #wait(delayMs: number | undefined): void {
    this.#cancelWait?.();
    this.#cancelWait = delayMs === undefined ? undefined : this.#clock.after(delayMs, () => this.#flush());
  }
}
