import type { IncomingHttpHeaders } from "node:http";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { send } from "../../scripts/lib/http.ts";
import { type Site, tokenFor } from "./harness.ts";

/** How long a test waits for what must come: far longer than any takes on a busy machine. */
const DEADLINE_MS = 5_000;

/** An answer as a program in any language sees it. */
export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body parsed; null when there is none or it is not JSON. */
  json: unknown;
}

export interface Call {
  /** The site's subdomain; without it the apex is asked. */
  on?: string;
  token?: string;
  headers?: Record<string, string>;
  body?: unknown;
}

export type Caller = (method: string, path: string, call?: Call) => Promise<Reply>;

/** Requests to one site's server, told apart by `Host` only. */
export function callerOf(site: Site): Caller {
  return async (method, path, { on, token, headers, body } = {}) => {
    const proof = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await send(method, new URL(path, site.origin(on)), { ...proof, ...headers }, body);
    return { status: answer.status, headers: answer.headers, text: answer.body, json: jsonOf(answer.body) };
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Somebody new, signed in on a session of their own. */
export async function newcomer(site: Site, name: string) {
  const email = `${name.toLowerCase()}.${crypto.randomUUID()}@understory.example`;
  return { ...(await tokenFor(site, { email, name })), email, name };
}

/** Any frame from a server. Tests look at the fields that they expect. */
const frameSchema = z.looseObject({ type: z.string(), id: z.string().optional(), seq: z.number().optional() });
export type WireFrame = z.infer<typeof frameSchema>;

export interface SocketCall {
  on: string;
  token?: string;
  cookie?: string;
  /** By default the site's own, as a browser sends it; null leaves it out. */
  origin?: string | null;
}

/**
 * A socket that ends with the close frame, the server's or its own. workerd keeps the connection below a closed socket
 * for another 10 s, until the party hibernates, and `ws` would wait for that.
 */
class PromptSocket extends WebSocket {
  /** `ws` itself calls this when the server's close frame comes. */
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason);
    this.terminate();
  }
}

/** A socket as a program in any language sees it. */
export class Wire {
  readonly #socket: WebSocket;
  readonly #messages: string[] = [];
  readonly #frames: WireFrame[] = [];
  #taken = 0;
  #wake = Promise.withResolvers<void>();
  /** How it was closed. */
  readonly closed: Promise<{ code: number; at: number }>;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once("close", (code) => resolve({ code, at: performance.now() }));
    });
    socket.on("message", (data: Buffer) => {
      const text = data.toString("utf8");
      this.#messages.push(text);
      const json = jsonOf(text);
      this.#frames.push(
        ...(Array.isArray(json) ? json : [json]).flatMap((one) => frameSchema.safeParse(one).data ?? []),
      );
      this.#wake.resolve();
      this.#wake = Promise.withResolvers<void>();
    });
  }

  /** Every message so far, as it came. */
  get messages(): readonly string[] {
    return this.#messages;
  }

  /** Every frame so far. */
  get frames(): readonly WireFrame[] {
    return this.#frames;
  }

  send(frame: unknown): void {
    const isRaw = typeof frame === "string" || frame instanceof Uint8Array;
    this.#socket.send(isRaw ? frame : JSON.stringify(frame));
  }

  /** Sends a frame and answers its `ack` or `error`. */
  async ask(frame: { type: string; id: string; [field: string]: unknown }): Promise<WireFrame> {
    const from = this.#frames.length;
    this.send(frame);
    return await this.#find((one) => one.id === frame.id, from);
  }

  /** The next frame of this type among those that were not taken yet; those before it are passed over. */
  async next(type?: string): Promise<WireFrame> {
    const frame = await this.#find((one) => type === undefined || one.type === type, this.#taken);
    this.#taken = this.#frames.indexOf(frame) + 1;
    return frame;
  }

  /** Waits until a message with exactly this text has come. */
  async hears(text: string): Promise<void> {
    await this.#until(() => this.#messages.includes(text), `the text ${text}`);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }

  async #find(isIt: (frame: WireFrame) => boolean, from: number): Promise<WireFrame> {
    let found: WireFrame | undefined;
    await this.#until(() => (found = this.#frames.slice(from).find(isIt)) !== undefined, "a frame");
    if (found === undefined) throw new Error("unreachable: the wait ends with a frame");
    return found;
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    const late = AbortSignal.timeout(DEADLINE_MS);
    const gaveUp = new Promise<never>((_, reject) => {
      late.addEventListener("abort", () => {
        reject(new Error(`waited in vain for ${what}; got ${this.#messages.join("\n")}`));
      });
    });
    gaveUp.catch(() => {});
    while (!isSo()) await Promise.race([this.#wake.promise, gaveUp]);
  }
}

/** Opens a socket; it is closed when the running test ends. */
export async function connect(site: Site, path: string, call: SocketCall): Promise<Wire> {
  const { on, token, cookie, origin = site.origin(on) } = call;
  const { host } = new URL(site.origin(on));
  const socket = new PromptSocket(`ws://127.0.0.1:${site.server.port}${path}`, {
    headers: {
      host,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(cookie !== undefined && { cookie }),
      ...(origin !== null && { origin }),
    },
  });
  const wire = new Wire(socket);
  await new Promise<void>((open, fail) => {
    socket.once("open", open);
    socket.once("error", fail);
  });
  socket.on("error", () => {});
  onTestFinished(async () => {
    socket.terminate();
    await wire.closed;
  });
  return wire;
}
