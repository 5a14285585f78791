import { nanoid } from "nanoid";
import type { ClientFrame, ControlFrame, EventOf, Protocol, Result, SignalOf, StateOf } from "../../schema/protocol.ts";
import type { ErrorCode } from "../../schema/errors.ts";
import { Connection, type ConnectionOptions, type ConnectionStatus } from "./connection.ts";
import { ClientError } from "./errors.ts";
import { FrameQueue } from "./frame-queue.ts";
import { Listeners } from "./listeners.ts";
import { readMessage, type PartyEvent, type Received } from "./wire.ts";

/** What the client knows of one kind of party: how what happens changes its state. Both functions are pure. */
export interface PartyModel<P extends Protocol> {
  readonly party: P["party"];
  /** The type of the frame that brings a newcomer the state, where `welcome` does not. */
  readonly greeting?: P["greeting"];
  /** The state after something happened. */
  apply(state: StateOf<P>, happened: EventOf<P> | SignalOf<P>): StateOf<P>;
  /**
   * The state after the server acknowledged a frame of ours, before the event of it arrives. What a `resent` frame did
   * may have been overtaken since: of it, only that may change which no event tells.
   */
  acknowledged(state: StateOf<P>, own: Acknowledgement<P>, resent: boolean): StateOf<P>;
}

/** A frame of ours and what the server answered, for each type of frame. */
export type Acknowledgement<P extends Protocol> = {
  [K in keyof P["frames"]]: { id: string; type: K; frame: ClientFrame<P, K>; result: Result<P, K> };
}[keyof P["frames"]];

/** What is known of a party at one moment. Never changed, only replaced. */
export interface Snapshot<P extends Protocol> {
  /** Undefined before the first welcome. Kept while reconnecting and after closing. */
  readonly state: StateOf<P> | undefined;
  readonly status: ConnectionStatus;
  /** Why the server ended it, with status `closed`. */
  readonly closed: { readonly code: ErrorCode; readonly error: ClientError } | undefined;
}

/** Something a listener can be told of. `ack` comes before the frame's promise settles and before subscribers hear. */
export type Occurrence<P extends Protocol> =
  | PartyEvent<P>
  | SignalOf<P>
  | ({ type: "ack" } & { own: Acknowledgement<P> })
  | { type: "status"; status: ConnectionStatus; closed: Snapshot<P>["closed"] };

/** One party as this client sees it, shared by all its handles. */
export class Party<P extends Protocol> {
  readonly subscribers = new Listeners<void>();
  readonly occurrences = new Listeners<Occurrence<P>>();
  readonly #model: PartyModel<P>;
  readonly #connection: Connection;
  readonly #queue: FrameQueue<ClientFrame<P>>;
  #snapshot: Snapshot<P> = { state: undefined, status: "connecting", closed: undefined };
  /** The last event that `state` contains. */
  #seq: number | undefined;
  /** Set between a `welcome` without a state and the frame that brings it: the welcome's `seq`. */
  #awaitedSeq: number | undefined;
  /** The server has said that our session ended; true until it lets us in again. */
  #loggedOut = false;
  /** Whom the server takes us for; undefined before it has said so. */
  #userId: string | null | undefined;

