import type { PostProtocol } from "../../schema/parties/post.ts";
import type { SessionProtocol } from "../../schema/parties/session.ts";
import type { TenantProtocol } from "../../schema/parties/tenant.ts";
import type { Protocol } from "../../schema/protocol.ts";
import { Credentials, type Auth } from "./auth.ts";
import { environmentOf, type Clock, type Environment } from "./environment.ts";
import { Party, type PartyModel } from "./party.ts";
import { PartyHandle } from "./party-handle.ts";
import { postModel } from "./post-state.ts";
import { sessionModel } from "./session-state.ts";
import { tenantModel } from "./tenant-state.ts";

export interface ClientOptions {
  /** Host and port of the server. Defaults to the page's own. */
  host?: string;
  /** Whether to use TLS. Defaults to what the page uses, and to true where there is no page. */
  secure?: boolean;
  /** Defaults to the browser's cookie. */
  auth?: Auth;
  /** Parts of the environment to replace, for tests. */
  environment?: Partial<Environment>;
}

/** One connection to the live side of a server, for as many parties as are asked for. */
export interface Client {
  /** A handle to one post. Handles to the same post share a socket; close each of them. */
  post(tenant: string, postId: string): PartyHandle<PostProtocol>;
  /**
   * A handle to one person's devices. Without a user id it is the caller's own, whose id is asked of the server first.
   * Handles that were asked for in the same way share a socket; close each of them.
   */
  session(userId?: string): PartyHandle<SessionProtocol>;
  /** A handle to one site's dashboard, for its owners. Handles to the same site share a socket; close each of them. */
  tenant(subdomain: string): PartyHandle<TenantProtocol>;
  /**
   * Changes something over HTTP, with the credential of this client, and resolves with the answer's JSON.
   * @param path from the host on, such as "/api/me"
   * @throws ClientError with the server's code, any other error when the server is not reached
   */
  call(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body: unknown, signal: AbortSignal): Promise<unknown>;
  /** What this client lives by. */
  readonly clock: Clock;
  readonly random: Environment["random"];
  readonly network: Environment["network"];
}

/** Stands for "my own" among the names of session parties. No name is built like this. */
const OWN = "?";

/** Makes a client. Nothing is opened, and no window is looked for, before the first party is asked for. */
export function createClient(options: ClientOptions = {}): Client {
  const environment = environmentOf(options.environment);
  const host = (): string => options.host ?? location.host;
  const secure = (): boolean => options.secure ?? (typeof location === "undefined" || location.protocol === "https:");
  const tls = (): string => (secure() ? "s" : "");
  const credentials = new Credentials(
    options.auth ?? { kind: "cookie" },
    environment.fetch,
    () => `http${tls()}://${host()}`,
  );

  const connect = <P extends Protocol>(
    model: PartyModel<P>,
    nameOf: (signal: AbortSignal) => Promise<string> | string,
  ): Party<P> =>
    new Party(model, {
      environment,
      refresh: () => credentials.refresh(),
      url: async (signal, since) => {
        const name = await nameOf(signal);
        const query = new URLSearchParams({ batch: "1" });
        if (since !== undefined) query.set("since", String(since));
        const ticket = await credentials.ticket(model.party, name, signal);
        if (ticket !== undefined) query.set("ticket", ticket);
        return `ws${tls()}://${host()}/parties/${model.party}/${name}?${query}`;
      },
    });

  const ownName = (): ((signal: AbortSignal) => Promise<string>) => {
    let known: string | undefined;
    return async (signal) => (known ??= partyName(await credentials.userId(signal)));
  };

  const posts = new SharedParties((name) => connect(postModel, () => name));
  const sessions = new SharedParties((name) => connect(sessionModel, name === OWN ? ownName() : () => name));
  const tenants = new SharedParties((name) => connect(tenantModel, () => name));
  return {
    clock: environment.clock,
    random: environment.random,
    network: environment.network,
    call: (method, path, body, signal) => credentials.call(method, path, body, signal),
    post: (tenant, postId) => posts.handle(partyName(tenant, postId)),
    session: (userId) => sessions.handle(userId === undefined ? OWN : partyName(userId)),
    tenant: (subdomain) => tenants.handle(partyName(subdomain)),
  };
}

/**
 * The name of a party from its parts, as schema/addresses.ts builds it, without loading its validator. Encoding
 * changes no valid part; it keeps an invalid one from becoming another path.
 */
export function partyName(...parts: string[]): string {
  return parts.map(encodeURIComponent).join(":");
}

/** The open parties of one kind, each with the number of handles to it. */
class SharedParties<P extends Protocol> {
  readonly #connect: (name: string) => Party<P>;
  readonly #open = new Map<string, { party: Party<P>; handles: number }>();

  constructor(connect: (name: string) => Party<P>) {
    this.#connect = connect;
  }

  handle(name: string): PartyHandle<P> {
    let shared = this.#open.get(name);
    // One that the server has ended stays with those who hold it; a new caller gets a new try.
    if (shared === undefined || shared.party.snapshot.status === "closed") {
      shared = { party: this.#connect(name), handles: 0 };
      this.#open.set(name, shared);
    }
    const mine = shared;
    mine.handles += 1;
    return new PartyHandle(mine.party, () => {
      mine.handles -= 1;
      if (mine.handles > 0) return;
      mine.party.close();
      if (this.#open.get(name) === mine) this.#open.delete(name);
    });
  }
}
