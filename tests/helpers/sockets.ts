import { env, exports } from "cloudflare:workers";
import { onTestFinished } from "vitest";
import { type Destination, openSocket as openDoor } from "../../parties/kernel/index.ts";
import type { ErrorCode } from "../../schema/errors.ts";
import { ANONYMOUS, type Principal } from "../../schema/principal.ts";

/** How long a test waits for a frame before it fails: far longer than any takes on a busy machine. */
const DEADLINE_MS = 15_000;

/** Any frame from a server. Tests look at the fields that they expect. */
export interface Frame {
  type: string;
  id?: string;
  seq?: number;
  code?: ErrorCode;
  [field: string]: unknown;
}

interface Common extends Destination {
  /** The last `seq` seen, to resume. A string goes out as it is. */
  since?: number | string;
  /** Whether the socket takes arrays of frames. */
  batch?: boolean;
}

/**
 * How a socket proves itself: as a principal that the edge has vouched for (the edge is left out), or through the
 * whole worker with what a browser or a program sends.
 */
export type SocketOptions = Common &
  (
    | { principal?: Principal }
    | {
        host: string;
        cookie?: string;
        bearer?: string;
        ticket?: string;
        origin?: string | null;
        headers?: Record<string, string>;
      }
  );

/** Opens a socket and answers when the upgrade was answered. It is closed when the running test ends. */
export async function openSocket(options: SocketOptions): Promise<TestSocket> {
  const response = "host" in options ? await throughTheWorker(options) : await throughTheDoor(options);
  if (response.webSocket === null) {
    throw new Error(`The upgrade was answered ${response.status}: ${await response.text()}`);
  }
  const socket = new TestSocket(response.webSocket);
  onTestFinished(async () => {
    socket.close();
    // Its party still hears of the close: better now than when the worker is being torn down.
    await socket.closed;
  });
  return socket;
}

/** Opens a socket and takes its welcome. */
export async function join(options: SocketOptions): Promise<TestSocket> {
  const socket = await openSocket(options);
  await socket.next("welcome");
  return socket;
}

async function throughTheDoor(options: Common & { principal?: Principal }): Promise<Response> {
  const request = new Request(urlOf(options, "localhost"), { headers: { upgrade: "websocket" } });
  return await openDoor(request, env, options, options.principal ?? ANONYMOUS);
}

async function throughTheWorker(options: Extract<SocketOptions, { host: string }>): Promise<Response> {
  const url = urlOf(options, options.host);
  if (options.ticket !== undefined) url.searchParams.set("ticket", options.ticket);
  const headers = new Headers({ upgrade: "websocket", ...options.headers });
  const origin = options.origin === undefined ? url.origin : options.origin;
  if (origin !== null) headers.set("origin", origin);
  if (options.cookie !== undefined) headers.set("cookie", options.cookie);
  if (options.bearer !== undefined) headers.set("authorization", `Bearer ${options.bearer}`);
  return await exports.default.fetch(new Request(url, { headers }));
}

function urlOf({ party, name, since, batch }: Common, host: string): URL {
  const url = new URL(`http://${host}/parties/${party}/${name}`);
  if (since !== undefined) url.searchParams.set("since", String(since));
  if (batch === true) url.searchParams.set("batch", "1");
  return url;
}

/** The client's end of a socket, with frames that wait until they are asked for. */
export class TestSocket {
  /** Every frame that came, in order; arrays are taken apart. */
  readonly frames: Frame[] = [];
  /** Every message that came, as text. */
  readonly messages: string[] = [];
  /** Resolves when the server has closed the socket, or has confirmed that the test did. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;
  readonly #untaken: Frame[] = [];
  readonly #waiting: {
    wanted: (frame: Frame) => boolean;
    take: (frame: Frame) => void;
    fail: (error: Error) => void;
  }[] = [];
  #end: { code: number; reason: string } | undefined;
  #sent = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#receive(String(data)));
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => {
        this.#end = { code, reason };
        for (const { fail } of this.#waiting.splice(0)) fail(this.#missing("a frame"));
        resolve(this.#end);
      });
    });
    socket.accept();
  }

  /**
   * The first frame of this type that was not taken yet, now or when it comes.
   * @throws Error with all that did come, when the socket closes first or the deadline passes.
   */
  async next(type: string): Promise<Frame> {
    return await this.#take(`a frame "${type}"`, (frame) => frame.type === type);
  }

  /** Sends a frame, with an id of its own unless it has one, and answers that id. */
  send(frame: { type: string; [field: string]: unknown }): string {
    const id = typeof frame["id"] === "string" ? frame["id"] : `${crypto.randomUUID()}-${(this.#sent += 1)}`;
    this.sendRaw(JSON.stringify({ ...frame, id }));
    return id;
  }

  /** Sends anything at all. */
  sendRaw(message: string | ArrayBuffer): void {
    this.#socket.send(message);
  }

  /** The `ack` or `error` that answers a frame. */
  async answer(id: string): Promise<Frame> {
    return await this.#take(
      `the answer to ${id}`,
      (frame) => (frame.type === "ack" || frame.type === "error") && frame.id === id,
    );
  }

  /** Sends a frame and waits for its answer. */
  async ask(frame: { type: string; [field: string]: unknown }): Promise<Frame> {
    return await this.answer(this.send(frame));
  }

  /** The frames of one type that came so far, taken or not. */
  all(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  get isOpen(): boolean {
    return this.#end === undefined;
  }

  /** `null` sends a close frame without a code, as browsers do by default. */
  close(code: number | null = 1000): void {
    if (this.#end === undefined) this.#socket.close(code ?? undefined);
  }

  #receive(text: string): void {
    this.messages.push(text);
    if (text === "pong") return this.#keep({ type: "pong" });
    const content = JSON.parse(text) as Frame | Frame[];
    for (const frame of Array.isArray(content) ? content : [content]) this.#keep(frame);
  }

  #keep(frame: Frame): void {
    this.frames.push(frame);
    const index = this.#waiting.findIndex(({ wanted }) => wanted(frame));
    if (index === -1) this.#untaken.push(frame);
    else this.#waiting.splice(index, 1)[0]?.take(frame);
  }

  #take(what: string, wanted: (frame: Frame) => boolean): Promise<Frame> {
    const index = this.#untaken.findIndex(wanted);
    const [frame] = index === -1 ? [] : this.#untaken.splice(index, 1);
    if (frame !== undefined) return Promise.resolve(frame);
    if (this.#end !== undefined) return Promise.reject(this.#missing(what));
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => reject(this.#missing(what)), DEADLINE_MS);
      this.#waiting.push({
        wanted,
        take: (found) => (clearTimeout(deadline), resolve(found)),
        fail: (error) => (clearTimeout(deadline), reject(error)),
      });
    });
  }

  #missing(what: string): Error {
    const end =
      this.#end === undefined ? "the socket is open" : `the socket closed with ${this.#end.code} ${this.#end.reason}`;
    return new Error(
      `Waited for ${what}; ${end}; came: ${JSON.stringify(this.frames.map(({ type, id, seq, code }) => ({ type, id, seq, code })))}`,
    );
  }
}
