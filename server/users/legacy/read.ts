import { keptOf } from "../../../parties/users/index.ts";
import { PartyError } from "../../../schema/errors.ts";
import { NEW_ACCOUNT } from "../../../schema/users.ts";
import type { AppContext } from "../../context.ts";
import { readUser } from "../store.ts";
import { askPostgres } from "./ask.ts";

type User = Awaited<ReturnType<typeof readUser>>;

/** What a row does not say, of somebody whom D1 does not know yet. Nobody knows since when they are here. */
const UNKNOWN = { ...NEW_ACCOUNT, role: "user", emailVerified: false, createdAt: 0, updatedAt: 0 } as const;

/**
 * Somebody as the side that decides has them: D1, which follows the users party, and before that PostgreSQL for what
 * it knows. Whoever PostgreSQL does not have under this id, and everybody while it is away, is as D1 has them.
 * @throws PartyError `not_found`, `gone` for somebody who was deleted, `unavailable`
 */
export async function findUserIn(c: AppContext, id: string): Promise<Omit<User, "search" | "deletedAt">> {
  const mode = c.get("config").USERS_MODE;
  if (mode === "party") return await readUser(c.env.DB, id);
  const [row, known] = await Promise.all([rowOf(c, id), knownInD1(c, id)]);
  if (row === undefined && (mode === "postgres" || known === undefined))
    throw new PartyError("not_found", { message: "There is no such user" });
  return { ...UNKNOWN, id, ...known, ...(row !== undefined && keptOf(row)) } as User;
}

async function rowOf(c: AppContext, userId: string) {
  try {
    return await askPostgres(c, async (postgres) => await postgres.rowOfUser(userId));
  } catch (error) {
    if (c.get("config").USERS_MODE === "postgres") throw error;
    return undefined;
  }
}

async function knownInD1(c: AppContext, id: string): Promise<User | undefined> {
  try {
    return await readUser(c.env.DB, id);
  } catch (error) {
    if (error instanceof PartyError && error.code === "not_found") return undefined;
    throw error;
  }
}
