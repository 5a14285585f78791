import type { KeptAccount } from "./account-changes.ts";
import { Listeners } from "./listeners.ts";

/** Where a browser keeps what it knows of people's accounts, for all its tabs. */
export interface AccountStorage {
  /**
   * Replaces what is kept of a person by what `change` makes of it, and answers that. Nothing comes in between, in no
   * tab. Undefined stands for nothing.
   */
  update(
    userId: string,
    change: (kept: KeptAccount | undefined) => KeptAccount | undefined,
  ): Promise<KeptAccount | undefined>;
  /** What is kept of a person. */
  read(userId: string): Promise<KeptAccount | undefined>;
  /** Calls `changed` when somebody, here or in another tab, has changed what is kept of anybody. */
  watch(changed: () => void): () => void;
  /**
   * Runs `work` when nobody else, in any tab, runs theirs for the same person.
   * @throws the signal's reason when it is aborted before its turn
   */
  alone(userId: string, work: () => Promise<void>, signal: AbortSignal): Promise<void>;
}

/** Keeps accounts as long as the page lives: where there is nothing better, and for tests. */
export class MemoryAccountStorage implements AccountStorage {
  readonly #kept = new Map<string, KeptAccount>();
  readonly #listeners = new Listeners<void>();
  readonly #turns = new Map<string, Promise<void>>();

  update(
    userId: string,
    change: (kept: KeptAccount | undefined) => KeptAccount | undefined,
  ): Promise<KeptAccount | undefined> {
    const before = this.#kept.get(userId);
    const after = change(before);
    if (after === undefined) this.#kept.delete(userId);
    else this.#kept.set(userId, after);
    if (after !== before) this.#listeners.emit();
    return Promise.resolve(after);
  }

  read(userId: string): Promise<KeptAccount | undefined> {
    return Promise.resolve(this.#kept.get(userId));
  }

  watch(changed: () => void): () => void {
    return this.#listeners.add(changed);
  }

  async alone(userId: string, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const before = this.#turns.get(userId);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turns.set(userId, promise);
    try {
      await before;
      signal.throwIfAborted();
      await work();
    } finally {
      resolve();
    }
  }
}
