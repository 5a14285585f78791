import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import type { Profile } from "../../schema/http/identity.ts";
import { prepareOnce } from "../kernel/index.ts";
import { profile } from "./tables.ts";

const ONLY_ROW = 1;

const only = prepareOnce((db) => db.select().from(profile).prepare());

/**
 * What was last brought along of the person.
 * @throws Error where nobody has ever signed in
 */
export function readProfile(db: DrizzleSqliteDODatabase): Profile {
  const row = only(db).get();
  if (row === undefined) throw new Error("A session without a profile");
  return row.value;
}

export function writeProfile(db: DrizzleSqliteDODatabase, value: Profile): void {
  db.insert(profile).values({ id: ONLY_ROW, value }).onConflictDoUpdate({ target: profile.id, set: { value } }).run();
}
