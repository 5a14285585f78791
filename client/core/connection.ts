import ReconnectingWebSocket from "partysocket/ws";
import type { ErrorCode } from "../../schema/errors.ts";
import { FLOOD_DELAY_MS, reconnectDelayMs } from "./backoff.ts";
import type { Environment } from "./environment.ts";
import { ClientError, closesWith, codeOfClose } from "./errors.ts";

/** From the first step of connecting to the server's welcome. */
export const CONNECT_TIMEOUT_MS = 15_000;
/** Shorter than the idle time after which common proxies cut a connection (60 s). */
export const PING_INTERVAL_MS = 30_000;
export const PONG_TIMEOUT_MS = 10_000;
/** The browser itself says that it is offline: silence needs less proof then. */
export const OFFLINE_PONG_TIMEOUT_MS = 2_000;
/** A connection that lived this long was a good one: the next drop starts from the shortest wait again. */
export const STABLE_AFTER_MS = 10_000;

/**
 * - `connecting`: for the first time. `live`: welcomed. `reconnecting`: lost, and being restored.
 * - `closed`: for good, by us or because the server gave a reason that trying again does not change.
 */
export type ConnectionStatus = "connecting" | "live" | "reconnecting" | "closed";

export interface ConnectionOptions {
  readonly environment: Environment;
  /** Builds the URL of one attempt. A ClientError counts as the server's refusal. */
  url(signal: AbortSignal): Promise<string>;
  /** Renews a refused credential; false when that is not possible. */
  refresh(): Promise<boolean>;
  /** Every text message but pongs. */
  message(text: string): void;
  /** The status changed. `error` comes with a `closed` that the server caused. */
  changed(status: ConnectionStatus, error: ClientError | undefined): void;
}