  constructor(
    model: PartyModel<P>,
    options: Pick<ConnectionOptions, "environment" | "refresh"> & {
      url(signal: AbortSignal, since: number | undefined): Promise<string>;
    },
  ) {
    this.#model = model;
    this.#queue = new FrameQueue(options.environment.clock);
    this.#connection = new Connection({
      environment: options.environment,
      refresh: () => options.refresh(),
      // After a logout the whole state comes anew: it may be another session's, or another person's.
      url: (signal) => options.url(signal, this.#loggedOut ? undefined : this.#seq),
      message: (text) => this.#receive(readMessage<P>(text, model.greeting)),
      changed: (status, error) => this.#statusChanged(status, error),
    });
    this.#connection.start();
  }

  get snapshot(): Snapshot<P> {
    return this.#snapshot;
  }

  /** See PartyHandle.send. */
  send(frame: ClientFrame<P>, id = nanoid()): Promise<unknown> {
    if (this.#snapshot.status === "closed") return Promise.reject(this.#snapshot.closed?.error ?? endedByUs());
    return this.#queue.add(id, frame);
  }

  close(): void {
    this.#connection.close();
    this.subscribers.clear();
    this.occurrences.clear();
  }

  #receive(received: Received<P>[]): void {
    const before = this.#snapshot;
    for (const { kind, frame } of received) {
      if (kind === "control") this.#control(frame);
      else if (kind === "greeting") this.#stateCame(frame.state, this.#awaitedSeq);
      else if (kind === "event") this.#event(frame);
      else this.#happened(frame);
    }
    if (this.#snapshot !== before) this.subscribers.emit();
  }

  #control(frame: ControlFrame<P>): void {
    switch (frame.type) {
      case "welcome":
        if (this.#isSomebodyElse(frame)) break;
        // One that neither brings a state nor resumes is followed by what does: the greeting, or `resync`.
        this.#awaitedSeq = frame.seq;
        if (frame.state !== undefined) this.#stateCame(frame.state, frame.seq);
        else if (frame.resumed === true) this.#letIn();
        break;
      case "resync":
        this.#stateCame(frame.state, frame.seq);
        break;
      case "logged_out":
        this.#loggedOut = true;
        // What was asked for in that session is not sent in another one, which may be another person's.
        this.#queue.rejectAll(sessionEnded());
        break;
      case "ack":
        this.#acknowledged(frame.id, frame.result);
        break;
      case "error": {
        const error = new ClientError(frame.code, frame.message, frame);
        if (frame.id === undefined) this.#connection.complained(error);
        else this.#queue.refuse(frame.id, error);
        break;
      }
    }
  }

  /**
   * Whether the server took up our thread for another person than before: someone signed in or out while we were away.
   * What waits was asked for by the one before. What is known was for their eyes: it is asked for anew.
   */
  #isSomebodyElse({ userId, resumed }: { userId: string | null; resumed?: true }): boolean {
    const changed = this.#userId !== undefined && userId !== this.#userId;
    this.#userId = userId;
    if (!changed) return false;
    this.#queue.rejectAll(sessionEnded());
    if (resumed !== true) return false;
    this.#seq = undefined;
    this.#connection.redial();
    return true;
  }

  #event(event: PartyEvent<P>): void {
    if (this.#seq !== undefined && event.seq <= this.#seq) return;
    // Numbers may be missing: events that are not for this reader have some.
    this.#seq = event.seq;
    this.#happened(event);
  }

  #happened(happened: PartyEvent<P> | SignalOf<P>): void {
    const { state } = this.#snapshot;
    if (state !== undefined) this.#update({ state: this.#model.apply(state, happened) });
    this.occurrences.emit(happened);
  }

  #acknowledged(id: string, result: unknown): void {
    const answered = this.#queue.acknowledge(id, result);
    if (answered === undefined) return;
    const own = { id, type: answered.frame.type, frame: answered.frame, result } as Acknowledgement<P>;
    const { state } = this.#snapshot;
    // Subscribers hear in any case: what they do not wait for any more is news too.
    this.#update(state === undefined ? {} : { state: this.#model.acknowledged(state, own, answered.resent) });
    this.occurrences.emit({ type: "ack", own });
    answered.settle();
  }

  /** The whole state, with the last event in it where that is told. */
  #stateCame(state: StateOf<P>, seq = this.#seq): void {
    this.#seq = seq;
    this.#update({ state });
    if (this.#awaitedSeq !== undefined) this.#letIn();
  }

  #letIn(): void {
    this.#awaitedSeq = undefined;
    this.#loggedOut = false;
    this.#connection.welcomed();
  }

  #statusChanged(status: ConnectionStatus, error: ClientError | undefined): void {
    // After a logout, what the last try met matters less: somebody else may have signed in here since.
    const reason = error !== undefined && this.#loggedOut ? sessionEnded(error) : error;
    const closed = reason === undefined ? undefined : { code: reason.code, error: reason };
    this.#update({ status, closed });
    if (status === "live") this.#queue.connected((text) => this.#connection.send(text));
    else if (status === "closed") this.#queue.rejectAll(reason ?? endedByUs());
    else this.#queue.disconnected();
    this.occurrences.emit({ type: "status", status, closed });
    this.subscribers.emit();
  }

  #update(change: Partial<Snapshot<P>>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
  }
}

/** What becomes of frames that wait when their session ends. */
function sessionEnded(details?: ClientError): ClientError {
  return new ClientError("unauthenticated", "the session has ended", details);
}

/** What becomes of frames that are still waiting when their handle is closed. */
export function endedByUs(): ClientError {
  return new ClientError("unavailable", "the connection was closed before the answer came");
}
