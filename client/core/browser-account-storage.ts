import type { KeptAccount } from "./account-changes.ts";
import { type AccountStorage, MemoryAccountStorage } from "./account-storage.ts";
import { Listeners } from "./listeners.ts";

/** Raised whenever what is kept changes its form: what an earlier version has kept is thrown away. */
const VERSION = 1;
const DATABASE = "understory";
const STORE = "accounts";
/** What a tab tells the others. A list, for the linter takes every other `postMessage` for a window's. */
const CHANGED = ["changed"] as const;

/**
 * Keeps accounts in IndexedDB, by person: over reloads, and for all tabs of one origin. Where the browser lets nothing
 * be kept (some do in private windows, or when the disk is full) this page's memory takes its place.
 */
export class BrowserAccountStorage implements AccountStorage {
  readonly #listeners = new Listeners<void>();
  readonly #otherTabs = new BroadcastChannel(`${DATABASE} ${STORE}`);
  #database: Promise<IDBDatabase> | undefined;
  #memory: MemoryAccountStorage | undefined;
  readonly #turns = new MemoryAccountStorage();

  constructor() {
    this.#otherTabs.addEventListener("message", () => this.#listeners.emit());
  }

  async update(
    userId: string,
    change: (kept: KeptAccount | undefined) => KeptAccount | undefined,
  ): Promise<KeptAccount | undefined> {
    let isChanged = false;
    const kept = await this.#inStore(
      "readwrite",
      async (store) => {
        const before = await valueIn(store, userId);
        const after = change(before);
        isChanged = after !== before;
        if (isChanged && after === undefined) await resultOf(store.delete(userId));
        if (isChanged && after !== undefined) await resultOf(store.put(after, userId));
        return after;
      },
      (memory) => memory.update(userId, change),
    );
    if (isChanged) {
      this.#listeners.emit();
      this.#otherTabs.postMessage(...CHANGED);
    }
    return kept;
  }

  async read(userId: string): Promise<KeptAccount | undefined> {
    return await this.#inStore(
      "readonly",
      (store) => valueIn(store, userId),
      (memory) => memory.read(userId),
    );
  }

  watch(changed: () => void): () => void {
    return this.#listeners.add(changed);
  }

  async alone(userId: string, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    // Browsers have locks for all tabs where a page came over TLS or from this machine.
    if (isSecureContext) await navigator.locks.request(`${DATABASE} ${STORE} ${userId}`, { signal }, work);
    else await this.#turns.alone(userId, work, signal);
  }

  async #inStore<T>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => Promise<T>,
    instead: (memory: AccountStorage) => Promise<T>,
  ): Promise<T> {
    if (this.#memory !== undefined) return await instead(this.#memory);
    try {
      const database = await (this.#database ??= open());
      const transaction = database.transaction(STORE, mode);
      const done = completed(transaction);
      const result = await work(transaction.objectStore(STORE));
      await done;
      return result;
    } catch {
      this.#memory = new MemoryAccountStorage();
      this.#memory.watch(() => this.#listeners.emit());
      return await instead(this.#memory);
    }
  }
}

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, VERSION);
  request.addEventListener("upgradeneeded", () => {
    const database = request.result;
    for (const name of database.objectStoreNames) database.deleteObjectStore(name);
    database.createObjectStore(STORE);
  });
  const database = await resultOf(request);
  // Another tab has a newer version of the page: it must not wait for this one to be closed.
  database.addEventListener("versionchange", () => database.close());
  return database;
}

async function valueIn(store: IDBObjectStore, userId: string): Promise<KeptAccount | undefined> {
  // Only this file writes here, and what another version has written is gone.
  return (await resultOf(store.get(userId) as IDBRequest<unknown>)) as KeptAccount | undefined;
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  request.addEventListener("success", () => resolve(request.result));
  request.addEventListener("error", () => reject(request.error ?? new Error("IndexedDB failed")));
  return promise;
}

function completed(transaction: IDBTransaction): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const failed = (): void => reject(transaction.error ?? new Error("IndexedDB aborted"));
  transaction.addEventListener("complete", () => resolve());
  transaction.addEventListener("abort", failed);
  transaction.addEventListener("error", failed);
  // Whoever waits for the request hears of it first.
  promise.catch(() => undefined);
  return promise;
}

let ofThisPage: AccountStorage | undefined;

/** The storage of this page, made on first use; its memory where there is no browser. */
export function defaultAccountStorage(): AccountStorage {
  return (ofThisPage ??= typeof indexedDB === "undefined" ? new MemoryAccountStorage() : new BrowserAccountStorage());
}
