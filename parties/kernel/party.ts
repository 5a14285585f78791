import { type Connection, type ConnectionContext, Server } from "partyserver";
import { drizzle, type DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { z } from "zod";
import { PartyError } from "../../schema/errors.ts";
import type { EventOf, Protocol, SignalOf, StateOf } from "../../schema/protocol.ts";
import { Broadcaster } from "./broadcaster.ts";
import { CallGate } from "./calls.ts";
import { courierOf, D1_LANE, partyLane, queueLane, type Statement } from "./couriers.ts";
import { refuseSocket } from "./door.ts";
import { entryOf } from "./entry.ts";
import { EventLog } from "./events.ts";
import { FrameGate, salvageId } from "./frame-gate.ts";
import { Inbox } from "./inbox.ts";
import { log } from "./log.ts";
import { migrate, migrationsFrom } from "./migrations.ts";
import type { CallReply, CallRequest, DeliveredRow, DeliveryReply, PartyEnv } from "./naming.ts";
import { type Operation, Operations } from "./operations.ts";
import { Outbox, type SendOptions } from "./outbox.ts";
import { ownMethods, type PartyInspection, type PartyOwnMethods, type SessionToClose } from "./own-methods.ts";
import { runtime, type Runtime } from "./runtime.ts";
import { Scheduler } from "./scheduler.ts";
import { Sockets, type Socket, type SocketAttachment } from "./sockets.ts";
import { DEFAULT_LIMITS, type FrameHandlers, job, type Jobs, type Methods, type PartySpec } from "./spec.ts";
import { toPartyError } from "./wire-errors.ts";

const kernelMigrations = migrationsFrom(
  import.meta.glob<string>("../../migrations/parties/kernel/*.sql", { query: "?raw", import: "default", eager: true }),
).map(({ id, sql }) => ({ id: `kernel/${id}`, sql }));

/** Who may enter: an entry that the party lets in, and the audiences it then belongs to. */
export interface Admission {
  audiences: string[];
}

/**
 * The base of every party. A subclass declares `frames`, `methods` and `jobs`, and says in `snapshot` what a newcomer
 * must know; the promises of docs/kernel.md hold for it without further work.
 *
 * Everything happens in a transaction: a frame handler, a command, a delivered row. What it emits is sent, and what it
 * puts in the outbox is scheduled, when the transaction has committed; a throw undoes all of it.
 */
export abstract class Party<P extends Protocol, Parts> extends Server<PartyEnv & Cloudflare.Env> {
  static override options = { hibernate: true };

  readonly #spec: PartySpec<P, Parts>;
  readonly #address: string;
  readonly #parts: Parts;
  readonly #gate: FrameGate;
  readonly #operations: Operations;
  readonly #calls: CallGate;
  readonly #events: EventLog;
  readonly #sockets: Sockets;
  readonly #broadcaster: Broadcaster;
  readonly #outbox: Outbox;
  readonly #counters = { frames: 0, errors: 0, calls: 0 };
  /** Sessions that ended while this instance ran: a socket that was being let in meanwhile is turned away. */
  readonly #endedSessions = new Set<string>();
  #hasStarted = false;
  #database: DrizzleSqliteDODatabase | undefined;
  /** Set while a transaction runs that has called `resync`. */
  #mustResync = false;
  /** What the running transaction has emitted so far; `undefined` when none runs. */
  #emitted: { json: string; audience: string | null }[] | undefined;
  /** What the running transaction signals once it has committed, by key. */
  readonly #signals = new Map<string, { everyMs: number; make: () => SignalOf<P> }>();

  /** Durable jobs over the object's one alarm. */
  protected readonly schedule: Scheduler;

  /** What a client may ask for over a socket. */
  abstract readonly frames: FrameHandlers<P>;
  /** What the edge and other parties may ask for. */
  abstract readonly methods: Methods;
  /** What `schedule` may run. */
  readonly jobs: Jobs = {};

  constructor(ctx: DurableObjectState, env: PartyEnv & Cloudflare.Env, spec: PartySpec<P, Parts>) {
    super(ctx, env);
    const limits = { ...DEFAULT_LIMITS, ...spec.limits };
    const now = () => this.runtime.now();
    this.#spec = spec;
    this.#address = `${spec.address.party}:${this.name}`;
    const parts = spec.address.parse(this.name);
    // A name that merely reads as one of ours (percent-encoded, say) would be a second object of the same address.
    if (parts === undefined || spec.address.build(parts) !== this.name)
      throw new PartyError("not_found", { message: `No party is named ${this.#address}` });
    this.#parts = parts;
    // Synchronous, hence done before any handler, alarm or native call can run, whichever of them woke the object.
    migrate(ctx.storage, [...kernelMigrations, ...spec.migrations], now());
    const { sql } = ctx.storage;
    this.#gate = new FrameGate(spec.protocol, limits.bytes);
    this.#operations = new Operations(sql);
    let known: Methods | undefined;
    // A subclass's fields are not there yet while this runs.
    const methods = () => (known ??= { ...this.#ownMethods, ...this.methods });
    const transact = <T>(work: () => T) => this.transact(work);
    this.#calls = new CallGate({ address: this.#address, methods, transact }, new Inbox(sql));
    this.#events = new EventLog(sql);
    this.#sockets = new Sockets(() => this.getConnections<SocketAttachment>(), limits, now);
    this.#broadcaster = new Broadcaster(this.#sockets);
    this.schedule = new Scheduler(ctx.storage, this.#address, runtime, () => ({ ...this.jobs, ...this.#ownJobs }));
    this.#outbox = new Outbox(ctx.storage, this.schedule, this.#address, runtime, courierOf(env, this.#address));
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    if (this.schedule.hasWork) void ctx.blockConcurrencyWhile(async () => await this.schedule.rearm());
  }

  // --- What a party overrides

  /**
   * Decides whether someone may open a socket, and which audiences the socket belongs to.
   * @throws PartyError to refuse; the socket closes with the error's close code.
   */
  protected enter(_entry: { principal: Socket["principal"] }): Admission | Promise<Admission> {
    return { audiences: [] };
  }

  /** The state that a newcomer gets in `welcome`, as that person may see it. */
  protected abstract snapshot(socket: Socket): StateOf<P>;

  /** Called when a socket has been let in and welcomed. */
  protected entered(_socket: Socket): void {}

  /** Called when a socket that was let in is gone. After a crash of the machine it never comes. */
  protected left(_socket: Socket): void {}

  // --- What a party uses

  /** Time and chance. */
  protected get runtime(): Runtime {
    return runtime();
  }

  /** The parts of this party's name. */
  protected get parts(): Parts {
    return this.#parts;
  }

  /** This party's own tables. */
  protected get db(): DrizzleSqliteDODatabase {
    return (this.#database ??= drizzle(this.ctx.storage));
  }

  /** How many distinct people have a socket here; an anonymous socket counts as one. */
  protected get people(): number {
    return this.#sockets.people;
  }

  /** Everyone who is in, hibernating or not. */
  protected get sockets(): Iterable<Socket> {
    return this.#sockets.all();
  }

  /**
   * Runs `work` in one transaction: its writes, its events, its outbox rows and its jobs all stand, or none does.
   * Inside another one it joins that one.
   */
  protected transact<T>(work: () => T): T {
    if (this.#emitted !== undefined) return work();
    const emitted: { json: string; audience: string | null }[] = [];
    this.#emitted = emitted;
    let result: T;
    try {
      result = this.ctx.storage.transactionSync(() => requireSynchronous(work()));
    } catch (error) {
      this.#mustResync = false;
      this.#signals.clear();
      throw error;
    } finally {
      this.#emitted = undefined;
    }
    if (this.#mustResync) this.#sendSnapshots();
    else this.#broadcaster.send(emitted);
    const signals = [...this.#signals];
    this.#signals.clear();
    this.schedule.arm();
    for (const [key, { everyMs, make }] of signals) this.#broadcaster.throttle(key, everyMs, make);
    return result;
  }

  /** Logs an event and sends it to everyone, or to one audience. Part of the running transaction. */
  protected emit(event: EventOf<P>, audience: string | null = null): void {
    this.transact(() => {
      this.#emitted?.push(this.#events.append(event, audience));
    });
  }

  /**
   * Gives everyone a new snapshot, now or when they come back: what was said so far no longer adds up to what they may
   * see. Part of the running transaction.
   */
  protected resync(): void {
    this.transact(() => {
      this.#events.forget();
      this.#mustResync = true;
    });
  }

  /**
   * Puts `value` in the place of what logged events hold as their `field`, wherever that has the same `id`: who comes
   * back learns no more than who comes anew. Part of the running transaction.
   */
  protected amendEvents(field: string, value: { id: string }): void {
    this.transact(() => this.#events.amend(field, value));
  }

  /**
   * Sends a signal to everyone, at most once in `everyMs` and then the latest. Nothing of it is stored. In a transaction
   * it waits for the commit: what is told is true.
   */
  protected signal(key: string, everyMs: number, make: () => SignalOf<P>): void {
    if (this.#emitted === undefined) this.#broadcaster.throttle(key, everyMs, make);
    else this.#signals.set(key, { everyMs, make });
  }

  /** Tells one socket something that is true just now. Nothing of it is stored. */
  protected tell(socket: Socket, signal: SignalOf<P>): void {
    socket.send(JSON.stringify(signal));
  }

  /** Runs `effect` once for each operation and repeats its answer after that. Without an id there is nothing to repeat. */
  protected once<T>(operation: Omit<Operation, "id"> & { id: string | undefined }, effect: () => T): T {
    const { id } = operation;
    return this.transact(() => (id === undefined ? effect() : this.#operations.once({ ...operation, id }, effect)));
  }

  /** A D1 statement, to be executed once, in order with this party's others. */
  protected sendToD1(statement: Statement, options?: SendOptions): void {
    this.transact(() => this.#outbox.send(D1_LANE, statement, options));
  }

  /** A command of another party, to be applied once, in order with this party's others to the same receiver. */
  protected sendToParty<M extends Methods>(
    to: { party: string; name: string },
    method: keyof M & string,
    input: unknown,
    options?: SendOptions,
  ): void {
    this.transact(() => this.#outbox.send(partyLane(to.party, to.name), { method, input }, options));
  }

  /** A message for a Cloudflare Queue. Queues deliver at least once: the consumer deduplicates by the message's `key`. */
  protected sendToQueue(binding: string, payload: unknown, options?: SendOptions): void {
    this.transact(() => this.#outbox.send(queueLane(binding), payload, options));
  }

  /**
   * Makes everything in the outbox leave now. Not from a job: it waits for the jobs that run.
   * @returns how many rows still wait, because their receiver is away.
   */
  protected async flushOutbox(): Promise<number> {
    this.transact(() => this.#outbox.hurry());
    await this.schedule.run();
    return this.unsent;
  }

  /** How many rows of the outbox wait: who makes many looks at it, so that they do not pile up. */
  protected get unsent(): number {
    return this.#outbox.pending().reduce((sum, lane) => sum + lane.rows, 0);
  }

  /** Slots of statements that D1 has yet to get: what it says of those is old. */
  protected get unsentSlots(): Set<string> {
    return this.#outbox.slots(D1_LANE);
  }

  /** Closes the sockets that `which` picks, hibernating ones included, with this error's frame first, after `farewell`. */
  protected closeSockets(error: PartyError, which: (socket: Socket) => boolean, farewell?: object): number {
    let closed = 0;
    // A copy, for closing changes what is being walked.
    for (const socket of [...this.#sockets.all()]) {
      if (!which(socket)) continue;
      if (farewell !== undefined) socket.send(JSON.stringify(farewell));
      socket.send(this.#errorFrame(error, undefined));
      this.#close(socket, error);
      closed += 1;
    }
    return closed;
  }

  // --- Native entry points: sockets

  /** PartyServer answers for a party that could not start with its stack; nothing of that leaves here. */
  override async fetch(request: Request): Promise<Response> {
    try {
      await this.#started();
    } catch (error) {
      const traceId = this.runtime.token();
      return refuseSocket(toPartyError(error, traceId, { party: this.#address }), traceId);
    }
    return await super.fetch(request);
  }

  /** PartyServer drops the frame that woke a party which could not start; every frame is answered here. */
  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    try {
      await this.#started();
    } catch (error) {
      const failure = toPartyError(error, this.runtime.token(), { party: this.#address });
      socket.send(this.#errorFrame(failure, salvageId(message)));
      return;
    }
    await super.webSocketMessage(socket, message);
  }

  override async onConnect(connection: Connection<SocketAttachment>, { request }: ConnectionContext): Promise<void> {
    try {
      const entry = entryOf(request);
      const { audiences } = await this.enter(entry);
      this.#requireLiveSession(entry.principal);
      this.#broadcaster.flush();
      const socket = this.#sockets.admit(connection, { principal: entry.principal, audiences, batch: entry.batch });
      // Everything until the next await happens at once: no event can slip between the snapshot and what follows it.
      this.#welcome(socket, entry.since);
      this.entered(socket);
    } catch (error) {
      const refusal = toPartyError(error, this.runtime.token(), { party: this.#address });
      const admitted = this.#sockets.get(connection);
      if (admitted !== undefined) this.#sockets.expel(admitted);
      connection.send(this.#errorFrame(refusal, undefined));
      connection.close(refusal.closeCode, refusal.code);
    }
  }

  override onMessage(connection: Connection<SocketAttachment>, message: unknown): void {
    const socket = this.#sockets.get(connection);
    if (socket === undefined) return;
    this.#counters.frames += 1;
    let frameId: string | undefined;
    try {
      this.#sockets.takeFrame(socket);
      const frame = this.#gate.read(message);
      frameId = frame.id;
      const result = this.#handle(socket, frame.parse);
      socket.send(JSON.stringify({ type: "ack", id: frameId, result }));
    } catch (error) {
      this.#refuse(socket, error, frameId ?? salvageId(message));
    }
  }

  override onClose(
    connection: Connection<SocketAttachment>,
    code?: number,
    _reason?: string,
    wasClean?: boolean,
  ): void {
    // PartyServer takes a close without a status for a lost connection, and would leave the peer waiting for an answer.
    if (code === NO_STATUS && wasClean === true) connection.close(1000);
    const socket = this.#sockets.leave(connection);
    if (socket !== undefined) this.left(socket);
  }

  override onError(connection: Connection<SocketAttachment>): void {
    this.onClose(connection);
  }

  // --- Native entry points: calls, deliveries, alarm

  /** The one call that stubs make. @see stubOf */
  async call(request: CallRequest): Promise<CallReply> {
    this.#counters.calls += 1;
    const reply = await this.#calls.call(request, this.#started());
    if (!reply.ok) this.#counters.errors += 1;
    return reply;
  }

  /** Takes rows from another party's outbox, each once. */
  async deliver(source: string, rows: DeliveredRow[]): Promise<DeliveryReply[]> {
    await this.#started();
    return this.#calls.deliver(source, rows);
  }

  override async onAlarm(): Promise<void> {
    await this.schedule.run();
  }

  // --- How it works

  /** Nothing to wait for once `onStart` has ended well; native calls would otherwise skip it. */
  #started(): Promise<void> | undefined {
    return this.#hasStarted ? undefined : this.#start();
  }

  async #start(): Promise<void> {
    await this.__unsafe_ensureInitialized();
    this.#hasStarted = true;
  }

  #requireLiveSession(principal: Socket["principal"]): void {
    if (principal.kind !== "user" || !this.#endedSessions.has(principal.sessionId)) return;
    throw new PartyError("unauthenticated", { message: "This session has ended" });
  }

  /** From here on the socket is gone for this party, whether or not its peer answers the close. */
  #close(socket: Socket, error: PartyError): void {
    this.#sockets.expel(socket);
    socket.close(error.closeCode, error.code);
    this.left(socket);
  }

  #welcome(socket: Socket, since: number | undefined): void {
    const missed = since === undefined ? undefined : this.#events.since(since);
    const { version, greeting } = this.#spec.protocol;
    const userId = socket.principal.kind === "user" ? socket.principal.user.id : null;
    const welcome = { type: "welcome", protocol: version, connectionId: socket.id, userId };
    const seq = this.#events.last();
    if (missed !== undefined) {
      socket.send(JSON.stringify({ ...welcome, seq: since, resumed: true }));
      const heard = missed.filter((event) => socket.hears(event.audience)).map((event) => event.json);
      if (heard.length > 1 && socket.attachment.batch) socket.send(`[${heard.join(",")}]`);
      else for (const json of heard) socket.send(json);
    } else if (since === undefined) {
      const state = this.snapshot(socket);
      socket.send(JSON.stringify(greeting === undefined ? { ...welcome, seq, state } : { ...welcome, seq }));
      if (greeting !== undefined) socket.send(JSON.stringify({ type: greeting, ...(state as object) }));
    } else {
      socket.send(JSON.stringify({ ...welcome, seq }));
      socket.send(JSON.stringify({ type: "resync", seq, state: this.snapshot(socket) }));
    }
  }

  #sendSnapshots(): void {
    this.#mustResync = false;
    this.#broadcaster.flush();
    const seq = this.#events.last();
    for (const socket of [...this.#sockets.all()]) {
      try {
        socket.send(JSON.stringify({ type: "resync", seq, state: this.snapshot(socket) }));
      } catch (error) {
        // The change is committed: only this socket is the worse for it, and gets its snapshot when it comes back.
        this.#close(socket, toPartyError(error, this.runtime.token(), { party: this.#address }));
      }
    }
  }

  #handle(socket: Socket, parseFrame: () => { type: string; id: string; payload: Record<string, unknown> }): unknown {
    if (socket.principal.kind !== "user") throw new PartyError("unauthenticated", { message: "Sign in to take part" });
    const frame = parseFrame();
    const handler = this.frames[frame.type as keyof P["frames"]];
    // The gate has parsed the payload with this very frame's schema.
    const effect = () => handler(frame.payload as never, socket);
    return this.#spec.protocol.frames[frame.type]?.transient
      ? effect()
      : this.once({ actor: socket.actor, kind: frame.type, id: frame.id }, effect);
  }

  #refuse(socket: Socket, thrown: unknown, frameId: string | undefined): void {
    this.#counters.errors += 1;
    const error = toPartyError(thrown, this.runtime.token(), { party: this.#address });
    socket.send(this.#errorFrame(error, frameId));
    if (isNuisance(error) && !socket.forgives(error, this.runtime.now())) this.#close(socket, error);
  }

  #errorFrame(error: PartyError, id: string | undefined): string {
    const { code, message, retryAfterMs, issues, traceId } = error;
    return JSON.stringify({
      type: "error",
      id,
      code,
      message,
      retryAfterMs,
      issues,
      traceId: traceId ?? this.runtime.token(),
    });
  }

  /** Jobs that every party has. */
  readonly #ownJobs: Jobs = {
    outbox: job(z.object({ lane: z.string() }), async ({ lane }) => await this.#outbox.deliver(lane)),
  };

  /** Methods that every party answers. */
  readonly #ownMethods: PartyOwnMethods = ownMethods({
    inspect: () => this.#inspect(),
    retryJob: (id) => this.schedule.retry(id),
    closeSession: (who) => this.#closeSession(who),
  });

  #closeSession({ userId, sessionId, ended }: SessionToClose): void {
    if (ended && sessionId !== null) this.#endedSessions.add(sessionId);
    const error = ended
      ? new PartyError("unauthenticated", { message: "This session has ended" })
      : new PartyError("unavailable", { message: "This session has many newer sockets elsewhere" });
    const closed = this.closeSockets(
      error,
      ({ principal }) =>
        principal.kind === "user" &&
        principal.user.id === userId &&
        (sessionId === null || principal.sessionId === sessionId),
      ended ? { type: "logged_out" } : undefined,
    );
    log("info", "sockets.revoked", { party: this.#address, closed });
  }

  #inspect(): PartyInspection {
    const sockets = [...this.#sockets.all()];
    return {
      address: this.#address,
      protocol: this.#spec.protocol.version,
      sockets: {
        open: sockets.length,
        people: this.people,
        anonymous: sockets.filter((socket) => socket.principal.kind === "anonymous").length,
      },
      counters: { ...this.#counters },
      events: this.#events.range(),
      jobs: this.schedule.list(),
      outbox: { pending: this.#outbox.pending(), dead: this.#outbox.deadLetters() },
      storageBytes: this.ctx.storage.sql.databaseSize,
    };
  }
}

/** What a close frame without a code is reported as (RFC 6455 7.1.5). */
const NO_STATUS = 1005;

/** Errors that the sender is to blame for: enough of them end the socket. Refusals of well-formed frames are not. */
function isNuisance(error: PartyError): boolean {
  return error.code === "bad_request" || error.code === "too_large" || error.code === "rate_limited";
}

/** What waits runs after its transaction, which would commit half of it. */
function requireSynchronous<T>(result: T): T {
  if (result instanceof Promise)
    throw new TypeError("Handlers and commands are synchronous; use the outbox or a job to wait");
  return result;
}
