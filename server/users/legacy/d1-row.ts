import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { runtime } from "../../../parties/kernel/index.ts";
import { users } from "../../../schema/d1.ts";
import { foldForSearch } from "../../../schema/people.ts";
import type { Account } from "../../../schema/users.ts";
import type { AppContext } from "../../context.ts";

/**
 * Notes in D1 who somebody is whom PostgreSQL alone has, for what they write refers to them. Of version 0, so that
 * whatever the users party says later replaces it.
 */
export async function noteInD1(c: AppContext, { id, name, picture, email, role }: Account): Promise<void> {
  const now = runtime().now();
  const told = { name, picture, email, role, search: foldForSearch(`${name} ${email ?? ""}`), updatedAt: now };
  await drizzle(c.env.DB)
    .insert(users)
    .values({ id, ...told, createdAt: now, version: 0 })
    .onConflictDoUpdate({ target: users.id, set: told, setWhere: sql`${users.version} = 0` });
}
