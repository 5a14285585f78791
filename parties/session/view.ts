import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import type { Device, SessionState } from "../../schema/parties/session.ts";
import { readAccount } from "./account.ts";
import { liveSessions, type SessionRow, toDevice } from "./rows.ts";
import { gamesOf, presenceOver, settingsOf } from "./shared-state.ts";

/** What all devices see of each other. `connected` are the sessions that have a socket now. */
export interface Scene {
  db: DrizzleSqliteDODatabase;
  connected: ReadonlySet<string>;
  now: number;
}

/** All live sessions, the most recently used first. */
export function devicesIn({ db, connected, now }: Scene): Device[] {
  return liveSessions(db, now).map((row) => deviceOf(row, connected));
}

/** One session as its owner sees it: what it shows of itself counts while it is connected. */
export function deviceOf(row: SessionRow, connected: ReadonlySet<string>): Device {
  return toDevice(row, connected.has(row.id) ? row.presence : "offline");
}

/** Who is reachable, and where the account is signed in. */
export function togetherIn(scene: Scene): Pick<SessionState, "presence" | "lastActive" | "devices"> {
  const devices = devicesIn(scene);
  const lastActive = devices[0]?.lastActive ?? new Date(scene.now).toISOString();
  return { presence: presenceOver(devices), lastActive, devices };
}

/** Everything that a socket of one session starts from. */
export function stateFor({ id, deviceId }: SessionRow, scene: Scene): SessionState {
  return {
    sessionId: id,
    deviceId,
    activeGames: gamesOf(scene.db),
    settings: settingsOf(scene.db),
    account: readAccount(scene.db),
    ...togetherIn(scene),
  };
}
