import { and, eq, sql } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { PartyError, parse } from "../../schema/errors.ts";
import {
  type Flags,
  type Login,
  MAX_LOGINS,
  type Preferences,
  USER_DATA,
  USER_DATA_KEYS,
  type UserDataKey,
  type UserDataValue,
} from "../../schema/user-data.ts";
import { prepareOnce } from "../kernel/index.ts";
import { userData } from "./tables.ts";

/** What is kept of people beside their records. Who may write what is decided here, by key. */

export type Writer = "self" | "admin" | "server";

/** @throws PartyError `forbidden` for a key that belongs to somebody else */
export function requireWriter(key: UserDataKey, writer: Writer): void {
  if (USER_DATA[key].writer === writer || writer === "server") return;
  throw new PartyError("forbidden", { message: `${key} is not yours to write` });
}

/** @throws PartyError `unprocessable` with the paths of what is wrong */
export function parseValue<K extends UserDataKey>(key: K, value: unknown): UserDataValue<K> {
  return parse(USER_DATA[key].schema, value) as UserDataValue<K>;
}

/** A value, or what stands in its place before anything was written. */
export function readData<K extends UserDataKey>(
  db: DrizzleSqliteDODatabase,
  userId: string,
  key: K,
): UserDataValue<K> | undefined {
  return entryOf(db, userId, key).value;
}

export function entryOf<K extends UserDataKey>(
  db: DrizzleSqliteDODatabase,
  userId: string,
  key: K,
): { value: UserDataValue<K> | undefined; updatedAt: number | null } {
  const row = db.select().from(userData).where(one(userId, key)).get();
  // Only `writeData` writes here, and it takes nothing else.
  const value = (row === undefined ? USER_DATA[key].initial : row.value) as UserDataValue<K> | undefined;
  return { value, updatedAt: row?.updatedAt ?? null };
}

const ofUser = prepareOnce((db) =>
  db
    .select()
    .from(userData)
    .where(eq(userData.userId, sql.placeholder("userId")))
    .prepare(),
);

/** Everything, by key; what was never written and has no initial value is left out. */
export function allData(db: DrizzleSqliteDODatabase, userId: string): { [K in UserDataKey]?: UserDataValue<K> } {
  const rows = ofUser(db).all({ userId });
  const written = new Map(rows.map(({ key, value }) => [key, value]));
  const entries = USER_DATA_KEYS.map((key) => [key, written.get(key) ?? USER_DATA[key].initial] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

export function writeData<K extends UserDataKey>(
  db: DrizzleSqliteDODatabase,
  userId: string,
  key: K,
  value: UserDataValue<K>,
  now: number,
): void {
  db.insert(userData)
    .values({ userId, key, value, updatedAt: now })
    .onConflictDoUpdate({ target: [userData.userId, userData.key], set: { value, updatedAt: now } })
    .run();
}

export function removeData(db: DrizzleSqliteDODatabase, userId: string, key: UserDataKey): void {
  db.delete(userData).where(one(userId, key)).run();
}

/** The part of it that every device is told. */
export function toldToDevices(db: DrizzleSqliteDODatabase, userId: string): { preferences: Preferences; flags: Flags } {
  const { preferences, feature_flags: flags } = allData(db, userId);
  return { preferences: preferences ?? USER_DATA.preferences.initial, flags: flags ?? USER_DATA.feature_flags.initial };
}

/** The newest sign-ins with one more; the oldest beyond `MAX_LOGINS` goes. */
export function withLogin(history: readonly Login[], login: Login): Login[] {
  return [...history, login].toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1)).slice(-MAX_LOGINS);
}

function one(userId: string, key: UserDataKey) {
  return and(eq(userData.userId, userId), eq(userData.key, key));
}
