import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { PartyError } from "../../schema/errors.ts";
import { type Account, NEW_ACCOUNT } from "../../schema/users.ts";
import { prepareOnce } from "../kernel/index.ts";
import { type KeptAccount, profile } from "./tables.ts";

const ONLY_ROW = 1;

const only = prepareOnce((db) => db.select().from(profile).prepare());

/** What was last told of the person's account, or undefined where nobody has ever signed in. */
function findAccount(db: DrizzleSqliteDODatabase): KeptAccount | undefined {
  const row = only(db).get();
  // What an earlier version wrote knows only the profile.
  return row === undefined ? undefined : { ...NEW_ACCOUNT, ...row.value };
}

/** @throws Error where nobody has ever signed in */
export function readAccount(db: DrizzleSqliteDODatabase): Account {
  const account = findAccount(db);
  if (account === undefined) throw new Error("A session without an account");
  return account;
}

/** Keeps what is told of the account, unless something newer is known. Answers what was known, if anything was. */
export function learnAccount(
  db: DrizzleSqliteDODatabase,
  told: KeptAccount,
): { before: KeptAccount | undefined; isNews: boolean } {
  const before = findAccount(db);
  const isNews = before === undefined || told.version > before.version;
  if (isNews)
    db.insert(profile)
      .values({ id: ONLY_ROW, value: told })
      .onConflictDoUpdate({ target: profile.id, set: { value: told } })
      .run();
  return { before, isNews };
}

/**
 * Whether the account lets anybody in.
 * @throws PartyError `gone` for one that was deleted, `forbidden` for one that is suspended
 */
export function requireOpenAccount(db: DrizzleSqliteDODatabase): void {
  const account = findAccount(db);
  if (account?.isDeleted === true) throw new PartyError("gone", { message: "This account was deleted" });
  if (account?.status === "suspended") throw new PartyError("forbidden", { message: "This account is suspended" });
}
