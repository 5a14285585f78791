import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import type { Device } from "../../schema/parties/session.ts";
import { SessionStore, type Client, type SessionListeners, type SessionView } from "../core/index.ts";
import { useClient } from "./client-context.ts";

export interface UseUserSessionOptions {
  /** Who is signed in; null for nobody, which opens nothing. */
  userId: string | null;
  /** False keeps the socket closed. */
  enabled?: boolean;
  /**
   * The session has ended, on whichever device that was asked for: time to go to the sign-in page. Called once for each
   * session that ends, and not for unmounting.
   */
  onLoggedOut?: () => void;
  /** A device of the same person, this one included, has sent an event. */
  onEvent?: NonNullable<SessionListeners["event"]>;
  /** Defaults to the one of the nearest ClientProvider, else to the page's own. */
  client?: Client;
}

type SessionActions = Pick<
  SessionStore,
  "joinGame" | "leaveGame" | "updatePresence" | "updateSettings" | "broadcastEvent" | "logoutAllDevices"
>;

/**
 * What useUserSession gives: a view that changes, and actions that never do. Their promises may be left alone: one that
 * nobody waits for does not count as an unhandled rejection.
 */
export interface UserSession extends SessionView, SessionActions {
  readonly isConnected: boolean;
  /** This browser's own id: the same over reloads and sign-ins. Undefined before the first connection. */
  readonly deviceId: string | undefined;
  /** Every signed-in device, the most recently used first. */
  readonly devices: readonly Device[];
}

/** One person's session, and what makes it another one. */
interface Held {
  readonly client: Client;
  readonly userId: string | null;
  readonly store: SessionStore;
  readonly actions: SessionActions;
}

const NO_DEVICES: readonly Device[] = [];

/**
 * One person on all their devices, live. Connects after mounting and lets go on unmounting; on the server it renders
 * without a state. Components that use the same person's session share one socket.
 */
export function useUserSession(options: UseUserSessionOptions): UserSession {
  const { userId, enabled = true, client: given } = options;
  const inherited = useClient();
  const client = given ?? inherited;
  const [kept, keep] = useState(() => begin(client, userId));
  let held = kept;
  if (kept.client !== client || kept.userId !== userId) {
    held = begin(client, userId);
    keep(held);
  }
  const { store, actions } = held;

  const latest = useRef(options);
  useLayoutEffect(() => {
    latest.current = options;
  });
  useEffect(() => {
    if (!enabled || userId === null) return undefined;
    return store.attach(client.session(userId), {
      loggedOut: () => latest.current.onLoggedOut?.(),
      event: (...happened) => latest.current.onEvent?.(...happened),
    });
  }, [store, client, userId, enabled]);

  const { state, status, closed } = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
  return {
    ...actions,
    state,
    status: enabled && userId !== null ? status : "closed",
    closed,
    isConnected: status === "live",
    deviceId: state?.deviceId,
    devices: state?.devices ?? NO_DEVICES,
  };
}

function begin(client: Client, userId: string | null): Held {
  const store = new SessionStore();
  // Functions that may be passed on by themselves.
  const actions: SessionActions = {
    joinGame: (gameId) => unattended(store.joinGame(gameId)),
    leaveGame: (gameId) => unattended(store.leaveGame(gameId)),
    updatePresence: (presence) => unattended(store.updatePresence(presence)),
    updateSettings: (settings) => unattended(store.updateSettings(settings)),
    broadcastEvent: (event, data) => unattended(store.broadcastEvent(event, data)),
    logoutAllDevices: () => unattended(store.logoutAllDevices()),
  };
  return { client, userId, store, actions };
}

/** A promise that somebody may wait for, and nobody needs to. */
function unattended<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
