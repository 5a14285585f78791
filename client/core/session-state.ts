import type { SessionProtocol, SessionState } from "../../schema/parties/session.ts";
import type { EventOf, SignalOf } from "../../schema/protocol.ts";
import type { Acknowledgement, PartyModel } from "./party.ts";

type SessionEvent = EventOf<SessionProtocol>;
type SessionSignal = SignalOf<SessionProtocol>;

/** How the state of one person's devices follows what happens to it. */
export const sessionModel: PartyModel<SessionProtocol> = {
  party: "session",
  greeting: "initial_state",
  apply: applyToSession,
  acknowledged: acknowledgedBySession,
};

/** The state after an event or a signal. Each tells the whole of what it is about, so applying it twice is the same. */
export function applyToSession(state: SessionState, happened: SessionEvent | SessionSignal): SessionState {
  switch (happened.type) {
    case "game_joined":
    case "game_left":
      return { ...state, activeGames: happened.activeGames };
    case "settings_updated":
      return { ...state, settings: happened.settings };
    case "account_updated":
      return happened.account.version < state.account.version ? state : { ...state, account: happened.account };
    case "presence_updated": {
      const { presence, lastActive, devices } = happened;
      return { ...state, presence, lastActive, devices };
    }
    case "state": {
      const { type: _type, ...whole } = happened;
      return whole;
    }
    case "event": // For listeners.
    case "pong":
    default: // From a newer server.
      return state;
  }
}

/**
 * The state after an own frame was acknowledged. What a resent frame did has come with the events that were caught up,
 * and may be older than they are.
 */
export function acknowledgedBySession(
  state: SessionState,
  own: Acknowledgement<SessionProtocol>,
  resent: boolean,
): SessionState {
  switch (own.type) {
    case "sync_state":
      return own.result; // Transient: it is answered anew each time.
    case "join_game":
    case "leave_game":
      return resent ? state : { ...state, activeGames: own.result.activeGames };
    case "update_settings":
      return resent ? state : { ...state, settings: own.result.settings };
    case "update_presence":
      return resent ? state : { ...state, presence: own.result.presence };
    case "broadcast_event":
    case "logout_all":
    case "ping":
    default:
      return state;
  }
}
