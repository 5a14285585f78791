import { asc, eq, sql } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { PartyError } from "../../schema/errors.ts";
import type { Device, Settings } from "../../schema/parties/session.ts";
import type { Presence } from "../../schema/presence.ts";
import { activeGames, settings } from "./tables.ts";

const MAX_GAMES = 100;
/** All settings as JSON, in UTF-16 units: they travel in every first frame. */
const MAX_SETTINGS_LENGTH = 8 * 1024;

/** The games that this person takes part in, in the order of joining. */
export function gamesOf(db: DrizzleSqliteDODatabase): string[] {
  const rows = db
    .select()
    .from(activeGames)
    .orderBy(sql`rowid`)
    .all();
  return rows.map(({ gameId }) => gameId);
}

/**
 * Adds a game. Answers whether it was new.
 * @throws PartyError `conflict` when there are too many
 */
export function joinGame(db: DrizzleSqliteDODatabase, gameId: string): boolean {
  const games = gamesOf(db);
  if (games.includes(gameId)) return false;
  if (games.length >= MAX_GAMES) {
    throw new PartyError("conflict", { message: `One takes part in at most ${MAX_GAMES} games: leave one first` });
  }
  db.insert(activeGames).values({ gameId }).run();
  return true;
}

/** Takes a game away. Answers whether it was there. */
export function leaveGame(db: DrizzleSqliteDODatabase, gameId: string): boolean {
  return db.delete(activeGames).where(eq(activeGames.gameId, gameId)).returning().all().length > 0;
}

export function settingsOf(db: DrizzleSqliteDODatabase): Settings {
  const rows = db.select().from(settings).orderBy(asc(settings.name)).all();
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

/**
 * Merges a change into the settings; `null` removes one (RFC 7396, one level deep). Answers all of them.
 * @throws PartyError `unprocessable` when they grow too large
 */
export function mergeSettings(db: DrizzleSqliteDODatabase, change: Settings): Settings {
  for (const [name, value] of Object.entries(change)) {
    if (value === null) db.delete(settings).where(eq(settings.name, name)).run();
    else
      db.insert(settings).values({ name, value }).onConflictDoUpdate({ target: settings.name, set: { value } }).run();
  }
  const all = settingsOf(db);
  if (JSON.stringify(all).length > MAX_SETTINGS_LENGTH) {
    throw new PartyError("unprocessable", { message: `All settings together are at most ${MAX_SETTINGS_LENGTH} long` });
  }
  return all;
}

/** How reachable a person is over all devices: as much as the most reachable one. */
export function presenceOver(devices: readonly Pick<Device, "presence">[]): Presence {
  const shown = new Set(devices.map(({ presence }) => presence));
  if (shown.has("online")) return "online";
  return shown.has("away") ? "away" : "offline";
}

/** Forgets everything that the person's devices shared. */
export function forgetShared(db: DrizzleSqliteDODatabase): void {
  db.delete(activeGames).run();
  db.delete(settings).run();
}
