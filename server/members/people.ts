import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { users } from "../../schema/d1.ts";
import type { Member } from "../../schema/http/admin/members.ts";
import type { Person } from "../../schema/principal.ts";
import type { SiteRole } from "../../schema/site-roles.ts";
import { iso } from "../users/shapes.ts";

/** Members as a site's party knows them, without their names. */
interface Joined {
  userId: string;
  role: SiteRole;
  joinedAt: number;
}

/** Members with their names, in the order given. Somebody whom D1 does not know yet has none. */
export async function withNames(database: D1Database, members: readonly Joined[]): Promise<Member[]> {
  const people = await peopleOf(
    database,
    members.map(({ userId }) => userId),
  );
  return members.map((member) => toMember(member, people.get(member.userId)));
}

export function toMember({ userId, role, joinedAt }: Joined, person: Person | undefined): Member {
  return { person: person ?? { id: userId, name: "", picture: null }, role, joinedAt: iso(joinedAt) };
}

async function peopleOf(database: D1Database, ids: readonly string[]): Promise<Map<string, Person>> {
  const rows = await drizzle(database)
    .select({ id: users.id, name: users.name, picture: users.picture })
    .from(users)
    // One parameter, for D1 takes a hundred at most.
    .where(sql`${users.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
  return new Map(rows.map((person) => [person.id, person]));
}
