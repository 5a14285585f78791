import type { SessionInfo } from "../../../schema/http/identity.ts";
import type { SessionState } from "../../../schema/parties/session.ts";

/** The live devices as the list of sessions has them. */
export function liveDevices({ devices, sessionId }: Pick<SessionState, "devices" | "sessionId">): SessionInfo[] {
  return devices.map((device) => ({ ...device, current: device.id === sessionId }));
}

/** The list as the page first has it. The device that shows it is about to connect, so it counts as connected. */
export function listedDevices(sessions: readonly SessionInfo[]): SessionInfo[] {
  return sessions.map((session) => (session.current ? { ...session, presence: "online" } : session));
}

/** This device, then the newest sign-ins: an order that no activity changes, so that nothing moves under a pointer. */
export function inCalmOrder(sessions: readonly SessionInfo[]): SessionInfo[] {
  return sessions.toSorted(
    (a, b) => Number(b.current) - Number(a.current) || Date.parse(b.createdAt) - Date.parse(a.createdAt),
  );
}
