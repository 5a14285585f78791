import type { Device, SessionState } from "../../../schema/parties/session.ts";
import { type Account, NEW_ACCOUNT } from "../../../schema/users.ts";

export const USER_ID = "usr_0000000000000000000a1";
export const DEVICE_ID = "dev_0000000000000000000d1";
export const SESSION_ID = "ses_0000000000000000000s1";

/** The n-th signed-in device, online and last active n minutes into 2026. The first is the state's own. */
export function deviceOf(n: number, more: Partial<Device> = {}): Device {
  return {
    id: `ses_0000000000000000000s${n}`,
    deviceId: `dev_0000000000000000000d${n}`,
    deviceName: "Firefox on Linux",
    ipAddress: "192.0.2.1",
    createdAt: "2026-01-01T00:00:00.000Z",
    lastActive: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(),
    expiresAt: "2026-01-31T00:00:00.000Z",
    presence: "online",
    ...more,
  };
}

export function sessionState(more: Partial<SessionState> = {}): SessionState {
  return {
    sessionId: SESSION_ID,
    deviceId: DEVICE_ID,
    activeGames: [],
    settings: {},
    presence: "online",
    lastActive: deviceOf(1).lastActive,
    devices: [deviceOf(1)],
    account: accountOf(),
    ...more,
  };
}

/** The account of the state's person. */
export function accountOf(more: Partial<Account> = {}): Account {
  return { ...NEW_ACCOUNT, id: USER_ID, name: "Ada", picture: null, email: null, role: "user", ...more };
}

/** What a session party sends to a newcomer, in order. */
export function greeting(seq: number, state = sessionState()): object[] {
  return [
    { type: "welcome", protocol: 2, connectionId: "c1", seq },
    { type: "initial_state", ...state },
  ];
}
