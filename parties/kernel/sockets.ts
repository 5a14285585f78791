import type { Connection } from "partyserver";
import { PartyError } from "../../schema/errors.ts";
import type { Principal } from "../../schema/principal.ts";
import { type SocketLimits } from "./spec.ts";
import { TokenBucket } from "./token-bucket.ts";

/** What survives hibernation with a socket. No credential is ever part of it. At most a few hundred bytes of the 16,384 allowed. */
export interface SocketAttachment {
  principal: Principal;
  /** The audiences it belongs to. */
  audiences: string[];
  /** Whether it takes several frames as one JSON array. */
  batch: boolean;
}

/** How much nonsense a socket may send before it is closed: a short burst is answered, a habit is not. */
const FLOOD_PATIENCE = { capacity: 1_000, perSecond: 50 };
const BAD_FRAME_PATIENCE = { capacity: 20, perSecond: 0.5 };

/** People whose coming is counted at a time: past this all start anew, which costs little. */
const MAX_REMEMBERED_ARRIVALS = 10_000;
/** When it is worth trying again where one has too many sockets. */
const CROWDED_RETRY_MS = 5_000;

/** One open socket, as handlers see it. */
export class Socket {
  readonly connection: Connection<SocketAttachment>;
  readonly attachment: SocketAttachment;
  /** The same for sockets that hear the same. */
  readonly audienceKey: string;
  readonly #frames: TokenBucket;
  readonly #flood: TokenBucket;
  readonly #bad: TokenBucket;

  constructor(
    connection: Connection<SocketAttachment>,
    attachment: SocketAttachment,
    limits: SocketLimits,
    now: number,
  ) {
    this.connection = connection;
    this.attachment = attachment;
    this.audienceKey = JSON.stringify(attachment.audiences);
    this.#frames = new TokenBucket(limits.socket, now);
    this.#flood = new TokenBucket(FLOOD_PATIENCE, now);
    this.#bad = new TokenBucket(BAD_FRAME_PATIENCE, now);
  }

  get id(): string {
    return this.connection.id;
  }

  get principal(): Principal {
    return this.attachment.principal;
  }

  /** Whom this socket stands for when operations are deduplicated and people counted: the person, else the socket. */
  get actor(): string {
    return this.principal.kind === "user" ? this.principal.user.id : `socket:${this.id}`;
  }

  hears(audience: string | null): boolean {
    return audience === null || this.attachment.audiences.includes(audience);
  }

  /** Milliseconds to wait before the next frame is welcome, 0 for now. */
  takeFrame(now: number): number {
    return this.#frames.take(now);
  }

  /** Whether the socket may stay open after this error. */
  forgives(error: PartyError, now: number): boolean {
    return (error.code === "rate_limited" ? this.#flood : this.#bad).take(now) === 0;
  }

  /** Sends, or does nothing when the peer has just gone: its close event is on the way. */
  send(text: string): void {
    try {
      this.connection.send(text);
    } catch {
      // Closing sockets throw on send (https://websockets.spec.whatwg.org/#dom-websocket-send); there is no one to tell.
    }
  }

  close(code: number, reason: string): void {
    try {
      // Close reasons over 123 bytes throw (RFC 6455 5.5).
      this.connection.close(code, reason.slice(0, 40));
    } catch {
      // Already closed.
    }
  }
}

/**
 * The open sockets, as a map built once after each wake. PartyServer's own iterator reads every attachment at every
 * step, which makes a broadcast to many sockets slow.
 */
export class Sockets {
  readonly #connections: () => Iterable<Connection<SocketAttachment>>;
  readonly #limits: SocketLimits;
  readonly #now: () => number;
  #open: Map<string, Socket> | undefined;
  /** Everyone who is here: how many sockets they have, and what they may send over all of them. */
  readonly #actors = new Map<string, { sockets: number; frames: TokenBucket }>();
  /** How fast each person opens sockets; kept when the last of theirs has closed, or coming and going would be free. */
  readonly #arrivals = new Map<string, TokenBucket>();

