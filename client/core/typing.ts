import type { Clock } from "./environment.ts";

/** How long someone counts as typing after the last sign of it, in milliseconds. */
export const TYPING_TTL_MS = 5_000;

export interface Typist {
  readonly userId: string;
  readonly name: string;
}

/** Who is writing just now, in the order they began. One timer, and only while somebody is. */
export class TypingList {
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #until = new Map<string, { typist: Typist; until: number }>();
  #cancel: (() => void) | undefined;
  #list: readonly Typist[] = [];

  /** @param changed called after `list` was replaced by the passing of time */
  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  get list(): readonly Typist[] {
    return this.#list;
  }

  heard({ userId, name }: Typist): void {
    this.#until.set(userId, { typist: { userId, name }, until: this.#clock.now() + TYPING_TTL_MS });
    this.#update();
  }

  /** What they wrote has arrived. */
  stopped(userId: string): void {
    if (this.#until.delete(userId)) this.#update();
  }

  clear(): void {
    this.#until.clear();
    this.#update();
  }

  #update(): void {
    this.#list = [...this.#until.values()].map(({ typist }) => typist);
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#until.size === 0) return;
    const next = Math.min(...[...this.#until.values()].map(({ until }) => until));
    this.#cancel = this.#clock.after(Math.max(0, next - this.#clock.now()), () => this.#expire());
  }

  #expire(): void {
    const now = this.#clock.now();
    for (const [userId, { until }] of this.#until) if (until <= now) this.#until.delete(userId);
    this.#update();
    this.#changed();
  }
}
