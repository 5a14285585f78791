/** A set of callbacks of which none can keep another from being called. */
export class Listeners<T> {
  readonly #all = new Set<{ readonly call: (value: T) => void }>();

  /** Adds a callback; the returned function removes it. The same callback may be added twice. */
  add(call: (value: T) => void): () => void {
    const entry = { call };
    this.#all.add(entry);
    return () => {
      this.#all.delete(entry);
    };
  }

  /** Calls all; what one throws is reported as uncaught. */
  emit(value: T): void {
    for (const { call } of new Set(this.#all)) {
      try {
        call(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  clear(): void {
    this.#all.clear();
  }
}
