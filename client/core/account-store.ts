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
  settled,
  withChange,
  withNews,
} from "./account-changes.ts";
import { AccountSender } from "./account-sender.ts";
import type { AccountStorage } from "./account-storage.ts";
import type { Client } from "./client.ts";
import type { ConnectionStatus } from "./connection.ts";
import type { Clock } from "./environment.ts";
import { ClientError } from "./errors.ts";
import { Listeners } from "./listeners.ts";
import type { PartyHandle } from "./party-handle.ts";
import { endsSession } from "./session-store.ts";

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

/** What the store works with while it is attached. */
interface Attached {
  readonly handle: PartyHandle<SessionProtocol>;
  readonly clock: Clock;
  readonly sender: AccountSender;
  /** Ends the wait for the news of what was accepted. */
  stopSettling: (() => void) | undefined;
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
  attach(
    handle: PartyHandle<SessionProtocol>,
    client: Pick<Client, "call" | "clock" | "random" | "network">,
  ): () => void {
    const sender = new AccountSender({
      userId: this.#userId,
      storage: this.#storage,
      client,
      learned: (kept) => this.#learn(kept),
    });
    const attached: Attached = { handle, clock: client.clock, sender, stopSettling: undefined };
    this.#attached = attached;
    const sendNow = (): void => sender.sendNow();
    client.network?.addEventListener("online", sendNow);
    handle.on("status", ({ status, closed }) => {
      if (status === "live") sender.sendNow();
      if (closed !== undefined && endsSession(closed.code, handle.state !== undefined)) this.#forget();
    });
    handle.subscribe(() => this.#heard(handle.state?.account));
    const unwatch = this.#storage.watch(() => void this.#reread());
    this.#heard(handle.state?.account ?? this.#kept?.account);
    void this.#reread();
    return () => {
      client.network?.removeEventListener("online", sendNow);
      unwatch();
      sender.stop();
      attached.stopSettling?.();
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
    void this.#update((kept) => kept && { ...kept, refusal: null });
  }

  #add(change: Change): void {
    if (this.#kept === undefined) throw new ClientError("unavailable", "nothing is known of the account yet");
    const known = this.#kept;
    this.#unstored = [...this.#unstored, change];
    this.#changed();
    void this.#update((kept) => withChange(kept ?? known, change), change);
  }

  /** Something has come from the server, maybe news of the account. */
  #heard(account: Account | undefined): void {
    const isNews = account !== undefined && account !== this.#lastHeard;
    if (isNews) this.#kept = withNews(this.#kept, account);
    this.#lastHeard = account;
    this.#changed();
    if (isNews) void this.#update((kept) => withNews(kept, account));
  }

  /** Changes what is kept, for all tabs. @param stored a change that is in the storage from then on */
  async #update(change: (kept: KeptAccount | undefined) => KeptAccount | undefined, stored?: Change): Promise<void> {
    const kept = await this.#storage.update(this.#userId, change);
    this.#unstored = this.#unstored.filter((known) => known !== stored);
    this.#learn(kept);
    this.#send();
  }

  async #reread(): Promise<void> {
    this.#learn(await this.#storage.read(this.#userId));
    this.#send();
  }

  /** Takes over what is kept, except for an account that is older than what is known here. */
  #learn(kept: KeptAccount | undefined): void {
    const known = this.#kept?.account;
    if (kept === undefined) this.#kept = known && { account: known, changes: [], refusal: null };
    else this.#kept = known === undefined ? kept : withNews(kept, known);
    this.#settleLater();
    this.#changed();
  }

  /** Has what waits in the storage sent. */
  #send(): void {
    if (this.#kept?.changes.some(({ answeredAt }) => answeredAt === null) === true) this.#attached?.sender.send();
  }

  /** Drops answered changes once the news of them must have come, whatever they say. */
  #settleLater(): void {
    const attached = this.#attached;
    const answers = this.#kept?.changes.flatMap(({ answeredAt }) => answeredAt ?? []) ?? [];
    if (attached === undefined || answers.length === 0 || attached.stopSettling !== undefined) return;
    const { clock } = attached;
    const dueMs = Math.max(0, Math.min(...answers) + NEWS_LAG_MS - clock.now());
    attached.stopSettling = clock.after(dueMs, () => {
      attached.stopSettling = undefined;
      void this.#update((kept) => kept && settled(kept, clock.now()));
    });
  }

  /** The session has ended: nothing stays behind for whoever uses this browser next. */
  #forget(): void {
    this.#attached?.sender.stop();
    this.#unstored = [];
    void this.#update(() => undefined);
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
      isWaiting: pending.length > 0 && this.#attached?.sender.isWaiting === true,
      refusal: this.#kept?.refusal ?? null,
    };
  }
}