/** Codes after which trying again would only repeat the refusal. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "bad_request",
  "forbidden",
  "not_found",
  "conflict",
  "gone",
  "too_large",
  "unprocessable",
]);

const TIMERS = ["connect", "retry", "ping", "pong", "stable"] as const;
type TimerName = (typeof TIMERS)[number];

/**
 * One socket that is kept alive: it dials, pings, notices silence, waits and dials again. Each attempt is one
 * ReconnectingWebSocket with its own retries off, whose schedule has no jitter and starts at three seconds.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #environment: Environment;
  #status: ConnectionStatus = "connecting";
  #socket: ReconnectingWebSocket | undefined;
  /** Ends what an attempt has started but not finished; a new one for each attempt. */
  #attempt = new AbortController();
  #failures = 0;
  #refreshed = false;
  /** What the server said without naming a frame, which explains the close that follows. */
  #complaint: ClientError | undefined;
  readonly #cancel: Partial<Record<TimerName, () => void>> = {};

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#environment = options.environment;
  }

  /** Starts in a microtask, so that a caller that changes its mind at once (React's StrictMode) costs no socket. */
  start(): void {
    queueMicrotask(() => {
      if (this.#status === "closed") return;
      this.#environment.network?.addEventListener("online", this.#online);
      this.#environment.network?.addEventListener("offline", this.#offline);
      void this.#dial();
    });
  }

  /** Sends text on the live connection. */
  send(text: string): void {
    this.#socket?.send(text);
  }

  /** The server has welcomed us: from here on frames may be sent. */
  welcomed(): void {
    this.#stop("connect");
    this.#after("stable", STABLE_AFTER_MS, () => {
      this.#failures = 0;
      this.#refreshed = false;
    });
    this.#setStatus("live");
  }

  /** Leaves the connection and dials at once, with a new URL. */
  redial(): void {
    this.#hangUp();
    this.#setStatus("reconnecting");
    void this.#dial();
  }

  /** Keeps an error that named no frame, to explain a close that may follow. */
  complained(error: ClientError): void {
    this.#complaint = error;
  }

  /** Ends it for good and leaves no timer and no listener behind. */
  close(error?: ClientError): void {
    if (this.#status === "closed") return;
    this.#hangUp();
    this.#environment.network?.removeEventListener("online", this.#online);
    this.#environment.network?.removeEventListener("offline", this.#offline);
    this.#setStatus("closed", error);
  }

  async #dial(): Promise<void> {
    this.#stop("retry");
    this.#complaint = undefined;
    const { signal } = (this.#attempt = new AbortController());
    this.#after("connect", CONNECT_TIMEOUT_MS, () => this.#lost());
    try {
      const url = await this.#options.url(signal);
      if (!signal.aborted) this.#open(url);
    } catch (error) {
      if (!signal.aborted) this.#refused(error instanceof ClientError ? error : undefined);
    }
  }

  #open(url: string): void {
    const socket = new ReconnectingWebSocket(url, undefined, {
      maxRetries: 0,
      connectionTimeout: 2 * CONNECT_TIMEOUT_MS, // Ours comes first.
    });
    this.#socket = socket;
    const { signal } = this.#attempt;
    socket.addEventListener("open", () => this.#opened(socket), { signal });
    socket.addEventListener("message", ({ data }) => this.#heard(data), { signal });
    socket.addEventListener("close", ({ code }) => this.#refused(this.#reasonOf(code)), { signal });
  }

  /**
   * Says something at once: workerd leaves a hibernating socket that has never sent anything open for some ten seconds
   * after the party has closed it.
   */
  #opened(socket: ReconnectingWebSocket): void {
    socket.send("ping");
    this.#keepAlive();
  }

  #heard(data: unknown): void {
    this.#stop("pong");
    if (typeof data === "string" && data !== "pong") this.#options.message(data);
  }

  /** What the server said before it closed with `code`, or what the code alone says. */
  #reasonOf(code: number): ClientError | undefined {
    if (this.#complaint !== undefined && closesWith(this.#complaint.code, code)) return this.#complaint;
    const meaning = codeOfClose(code);
    return meaning === undefined ? undefined : new ClientError(meaning);
  }

  /** The attempt or the connection ended; `error` is what the server gave as its reason. */
  #refused(error: ClientError | undefined): void {
    if (error?.code === "unauthenticated") void this.#renew(error);
    else if (error !== undefined && FINAL.has(error.code)) this.close(error);
    else this.#lost(Math.max(error?.retryAfterMs ?? 0, error?.code === "rate_limited" ? FLOOD_DELAY_MS : 0));
  }

  #lost(atLeastMs = 0): void {
    this.#hangUp();
    this.#setStatus("reconnecting");
    const delayMs = atLeastMs + reconnectDelayMs(this.#failures, this.#environment.random);
    this.#failures += 1;
    this.#after("retry", delayMs, () => void this.#dial());
  }

  /** Renews the credential once; a second refusal before the connection was stable is final. */
  async #renew(error: ClientError): Promise<void> {
    if (this.#refreshed) return this.close(error);
    this.#hangUp();
    this.#setStatus("reconnecting");
    this.#refreshed = true;
    const { signal } = (this.#attempt = new AbortController());
    try {
      const renewed = await this.#options.refresh();
      if (signal.aborted) return;
      if (!renewed) return this.close(error);
      void this.#dial();
    } catch {
      if (signal.aborted) return;
      this.#refreshed = false; // The server was not reached, so the credential was not judged.
      this.#lost();
    }
  }

  #hangUp(): void {
    this.#attempt.abort();
    for (const name of TIMERS) this.#stop(name);
    this.#socket?.close();
    this.#socket = undefined;
  }

  #keepAlive(): void {
    this.#after("ping", PING_INTERVAL_MS, () => {
      this.#probe();
      this.#keepAlive();
    });
  }

  /** Asks the server for a sign of life; silence means the connection is gone although nobody said so. */
  #probe(): void {
    const socket = this.#socket;
    if (socket?.readyState !== ReconnectingWebSocket.OPEN) return;
    socket.send("ping");
    if (this.#cancel.pong === undefined) this.#after("pong", PONG_TIMEOUT_MS, () => this.#lost());
  }

  readonly #offline = (): void => {
    this.#probe();
    if (this.#cancel.pong !== undefined) this.#after("pong", OFFLINE_PONG_TIMEOUT_MS, () => this.#lost());
  };

  readonly #online = (): void => {
    const floods = this.#complaint?.code === "rate_limited";
    if (this.#cancel.retry !== undefined && !floods) void this.#dial();
    else this.#probe();
  };

  #setStatus(status: ConnectionStatus, error?: ClientError): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#options.changed(status, error);
  }

  #after(name: TimerName, delayMs: number, task: () => void): void {
    this.#stop(name);
    this.#cancel[name] = this.#environment.clock.after(delayMs, () => {
      delete this.#cancel[name];
      task();
    });
  }

  #stop(name: TimerName): void {
    this.#cancel[name]?.();
    delete this.#cancel[name];
  }
}
