import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import { Mailbox } from "./mailbox.ts";

interface SentFrame {
  id: string;
  type: string;
  [field: string]: unknown;
}

/** The server's end of one socket, played by the test. */
export class ScriptedSocket {
  readonly url: URL;
  readonly #socket: WebSocket;
  readonly #frames = new Mailbox<SentFrame>();
  readonly #pings = new Mailbox<string>();
  readonly closed: Promise<number>;

  constructor(socket: WebSocket, url: URL) {
    this.url = url;
    this.#socket = socket;
    socket.on("message", (data: Buffer) => {
      const text = data.toString();
      if (text === "ping") this.#pings.put(text);
      else this.#frames.put(JSON.parse(text) as SentFrame);
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", resolve);
    });
  }

  /** The next frame that the client sends. */
  frame(): Promise<SentFrame> {
    return this.#frames.take();
  }

  async frames(count: number): Promise<SentFrame[]> {
    const frames: SentFrame[] = [];
    while (frames.length < count) frames.push(await this.frame());
    return frames;
  }

  /** The client's next ping. */
  ping(): Promise<string> {
    return this.#pings.take();
  }

  get unreadFrames(): readonly SentFrame[] {
    return this.#frames.unread;
  }

  /** Sends one message: a frame, or an array of them. */
  send(message: unknown): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  welcome(more: { seq: number; state?: unknown; resumed?: true; userId?: string | null }): void {
    this.send({ type: "welcome", protocol: 1, connectionId: "c1", ...more });
  }

  ack(id: string, result: unknown = {}): void {
    this.send({ type: "ack", id, result });
  }

  refuse(id: string, code: string, more: object = {}): void {
    this.send({ type: "error", id, code, message: code, traceId: "t1", ...more });
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  /** Cuts the connection without a closing handshake, as a dying server does. */
  cut(): void {
    this.#socket.terminate();
  }
}

type Answer = { status: number; body?: unknown };

/** A real server on loopback that does only what the test says. */
export class ScriptedServer {
  readonly requests: { path: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  /** How HTTP requests are answered; 404 by default. */
  answer: (path: string) => Answer = () => ({ status: 404 });
  readonly #sockets = new Mailbox<ScriptedSocket>();
  readonly #http = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const path = request.url ?? "/";
      this.requests.push({ path, headers: request.headers, body });
      const answer = this.answer(path);
      response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body ?? {}));
    });
  });
  readonly #upgrades = new WebSocketServer({ server: this.#http });

  static async start(): Promise<ScriptedServer> {
    const server = new ScriptedServer();
    server.#upgrades.on("connection", (socket, request) => {
      server.#sockets.put(new ScriptedSocket(socket, new URL(request.url ?? "/", "ws://localhost")));
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.#http.listen(0, "127.0.0.1", resolve);
    await promise;
    return server;
  }

  get host(): string {
    return `127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** The next socket that a client opens. */
  socket(): Promise<ScriptedSocket> {
    return this.#sockets.take();
  }

  /** Sockets that were opened and not taken by the test. */
  get unreadSockets(): readonly ScriptedSocket[] {
    return this.#sockets.unread;
  }

  async stop(): Promise<void> {
    for (const socket of this.#upgrades.clients) socket.terminate();
    this.#upgrades.close();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#http.close(() => resolve());
    await promise;
  }
}
