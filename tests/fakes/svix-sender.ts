/**
 * Sends webhooks as Svix does (the Standard Webhooks scheme): at least once, in no order, until it is answered 2xx or its
 * schedule is used up. Runs in Node and in workerd.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How long it waits before each try, as Svix publishes it. */
export const TRIES_AFTER_MS: readonly number[] = [
  0,
  5_000,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  10 * HOUR_MS,
];
/** How long it waits for an answer. */
const TIMEOUT_MS = 15_000;

/** Something to tell: the same on each try. */
export interface Message {
  id: string;
  body: string;
}

/** One request as it goes out. */
export interface SvixRequest {
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer>;
}

export interface SvixSenderOptions {
  /** `whsec_...`. While one takes another's place there are two, and each signs. */
  secrets: readonly string[];
  /** Delivers a request. Answers the status; a connection that breaks is a rejection. */
  post: (request: SvixRequest) => Promise<number>;
  /** Lets this many milliseconds pass. Without it they pass at once. */
  wait?: (ms: number) => Promise<void> | void;
  /** Milliseconds since 1970; by default the machine's. */
  now?: () => number;
}

/** What came of a message: the status of each try, null where there was no answer. The last is 2xx unless it gave up. */
export type Tries = (number | null)[];

export class SvixSender {
  readonly #options: Required<SvixSenderOptions>;

  constructor(options: SvixSenderOptions) {
    this.#options = { wait: () => undefined, now: () => Date.now(), ...options };
  }

  /** Sends a message until it is taken. */
  async send(message: Message): Promise<Tries> {
    const tries: Tries = [];
    for (const waitMs of TRIES_AFTER_MS) {
      if (waitMs > 0) await this.#options.wait(waitMs);
      const status = await this.attempt(message);
      tries.push(status);
      if (status !== null && status >= 200 && status < 300) break;
    }
    return tries;
  }

  /**
   * Sends each of these so many times, in a chance order and several side by side. Answers the tries of each delivery.
   */
  async sendMany(
    messages: readonly Message[],
    { copies = 1, atOnce = Infinity }: { copies?: number; atOnce?: number } = {},
  ): Promise<Tries[]> {
    const waiting = shuffled(Array.from({ length: copies }, () => messages).flat());
    const done: Tries[] = [];
    const lane = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) done.push(await this.send(next));
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, waiting.length) }, lane));
    return done;
  }

  /** One try: signed anew, for its time is part of what is signed. */
  async attempt(message: Message): Promise<number | null> {
    const request = await signed(message, this.#options.secrets, Math.floor(this.#options.now() / 1_000));
    const answer = this.#options.post(request).catch(() => null);
    return await Promise.race([answer, noAnswer()]);
  }
}

/** A request with the signatures of all secrets, at a time in seconds since 1970. */
export async function signed({ id, body }: Message, secrets: readonly string[], sentAt: number): Promise<SvixRequest> {
  const bytes = new TextEncoder().encode(body);
  const signatures = await Promise.all(
    secrets.map(async (secret) => await signatureOf(id, String(sentAt), bytes, secret)),
  );
  const headers = {
    "content-type": "application/json",
    "user-agent": "Svix-Webhooks/1.80",
    "svix-id": id,
    "svix-timestamp": String(sentAt),
    "svix-signature": signatures.join(" "),
  };
  return { headers, body: bytes };
}

/** `v1,` and the base64 of HMAC-SHA256 over id, time and the very bytes. */
export async function signatureOf(id: string, sentAt: string, body: Uint8Array, secret: string): Promise<string> {
  const key = bytesOf(atob(secret.replace(/^whsec_/, "")));
  const hmac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const head = new TextEncoder().encode(`${id}.${sentAt}.`);
  const content = new Uint8Array([...head, ...body]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", hmac, content));
  return `v1,${btoa(String.fromCharCode(...mac))}`;
}

/** A secret as Svix makes them: 24 random bytes. */
export function newSecret(): string {
  return `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24))))}`;
}

export function newMessage(body: unknown): Message {
  const id = `msg_${crypto.randomUUID().replaceAll("-", "")}`;
  return { id, body: typeof body === "string" ? body : JSON.stringify(body) };
}

function bytesOf(binary: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

async function noAnswer(): Promise<null> {
  return await new Promise((resolve) => {
    AbortSignal.timeout(TIMEOUT_MS).addEventListener("abort", () => resolve(null));
  });
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
