import { nanoid } from "nanoid";
import type { ProfileChanges } from "../../schema/http/users.ts";
import type { SessionProtocol } from "../../schema/parties/session.ts";
import type { Preferences } from "../../schema/user-data.ts";
import type { Account } from "../../schema/users.ts";
import {
  type Change,
  type KeptAccount,
  NEWS_LAG_MS,
  overlaid,
  type Refusal,
  requestOf,
  settled,
  withAnswer,
  withChange,
  withNews,
  withRefusal,
} from "./account-changes.ts";
import type { AccountStorage } from "./account-storage.ts";
import { reconnectDelayMs } from "./backoff.ts";
import type { Client } from "./client.ts";
import type { ConnectionStatus } from "./connection.ts";
import { ClientError, isRefusal } from "./errors.ts";
import { Listeners } from "./listeners.ts";
import type { PartyHandle } from "./party-handle.ts";
import { endsSession } from "./session-store.ts";

/** A request that is not answered for this long has not reached the server, as far as anybody can tell. */
export const ANSWER_TIMEOUT_MS = 20_000;

/** One person's account at one moment. Never changed, only replaced. */
export interface AccountView {
  /** With what was changed here; undefined before anything is known. */
  readonly me: Account | undefined;
  readonly status: ConnectionStatus;
  /** What was changed here and the server has not accepted yet. */
  readonly pending: readonly Change[];
  /** Whether the server could not be reached with it, and is tried again and again. */
  readonly isWaiting: boolean;
  /** What the server has refused last, until it is dismissed. */
  readonly refusal: Refusal | null;
}

/**
 * - `retry`: the server could not be reached; ends early with a sign that it can be.
 * - `pause`: the server has asked to be left alone for so long. - `settle`: the news of an answer must have come.
 */
type TimerName = "retry" | "pause" | "settle";

/** What the store works with while it is attached. */
interface Attached {
  readonly handle: PartyHandle<SessionProtocol>;
  readonly client: Pick<Client, "call" | "clock" | "random" | "network">;
  readonly ended: AbortController;
  readonly timers: Map<TimerName, () => void>;
}

/**
 * One person's own account: profile, preferences and feature flags, live over the session's socket, and kept in this
 * browser. What is changed here shows at once; it is sent as soon as the server can be reached, also after a reload or by
 * another tab, and is taken back when the server refuses it. A person's last change of a field wins.
 *
 * It does nothing until it is attached to a handle, and may be attached and detached any number of times.
 */
export class AccountStore {
  readonly #userId: string;
  readonly #storage: AccountStorage;
  readonly #listeners = new Listeners<void>();
  #kept: KeptAccount | undefined;
  /** Changes that are on their way into the storage. */
  #unstored: readonly Change[] = [];
  #lastHeard: Account | undefined;
  #attached: Attached | undefined;
  #isWaiting = false;
  #isSending = false;
  #failures = 0;
  #view: AccountView;

  /** @param initial what is known before the storage and the server are asked, such as what came with the page */
  constructor(userId: string, storage: AccountStorage, initial?: Account) {
    this.#userId = userId;
    this.#storage = storage;
    this.#kept = initial && withNews(undefined, initial);
    this.#view = this.#look();
  }

