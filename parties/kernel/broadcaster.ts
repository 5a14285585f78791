import type { Sockets } from "./sockets.ts";

/**
 * Events that leave within this long of each other leave together. Long enough to turn a burst into a few large
 * messages, short enough that nobody sees it.
 */
export const COALESCE_MS = 16;

interface Outgoing {
  json: string;
  audience: string | null;
}

/**
 * Sends what was emitted to every socket that may hear it, in order. The first of a quiet time leaves at once, those
 * that follow within `COALESCE_MS` leave as one message to sockets that take arrays. Its timers last at most as long
 * as their interval, so a quiet party still hibernates.
 */
export class Broadcaster {
  readonly #sockets: Sockets;
  #queue: Outgoing[] = [];
  #windowOpen = false;
  /** By key: what to send when the interval is over, if anything. */
  readonly #throttled = new Map<string, (() => object) | undefined>();

  constructor(sockets: Sockets) {
    this.#sockets = sockets;
  }

  send(outgoing: readonly Outgoing[]): void {
    if (outgoing.length === 0) return;
    this.#queue.push(...outgoing);
    if (this.#windowOpen) return;
    this.flush();
    this.#windowOpen = true;
    setTimeout(() => {
      this.#windowOpen = false;
      const rest = this.#queue.splice(0);
      this.send(rest);
    }, COALESCE_MS);
  }

  /** Sends what `make` answers at once, then at most once in `everyMs`, and the latest in the end. */
  throttle(key: string, everyMs: number, make: () => object): void {
    if (this.#throttled.has(key)) {
      this.#throttled.set(key, make);
      return;
    }
    this.send([{ json: JSON.stringify(make()), audience: null }]);
    this.#throttled.set(key, undefined);
    setTimeout(() => {
      const latest = this.#throttled.get(key);
      this.#throttled.delete(key);
      if (latest !== undefined) this.throttle(key, everyMs, latest);
    }, everyMs);
  }

  /** Sends what waits. Called before a socket joins, which must not hear what its welcome already holds. */
  flush(): void {
    const frames = this.#queue;
    if (frames.length === 0) return;
    this.#queue = [];
    // Sockets of the same audiences get the same text, made once.
    const texts = new Map<string, { batch: string; single: string[] }>();
    for (const socket of this.#sockets.all()) {
      let text = texts.get(socket.audienceKey);
      if (text === undefined) {
        const single = frames.filter((frame) => socket.hears(frame.audience)).map((frame) => frame.json);
        text = { single, batch: single.length === 1 ? (single[0] ?? "") : `[${single.join(",")}]` };
        texts.set(socket.audienceKey, text);
      }
      if (text.single.length === 0) continue;
      if (socket.attachment.batch) socket.send(text.batch);
      else for (const json of text.single) socket.send(json);
    }
  }
}
