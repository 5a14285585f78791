import type { Environment } from "./environment.ts";
import { errorOfResponse } from "./errors.ts";

/**
 * How the client proves who it is.
 *
 * - `cookie`: the browser sends the session's cookie by itself; refreshed by `POST /auth/refresh`.
 * - `bearer`: `token` gives the current access token, `refresh` a new one after the current was refused.
 *   A socket cannot carry the token in a browser, so each connection buys a single-use ticket with it.
 */
export type Auth =
  | { kind: "cookie" }
  | { kind: "bearer"; token(): Promise<string> | string; refresh?(): Promise<string> };

/** The credential that all connections of one client share. */
export class Credentials {
  readonly #auth: Auth;
  readonly #fetch: Environment["fetch"];
  readonly #origin: () => string;
  #renewed: string | undefined;
  #refreshing: Promise<boolean> | undefined;

  /** @param origin where the HTTP routes are, such as "https://alice.example" */
  constructor(auth: Auth, fetch: Environment["fetch"], origin: () => string) {
    this.#auth = auth;
    this.#fetch = fetch;
    this.#origin = origin;
  }

  /**
   * What to put in a socket's URL, or undefined when the cookie is enough.
   * @throws ClientError when the ticket is refused, any other error when the server is not reached
   */
  async ticket(party: string, name: string, signal: AbortSignal): Promise<string | undefined> {
    if (this.#auth.kind === "cookie") return undefined;
    const token = await this.#token();
    this.#renewed = undefined;
    const response = await this.#fetch(`${this.#origin()}/api/tickets`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ party, name }),
      signal,
    });
    if (!response.ok) throw await errorOfResponse(response);
    const { ticket } = (await response.json()) as { ticket: string };
    return ticket;
  }

  /**
   * Asks the server as whoever this is, and resolves with the answer's JSON, or undefined where it has no body. A refused
   * credential is renewed once.
   * @throws ClientError with the server's code, any other error when the server is not reached
   */
  async call(method: string, path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const ask = async (): Promise<Response> => {
      const token = await this.#token();
      return await this.#fetch(`${this.#origin()}${path}`, {
        method,
        headers: {
          accept: "application/json",
          "content-type": "application/json",
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        credentials: "same-origin",
        body: JSON.stringify(body),
        signal,
      });
    };
    let response = await ask();
    if (response.status === 401 && (await this.refresh())) response = await ask();
    if (!response.ok) throw await errorOfResponse(response);
    const text = await response.text();
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  }

  /**
   * Asks the server whose credential this is.
   * @throws ClientError when it is refused, any other error when the server is not reached
   */
  async userId(signal: AbortSignal): Promise<string> {
    const token = await this.#token();
    const response = await this.#fetch(`${this.#origin()}/api/me`, {
      headers: { accept: "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      credentials: "same-origin",
      signal,
    });
    if (!response.ok) throw await errorOfResponse(response);
    const { user } = (await response.json()) as { user: { id: string } };
    return user.id;
  }

  /**
   * Renews the credential; concurrent callers share one request. False when it cannot be renewed.
   * @throws when the server could not be asked, which says nothing about the credential
   */
  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** The access token to show, if it is not the browser that shows the cookie. */
  async #token(): Promise<string | undefined> {
    if (this.#auth.kind === "cookie") return undefined;
    return this.#renewed ?? (await this.#auth.token());
  }

  async #refresh(): Promise<boolean> {
    if (this.#auth.kind === "bearer") {
      if (this.#auth.refresh === undefined) return false;
      this.#renewed = await this.#auth.refresh();
      return true;
    }
    const response = await this.#fetch(`${this.#origin()}/auth/refresh`, {
      method: "POST",
      credentials: "same-origin",
      // The answer carries the next cookie, which must not be lost to the reader's leaving the page.
      keepalive: true,
    });
    if (response.status === 429 || response.status >= 500) throw await errorOfResponse(response);
    return response.ok;
  }
}
