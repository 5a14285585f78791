import type { Clock } from "../../../client/core/environment.ts";

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  #watcher: { withinMs: number; seen: () => void } | undefined;
  readonly #timers = new Set<{ at: number; task: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { at: this.#now + delayMs, task };
    this.#timers.add(timer);
    if (this.#watcher !== undefined && delayMs <= this.#watcher.withinMs) this.#watcher.seen();
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Waits until a timer is armed that falls due in at most `withinMs`. */
  armed(withinMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watcher = { withinMs, seen: resolve };
    return promise;
  }

  /** Timers that are armed. */
  get pending(): number {
    return this.#timers.size;
  }

  /** How long until the next timer falls due, in milliseconds. */
  get untilNext(): number {
    return Math.min(...[...this.#timers].map(({ at }) => at)) - this.#now;
  }

  /** Lets time pass and runs what falls due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.task();
    }
    this.#now = end;
  }
}