  constructor(connections: () => Iterable<Connection<SocketAttachment>>, limits: SocketLimits, now: () => number) {
    this.#connections = connections;
    this.#limits = limits;
    this.#now = now;
  }

  #all(): Map<string, Socket> {
    if (this.#open === undefined) {
      this.#open = new Map();
      for (const connection of this.#connections()) {
        // A connection without state has not been let in yet.
        if (connection.state !== null) this.#add(this.#open, connection, connection.state as SocketAttachment);
      }
    }
    return this.#open;
  }

  #add(open: Map<string, Socket>, connection: Connection<SocketAttachment>, attachment: SocketAttachment): Socket {
    const socket = new Socket(connection, attachment, this.#limits, this.#now());
    open.set(socket.id, socket);
    const actor = this.#actors.get(socket.actor);
    if (actor === undefined) {
      this.#actors.set(socket.actor, { sockets: 1, frames: new TokenBucket(this.#limits.person, this.#now()) });
    } else actor.sockets += 1;
    return socket;
  }

  /** @throws PartyError `rate_limited` when this person has too many sockets, or opens them too fast. */
  admit(connection: Connection<SocketAttachment>, attachment: SocketAttachment): Socket {
    const open = this.#all();
    if (attachment.principal.kind === "user") this.#requireRoom(attachment.principal.user.id);
    connection.setState(attachment);
    return this.#add(open, connection, attachment);
  }

  #requireRoom(actor: string): void {
    const { connections } = this.#limits;
    const now = this.#now();
    if (this.#arrivals.size >= MAX_REMEMBERED_ARRIVALS) this.#arrivals.clear();
    const arrivals = this.#arrivals.get(actor) ?? new TokenBucket(connections, now);
    this.#arrivals.set(actor, arrivals);
    const waitMs = arrivals.take(now);
    const isFull = (this.#actors.get(actor)?.sockets ?? 0) >= connections.open;
    if (waitMs === 0 && !isFull) return;
    throw new PartyError("rate_limited", {
      message: isFull ? "You have too many connections open here" : "You connect too often",
      retryAfterMs: Math.max(waitMs, CROWDED_RETRY_MS),
    });
  }

  get(connection: Connection<SocketAttachment>): Socket | undefined {
    return this.#all().get(connection.id);
  }

  all(): IterableIterator<Socket> {
    return this.#all().values();
  }

  /** How many distinct people are here; an anonymous socket counts as one. */
  get people(): number {
    this.#all();
    return this.#actors.size;
  }

  /** Forgets a socket whose peer is gone. Answers what it was, or `undefined` when it had never been let in or was expelled. */
  leave(connection: Connection<SocketAttachment>): Socket | undefined {
    const open = this.#all().get(connection.id);
    if (open !== undefined) {
      this.expel(open);
      return open;
    }
    if (connection.state === null) return undefined;
    // The close itself has woken the party: a closing socket is no longer among the open ones.
    const closing = new Socket(connection, connection.state as SocketAttachment, this.#limits, this.#now());
    connection.setState(null);
    return closing;
  }

  /**
   * Forgets a socket that is closed or about to be: nothing that its peer still sends is heard. Without its state no
   * event that follows is taken for another leaving.
   */
  expel(socket: Socket): void {
    this.#all().delete(socket.id);
    const actor = this.#actors.get(socket.actor);
    if (actor !== undefined && --actor.sockets === 0) this.#actors.delete(socket.actor);
    socket.connection.setState(null);
  }

  /** @throws PartyError `rate_limited` when the socket or its person sends too fast. */
  takeFrame(socket: Socket): void {
    const now = this.#now();
    const waitMs = socket.takeFrame(now) || (this.#actors.get(socket.actor)?.frames.take(now) ?? 0);
    if (waitMs > 0) throw new PartyError("rate_limited", { message: "Too many frames", retryAfterMs: waitMs });
  }
}
