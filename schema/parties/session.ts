import { z } from "zod";
import { timeSchema } from "../http/common.ts";
import { sessionSchema } from "../http/identity.ts";
import { deviceIdSchema, sessionIdSchema } from "../ids.ts";
import { presenceSchema } from "../presence.ts";
import { defineProtocol } from "../protocol.ts";
import { accountSchema } from "../users.ts";

/** Anything that JSON can say. */
export const jsonSchema = z.json();
/** Whatever the game calls itself. */
const gameIdSchema = z.string().min(1).max(100);
/** Names a setting: no leading underscore, so that none is one of JavaScript's own. */
const settingNameSchema = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, "a letter, then letters, digits, _ . -");
const settingsSchema = z.record(settingNameSchema, jsonSchema);
export type Settings = z.infer<typeof settingsSchema>;

/** One signed-in device, as its owner sees it. */
export const deviceSchema = sessionSchema.omit({ current: true });
export type Device = z.infer<typeof deviceSchema>;

const activeGamesSchema = z.array(gameIdSchema);
const togetherSchema = z.object({
  /** Over all devices: online when one is, else away when one is. */
  presence: presenceSchema,
  /** The latest of all devices. */
  lastActive: timeSchema,
  /** Every live session, the most recently used first. */
  devices: z.array(deviceSchema),
});

export const sessionStateSchema = togetherSchema.extend({
  /** The session that this was asked with, and the browser or program that it belongs to. */
  sessionId: sessionIdSchema,
  deviceId: deviceIdSchema,
  /** In the order of joining. */
  activeGames: activeGamesSchema,
  settings: settingsSchema,
  /** Who this is, with preferences and feature flags: a copy of what the users party has. */
  account: accountSchema,
});
export type SessionState = z.infer<typeof sessionStateSchema>;

/** One person on all their devices. */
export const sessionProtocol = defineProtocol({
  party: "session",
  version: 3,
  greeting: "initial_state",
  frames: {
    join_game: { payload: z.object({ gameId: gameIdSchema }), result: z.object({ activeGames: activeGamesSchema }) },
    leave_game: { payload: z.object({ gameId: gameIdSchema }), result: z.object({ activeGames: activeGamesSchema }) },
    /** What this device shows of itself. The result is the presence over all devices. */
    update_presence: {
      payload: z.object({ presence: presenceSchema }),
      result: z.object({ presence: presenceSchema }),
    },
    /** Merged into what is there, one level deep; `null` removes a setting (RFC 7396). The result is all settings. */
    update_settings: {
      payload: z.object({ settings: settingsSchema }),
      result: z.object({ settings: settingsSchema }),
    },
    /** Tells every device of the same person, this one included. */
    broadcast_event: {
      payload: z.object({ event: z.string().min(1).max(64), data: jsonSchema.default(null) }),
      result: z.object({}),
    },
    /** Ends every session of this person, this one included. */
    logout_all: { payload: z.object({}), result: z.object({ revoked: z.number().int() }) },
    /** Asks for everything anew; it also comes as a `state` frame. */
    sync_state: { payload: z.object({}), result: sessionStateSchema, transient: true },
    /** A heartbeat for clients that can only send JSON. The text "ping" is answered without waking the party. */
    ping: { payload: z.object({}), result: z.object({}), transient: true },
  },
  events: {
    game_joined: z.object({ gameId: gameIdSchema, activeGames: activeGamesSchema }),
    game_left: z.object({ gameId: gameIdSchema, activeGames: activeGamesSchema }),
    settings_updated: z.object({ settings: settingsSchema }),
    /** The profile, a preference, a flag or the account's standing has changed. */
    account_updated: z.object({ account: accountSchema }),
    event: z.object({ event: z.string(), data: jsonSchema, deviceId: deviceIdSchema }),
  },
  signals: {
    presence_updated: togetherSchema,
    state: sessionStateSchema,
    pong: z.object({}),
  },
  state: sessionStateSchema,
});
export type SessionProtocol = typeof sessionProtocol;
