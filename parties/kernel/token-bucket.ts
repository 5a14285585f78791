/**
 * A token bucket: `capacity` at once, `perSecond` after that (Turner, "New directions in communications", 1986).
 * Kept in memory: a party sleeps only when nothing has come for a while, and then every bucket is full anyway.
 */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  constructor(limit: { capacity: number; perSecond: number }, now: number) {
    this.#capacity = limit.capacity;
    this.#perSecond = limit.perSecond;
    this.#tokens = limit.capacity;
    this.#at = now;
  }

  /** Takes one token. Answers 0 when there was one, else the milliseconds until there will be. */
  take(now: number): number {
    // A clock that goes back grants nothing.
    const elapsedMs = Math.max(0, now - this.#at);
    this.#at = Math.max(this.#at, now);
    this.#tokens = Math.min(this.#capacity, this.#tokens + (elapsedMs / 1_000) * this.#perSecond);
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1_000);
  }
}
