import type { ClientFrame, EventOf, Protocol, Result, SignalOf } from "../../schema/protocol.ts";
import { endedByUs, type Acknowledgement, type Party, type Snapshot } from "./party.ts";

/** What `on` can be told of, by type: every event (with its `seq`), every signal, `status` and `ack`. */
export type Occurrences<P extends Protocol> = {
  [K in EventOf<P>["type"] & string]: Extract<EventOf<P>, { type: K }> & { seq: number };
} & {
  [K in SignalOf<P>["type"] & string]: Extract<SignalOf<P>, { type: K }>;
} & {
  status: { type: "status" } & Pick<Snapshot<P>, "status" | "closed">;
  ack: { type: "ack"; own: Acknowledgement<P> };
};

/**
 * One holder's view of a party. Handles to one address share a socket, which ends when the last of them closes.
 * `subscribe` and `getSnapshot` fit React's useSyncExternalStore and may be passed on without their handle.
 */
export class PartyHandle<P extends Protocol> {
  readonly #party: Party<P>;
  readonly #release: () => void;
  readonly #cleanups = new Set<() => void>();
  /** What is known after this handle is closed. */
  #final: Snapshot<P> | undefined;

  /** @param release gives back the share in `party`; called once */
  constructor(party: Party<P>, release: () => void) {
    this.#party = party;
    this.#release = release;
  }

  /** The last known state of the party, or undefined before the first welcome. */
  get state(): Snapshot<P>["state"] {
    return this.getSnapshot().state;
  }

  get status(): Snapshot<P>["status"] {
    return this.getSnapshot().status;
  }

  /** Why the server ended it, or undefined when it did not. */
  get closed(): Snapshot<P>["closed"] {
    return this.getSnapshot().closed;
  }

  /** State, status and reason in one object that never changes. */
  readonly getSnapshot = (): Snapshot<P> => this.#final ?? this.#party.snapshot;

  /** Calls `listener` after any change of the snapshot, once for all frames of one message. */
  readonly subscribe = (listener: () => void): (() => void) => this.#keep(this.#party.subscribers.add(listener));

  /** Calls `listener` for everything of one type that happens; returns what stops it. */
  on<K extends keyof Occurrences<P>>(type: K, listener: (happened: Occurrences<P>[K]) => void): () => void {
    const remove = this.#party.occurrences.add((happened) => {
      if (happened.type === type) listener(happened as Occurrences<P>[K]);
    });
    return this.#keep(remove);
  }

  /**
   * Sends a frame and resolves with what its acknowledgement carries. While the connection is away the frame
   * waits; after a drop it is sent again under the same id, so that its effect happens once.
   *
   * @param options.id names the wish: the same id again, also much later, does not repeat its effect
   * @throws ClientError with the server's code, or `unavailable` when 1,000 frames are waiting or the handle closes
   */
  async send<K extends keyof P["frames"] & string>(
    frame: ClientFrame<P, K> & { type: K },
    options: { id?: string } = {},
  ): Promise<Result<P, K>> {
    if (this.#final !== undefined) throw endedByUs();
    return (await this.#party.send(frame, options.id)) as Result<P, K>;
  }

  /** Lets go. Listeners of this handle are removed; when it was the last one, waiting frames are rejected. */
  close(): void {
    if (this.#final !== undefined) return;
    this.#final = { ...this.#party.snapshot, status: "closed" };
    for (const cleanup of this.#cleanups) cleanup();
    this.#cleanups.clear();
    this.#release();
  }

  #keep(cleanup: () => void): () => void {
    const stop = (): void => {
      cleanup();
      this.#cleanups.delete(stop);
    };
    if (this.#final === undefined) this.#cleanups.add(stop);
    else stop();
    return stop;
  }
}
