import { useSyncExternalStore } from "react";

/** What a change makes of a value. */
export type Change<T> = (value: T) => T;

/**
 * A value that the server keeps, with changes that show before it has taken them, and are taken back when it does not.
 * They are sent one after another, so that no later one is overtaken by an earlier.
 */
export class Optimistic<T> {
  #kept: T;
  #pending: readonly Change<T>[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #view: { value: T; isSaving: boolean };
  readonly #listeners = new Set<() => void>();

  constructor(kept: T) {
    this.#kept = kept;
    this.#view = { value: kept, isSaving: false };
  }

  readonly getSnapshot = (): { value: T; isSaving: boolean } => this.#view;
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Shows a change at once, and keeps it once `send` has resolved with what the server has made of the value.
   * @throws what `send` throws
   */
  async change(change: Change<T>, send: () => Promise<Change<T>>): Promise<void> {
    this.#show({ pending: [...this.#pending, change] });
    const before = this.#last;
    const sent = (async () => {
      await before;
      return await send();
    })();
    // What becomes of one says nothing of the next.
    this.#last = sent.catch(() => undefined);
    let kept: Change<T> | undefined;
    try {
      kept = await sent;
    } finally {
      this.#show({
        kept: kept === undefined ? this.#kept : kept(this.#kept),
        pending: this.#pending.filter((other) => other !== change),
      });
    }
  }

  /** Takes what the server has told by itself. */
  learn(told: Change<T>): void {
    this.#show({ kept: told(this.#kept) });
  }

  #show({ kept = this.#kept, pending = this.#pending }: { kept?: T; pending?: readonly Change<T>[] }): void {
    this.#kept = kept;
    this.#pending = pending;
    this.#view = { value: pending.reduce((value, change) => change(value), kept), isSaving: pending.length > 0 };
    for (const listener of this.#listeners) listener();
  }
}

/** The value with all that was changed in it. */
export function useOptimistic<T>(store: Optimistic<T>): { value: T; isSaving: boolean } {
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
}
