import type { ErrorCode } from "../../schema/errors.ts";
import type { SessionProtocol, Settings } from "../../schema/parties/session.ts";
import type { Presence } from "../../schema/presence.ts";
import type { ClientFrame, EventOf } from "../../schema/protocol.ts";
import { ClientError } from "./errors.ts";
import { Listeners } from "./listeners.ts";
import type { Snapshot } from "./party.ts";
import type { PartyHandle } from "./party-handle.ts";

/** What a device tells the others with an event of its own: anything that JSON can say. */
export type EventData = Extract<EventOf<SessionProtocol>, { type: "event" }>["data"];

export type SessionView = Snapshot<SessionProtocol>;

/** What a holder wants to be told of. */
export interface SessionListeners {
  /** The session has ended, here or elsewhere, or ran out. Called once, and again only after another one was live. */
  loggedOut(): void;
  /** A device of the same person, this one included, has told all of them something. */
  event?(event: string, data: EventData, deviceId: string): void;
}

/**
 * One person's devices, as one holder sees them. It does nothing until it is attached to a handle, and may be attached
 * and detached any number of times; what it knows survives that.
 */
export class SessionStore {
  readonly #listeners = new Listeners<void>();
  #handle: PartyHandle<SessionProtocol> | undefined;
  #view: SessionView = { state: undefined, status: "connecting", closed: undefined };
  #toldOfLogout = false;

  readonly getSnapshot = (): SessionView => this.#view;
  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener);

  /** Follows a handle, which it owns from now on. The returned function detaches and closes it, and tells of nothing. */
  attach(handle: PartyHandle<SessionProtocol>, listeners: SessionListeners): () => void {
    this.#handle = handle;
    handle.on("event", ({ event, data, deviceId }) => listeners.event?.(event, data, deviceId));
    handle.on("presence_updated", ({ devices }) => {
      // The person has signed in anew in this browser while the connection was away: `sessionId` is an old one.
      if (devices.every(({ id }) => id !== handle.state?.sessionId)) syncQuietly(handle);
    });
    handle.on("status", ({ status, closed }) => {
      if (status === "live") this.#toldOfLogout = false;
      if (closed === undefined || this.#toldOfLogout || !endsSession(closed.code, handle.state !== undefined)) return;
      this.#toldOfLogout = true;
      listeners.loggedOut();
    });
    handle.subscribe(() => this.#show(handle.getSnapshot()));
    this.#show(handle.getSnapshot());
    return () => {
      handle.close();
      if (this.#handle !== handle) return;
      this.#handle = undefined;
      this.#show({ ...this.#view, status: "connecting", closed: undefined });
    };
  }

  /** Resolves with the active games, this one last if it is new. @throws ClientError with the server's reason */
  async joinGame(gameId: string): Promise<string[]> {
    return (await this.#send({ type: "join_game", gameId })).activeGames;
  }

  /** Resolves with the games that stay. @throws ClientError with the server's reason */
  async leaveGame(gameId: string): Promise<string[]> {
    return (await this.#send({ type: "leave_game", gameId })).activeGames;
  }

  /** Sets what this device shows; resolves with the presence over all. @throws ClientError with the server's reason */
  async updatePresence(presence: Presence): Promise<Presence> {
    return (await this.#send({ type: "update_presence", presence })).presence;
  }

  /** Merges settings into those that are there; null removes one. @throws ClientError with the server's reason */
  async updateSettings(settings: Settings): Promise<Settings> {
    return (await this.#send({ type: "update_settings", settings })).settings;
  }

  /** Tells all devices, this one included. @throws ClientError with the server's reason */
  async broadcastEvent(event: string, data: EventData = null): Promise<void> {
    await this.#send({ type: "broadcast_event", event, data });
  }

  /** Ends every session, this one included; resolves with their number. @throws ClientError with the server's reason */
  async logoutAllDevices(): Promise<number> {
    return (await this.#send({ type: "logout_all" })).revoked;
  }

  #send<K extends keyof SessionProtocol["frames"]>(frame: ClientFrame<SessionProtocol, K> & { type: K }) {
    if (this.#handle === undefined) throw new ClientError("unavailable", "not connected");
    return this.#handle.send<K>(frame);
  }

  #show(view: SessionView): void {
    this.#view = view;
    this.#listeners.emit();
  }
}

/** Asks for the state. What becomes of the asking shows in the state, or in the end of the connection. */
function syncQuietly(handle: PartyHandle<SessionProtocol>): void {
  handle.send({ type: "sync_state" }).catch(() => undefined);
}

/** Whether a session's party closes for this reason because the session is over: a stranger's door was never ours. */
export function endsSession(code: ErrorCode, wasInside: boolean): boolean {
  // Whoever was let in and is now told that this is another's has been replaced by somebody who signed in here since.
  return code === "unauthenticated" || (code === "forbidden" && wasInside);
}
