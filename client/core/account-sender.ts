import { type KeptAccount, overlaid, requestOf, withAnswer, withRefusal } from "./account-changes.ts";
import type { AccountStorage } from "./account-storage.ts";
import { reconnectDelayMs } from "./backoff.ts";
import type { Client } from "./client.ts";
import { ClientError, isRefusal } from "./errors.ts";

/** A request that is not answered for this long has not reached the server, as far as anybody can tell. */
export const ANSWER_TIMEOUT_MS = 20_000;

export interface AccountSenderOptions {
  readonly userId: string;
  readonly storage: AccountStorage;
  readonly client: Pick<Client, "call" | "clock" | "random">;
  /** What is kept has been read, or `isWaiting` has changed. */
  learned(kept: KeptAccount | undefined): void;
}

/**
 * Brings what waits in the storage to the server: in order, one at a time, by one tab at a time. It is made for one
 * attachment of a store, and stopped with it.
 */
export class AccountSender {
  readonly #options: AccountSenderOptions;
  readonly #stopped = new AbortController();
  #isSending = false;
  /** Something may have been added since the storage was last read. */
  #isWanted = false;
  #isWaiting = false;
  /** In a row, without reaching the server. */
  #failures = 0;
  /** What ends the time until the next try. */
  #cancelTry: (() => void) | undefined;
  /** The server itself has asked for that time. */
  #isPaused = false;

  constructor(options: AccountSenderOptions) {
    this.#options = options;
  }

  /** Whether the last try has not reached the server, or was put off by it. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Sends what waits, unless that is happening, or the next try is set. */
  send(): void {
    this.#isWanted = true;
    if (!this.#isSending) void this.#sendInTurns();
  }

  /** There is a sign that the server can be reached: ends the wait for the next try, unless it has asked for it. */
  sendNow(): void {
    if (this.#isPaused) return;
    this.#cancelTry?.();
    this.#cancelTry = undefined;
    this.#failures = 0;
    this.send();
  }

  /** Ends what is under way and leaves no timer behind. What is not sent stays in the storage. */
  stop(): void {
    this.#stopped.abort();
    this.#cancelTry?.();
  }

  async #sendInTurns(): Promise<void> {
    const { userId, storage } = this.#options;
    const { signal } = this.#stopped;
    this.#isSending = true;
    try {
      while (this.#isWanted && this.#cancelTry === undefined && !signal.aborted) {
        this.#isWanted = false;
        await storage.alone(userId, () => this.#sendAll(), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#isSending = false;
    }
  }

  async #sendAll(): Promise<void> {
    while (!this.#stopped.signal.aborted && (await this.#sendOldest()));
  }

  /** False when nothing waits, or when the server cannot be reached. */
  async #sendOldest(): Promise<boolean> {
    const { userId, storage, client, learned } = this.#options;
    const kept = await storage.read(userId);
    learned(kept);
    const oldest = kept?.changes.find(({ answeredAt }) => answeredAt === null);
    if (kept === undefined || oldest === undefined) return false;
    const answered = kept.changes.filter(({ answeredAt }) => answeredAt !== null);
    const { method, path, body } = requestOf(oldest, overlaid(kept.account, answered));
    try {
      await this.#within((signal) => client.call(method, path, body, signal));
    } catch (error) {
      if (this.#stopped.signal.aborted) return false;
      if (!isRefusal(error)) return this.#tryLater(error, kept);
      const { code, message, issues } = error;
      await this.#reached((now) => now && withRefusal(now, oldest.id, { code, message, issues }));
      return true;
    }
    const answeredAt = client.clock.now();
    await this.#reached((now) => now && withAnswer(now, oldest.id, kept.account.version, answeredAt));
    return true;
  }

  /** The server has answered, this or that. */
  async #reached(change: (kept: KeptAccount | undefined) => KeptAccount | undefined): Promise<void> {
    const { userId, storage, learned } = this.#options;
    this.#isWaiting = false;
    this.#failures = 0;
    learned(await storage.update(userId, change));
  }

  #tryLater(error: unknown, kept: KeptAccount): false {
    const { client, learned } = this.#options;
    const pauseMs = error instanceof ClientError ? error.retryAfterMs : undefined;
    const delayMs = pauseMs ?? reconnectDelayMs(this.#failures, client.random);
    this.#failures += 1;
    this.#isWaiting = true;
    this.#isPaused = pauseMs !== undefined;
    this.#cancelTry = client.clock.after(delayMs, () => {
      this.#cancelTry = undefined;
      this.#isPaused = false;
      this.send();
    });
    learned(kept);
    return false;
  }

  /** Runs `ask` with a signal that fires when it takes too long, or when this is stopped. */
  async #within<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const cancel = this.#options.client.clock.after(ANSWER_TIMEOUT_MS, () => late.abort());
    try {
      return await ask(AbortSignal.any([late.signal, this.#stopped.signal]));
    } finally {
      cancel();
    }
  }
}
