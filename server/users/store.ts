import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../parties/kernel/index.ts";
import { users } from "../../schema/d1.ts";
import { PartyError } from "../../schema/errors.ts";
import type { UserList, userListQuerySchema } from "../../schema/http/users.ts";
import { foldForSearch } from "../../schema/people.ts";
import { toUser } from "./shapes.ts";

/** Reading users: from D1, so that the party which all accounts share is not asked. */

/** When they signed up, and their id. */
const keySchema = z.tuple([z.number().int(), z.string()]);

/** @throws PartyError `not_found`, `gone` for somebody who was deleted */
export async function readUser(database: D1Database, id: string): Promise<typeof users.$inferSelect> {
  const row = await drizzle(database).select().from(users).where(eq(users.id, id)).get();
  if (row === undefined) throw new PartyError("not_found", { message: "There is no such user" });
  if (row.deletedAt !== null) throw new PartyError("gone", { message: "This account was deleted" });
  return row;
}

/**
 * A page of users, the newest first, by keyset.
 * @throws PartyError `bad_request` for a cursor of another list
 */
export async function listUsers(
  database: D1Database,
  { cursor, limit, search = "", role, status }: z.output<typeof userListQuerySchema>,
): Promise<UserList> {
  const sought = foldForSearch(search);
  const list = `users ${JSON.stringify([sought, role, status])}`;
  const from = cursor === undefined ? undefined : decodeCursor(list, cursor, keySchema);
  const rows = await drizzle(database)
    .select()
    .from(users)
    .where(
      and(
        isNull(users.deletedAt),
        // Not LIKE, in which parts of an address have a meaning of their own.
        sought === "" ? undefined : sql`instr(${users.search}, ${sought}) > 0`,
        role && eq(users.role, role),
        status && eq(users.status, status),
        from && sql`(${users.createdAt}, ${users.id}) < (${from[0]}, ${from[1]})`,
      ),
    )
    .orderBy(desc(users.createdAt), desc(users.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    users: page.map(toUser),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(list, [last.createdAt, last.id]) : null,
  };
}