  readonly getSnapshot = (): AccountView => this.#view;
  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener);

  /** Follows a handle, which it owns from now on. The returned function detaches and closes it. */
  attach(handle: PartyHandle<SessionProtocol>, client: Attached["client"]): () => void {
    const attached: Attached = { handle, client, ended: new AbortController(), timers: new Map() };
    this.#attached = attached;
    handle.on("status", ({ status, closed }) => {
      if (status === "live") this.#sendNow();
      if (closed !== undefined && endsSession(closed.code, handle.state !== undefined)) this.#forget();
    });
    handle.subscribe(() => this.#heard(handle.state?.account));
    client.network?.addEventListener("online", () => this.#sendNow(), { signal: attached.ended.signal });
    const unwatch = this.#storage.watch(() => this.#reread());
    this.#heard(handle.state?.account ?? this.#kept?.account);
    this.#reread();
    return () => {
      unwatch();
      attached.ended.abort();
      for (const cancel of attached.timers.values()) cancel();
      handle.close();
      if (this.#attached !== attached) return;
      this.#attached = undefined;
      this.#changed();
    };
  }

  /** Changes some preferences and leaves the others. */
  setPreferences(fields: Partial<Preferences>): void {
    this.#add({ id: nanoid(), kind: "preferences", fields, answeredAt: null });
  }

  /** Changes the name or the picture. */
  setProfile(fields: ProfileChanges): void {
    this.#add({ id: nanoid(), kind: "profile", fields, answeredAt: null });
  }

  /** The refusal has been seen. */
  dismiss(): void {
    this.#update((kept) => kept && { ...kept, refusal: null });
  }

  #add(change: Change): void {
    if (this.#kept === undefined) throw new ClientError("unavailable", "nothing is known of the account yet");
    const known = this.#kept;
    this.#unstored = [...this.#unstored, change];
    this.#changed();
    this.#update((kept) => withChange(kept ?? known, change), change);
  }

  /** Something has come from the server, maybe news of the account. */
  #heard(account: Account | undefined): void {
    const isNews = account !== undefined && account !== this.#lastHeard;
    if (isNews) this.#kept = withNews(this.#kept, account);
    this.#lastHeard = account;
    this.#changed();
    if (isNews) this.#update((kept) => withNews(kept, account));
  }

  /** Changes what is kept, for all tabs. @param stored a change that is in the storage from then on */
  #update(change: (kept: KeptAccount | undefined) => KeptAccount | undefined, stored?: Change): void {
    void this.#storage.update(this.#userId, change).then((kept) => {
      this.#unstored = this.#unstored.filter((known) => known !== stored);
      this.#learn(kept);
      return this.#send();
    });
  }

  #reread(): void {
    void this.#storage.read(this.#userId).then((kept) => {
      this.#learn(kept);
      return this.#send();
    });
  }

  /** Takes over what is kept, except for an account that is older than what is known here. */
  #learn(kept: KeptAccount | undefined): void {
    const known = this.#kept?.account;
    if (kept === undefined) this.#kept = known && { account: known, changes: [], refusal: null };
    else this.#kept = known === undefined ? kept : withNews(kept, known);
    this.#settleLater();
    this.#changed();
  }

  /** Sends without waiting any longer: there is a sign that the server can be reached. */
  #sendNow(): void {
    this.#attached?.timers.get("retry")?.();
    this.#attached?.timers.delete("retry");
    this.#failures = 0;
    this.#send();
  }

  /** Sends what the server has not accepted yet, in order, unless another tab does. */
  #send(): void {
    const attached = this.#attached;
    if (attached === undefined || attached.ended.signal.aborted) return;
    if (this.#isSending || attached.timers.has("retry") || attached.timers.has("pause")) return;
    if (this.#view.pending.every((change) => this.#unstored.includes(change))) return;
    this.#isSending = true;
    void this.#sendInTurn(attached);
  }

  async #sendInTurn(attached: Attached): Promise<void> {
    const { signal } = attached.ended;
    try {
      await this.#storage.alone(
        this.#userId,
        async () => {
          while (!signal.aborted && (await this.#sendNext(attached)));
        },
        signal,
      );
    } catch {
      return; // Detached before its turn.
    } finally {
      this.#isSending = false;
    }
    this.#send();
  }

  /** Sends the oldest change. False when there is none, or when the server cannot be reached. */
  async #sendNext(attached: Attached): Promise<boolean> {
    const kept = await this.#storage.read(this.#userId);
    this.#learn(kept);
    const next = kept?.changes.find(({ answeredAt }) => answeredAt === null);
    if (kept === undefined || next === undefined) return false;
    const answered = kept.changes.filter(({ answeredAt }) => answeredAt !== null);
    const { account } = kept;
    const { method, path, body } = requestOf(next, overlaid(account, answered));
    try {
      await within(attached, (signal) => attached.client.call(method, path, body, signal));
    } catch (error) {
      if (attached.ended.signal.aborted) return false;
      if (!isRefusal(error)) return this.#tryLater(attached, error);
      const { code, message, issues } = error;
      await this.#settle((now) => now && withRefusal(now, next.id, { code, message, issues }));
      return true;
    }
    const answeredAt = attached.client.clock.now();
    await this.#settle((now) => now && withAnswer(now, next.id, account.version, answeredAt));
    return true;
  }

  /** The server has answered, this or that. */
  async #settle(change: (kept: KeptAccount | undefined) => KeptAccount | undefined): Promise<void> {
    this.#isWaiting = false;
    this.#failures = 0;
    this.#learn(await this.#storage.update(this.#userId, change));
  }

  #tryLater(attached: Attached, error: unknown): false {
    const pauseMs = error instanceof ClientError ? error.retryAfterMs : undefined;
    const delayMs = pauseMs ?? reconnectDelayMs(this.#failures, attached.client.random);
    this.#failures += 1;
    this.#isWaiting = true;
    this.#after(attached, pauseMs === undefined ? "retry" : "pause", delayMs, () => this.#send());
    this.#changed();
    return false;
  }

  /** Drops answered changes once the news of them must have come, whatever they say. */
  #settleLater(): void {
    const attached = this.#attached;
    const answers = this.#kept?.changes.flatMap(({ answeredAt }) => answeredAt ?? []) ?? [];
    if (attached === undefined || answers.length === 0 || attached.timers.has("settle")) return;
    const { clock } = attached.client;
    const dueMs = Math.max(0, Math.min(...answers) + NEWS_LAG_MS - clock.now());
    this.#after(attached, "settle", dueMs, () => this.#update((kept) => kept && settled(kept, clock.now())));
  }

  #after({ client, timers }: Attached, name: TimerName, delayMs: number, task: () => void): void {
    const cancel = client.clock.after(delayMs, () => {
      timers.delete(name);
      task();
    });
    timers.set(name, cancel);
  }

  /** The session has ended: nothing stays behind for whoever uses this browser next. */
  #forget(): void {
    this.#attached?.ended.abort();
    this.#unstored = [];
    this.#update(() => undefined);
  }

  #changed(): void {
    this.#view = this.#look();
    this.#listeners.emit();
  }

  #look(): AccountView {
    const stored = this.#kept?.changes ?? [];
    const known = new Set(stored.map(({ id }) => id));
    const changes = [...stored, ...this.#unstored.filter(({ id }) => !known.has(id))];
    const pending = changes.filter(({ answeredAt }) => answeredAt === null);
    return {
      me: this.#kept && overlaid(this.#kept.account, changes),
      status: this.#attached?.handle.status ?? "connecting",
      pending,
      isWaiting: pending.length > 0 && this.#isWaiting,
      refusal: this.#kept?.refusal ?? null,
    };
  }
}

/** Runs `ask` with a signal that fires when it takes too long, or when the store is detached. */
async function within<T>({ client, ended }: Attached, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const cancel = client.clock.after(ANSWER_TIMEOUT_MS, () => late.abort());
  try {
    return await ask(AbortSignal.any([late.signal, ended.signal]));
  } finally {
    cancel();
  }
}
