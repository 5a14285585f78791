import { and, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { newId } from "../../parties/kernel/index.ts";
import { identities, users } from "../../schema/d1.ts";
import type { Profile } from "../../schema/http/identity.ts";

/** What a provider has told of someone who signs in. */
export interface Identity {
  provider: string;
  subject: string;
  name: string;
  picture: string | null;
  email: string | null;
  /** Only a verified address counts for anything. */
  emailVerified: boolean;
}

/**
 * Finds or makes the account of an identity. The key is (provider, subject); an e-mail address never leads to an account.
 * Two first sign-ins at once make one account: the identity's primary key decides, and the loser's user row, which
 * nobody refers to, is taken back.
 */
export async function accountOf(
  database: D1Database,
  identity: Identity,
  admins: ReadonlySet<string>,
  now: number,
): Promise<Profile> {
  const role = isAdmin(identity, admins) ? "super_admin" : "user";
  const known = await findAccount(database, identity);
  if (known !== undefined) return await update(database, known, identity, role, now);

  const db = drizzle(database);
  const { provider, subject, name, picture, email } = identity;
  const id = newId("user");
  await db.batch([
    db.insert(users).values({ id, name, picture, email, role, createdAt: now, updatedAt: now }),
    db.insert(identities).values({ provider, subject, userId: id, createdAt: now }).onConflictDoNothing(),
  ]);
  const winner = await findAccount(database, identity);
  if (winner === undefined) throw new Error("An account was made and is not there");
  if (winner.id !== id) await db.delete(users).where(eq(users.id, id));
  return winner;
}

function isAdmin({ email, emailVerified }: Identity, admins: ReadonlySet<string>): boolean {
  return emailVerified && email !== null && admins.has(email.toLowerCase());
}

async function findAccount(database: D1Database, { provider, subject }: Identity): Promise<Profile | undefined> {
  const row = await drizzle(database)
    .select({ id: users.id, name: users.name, picture: users.picture, email: users.email, role: users.role })
    .from(identities)
    .innerJoin(users, eq(users.id, identities.userId))
    .where(and(eq(identities.provider, provider), eq(identities.subject, subject)))
    .get();
  return row;
}

async function update(
  database: D1Database,
  known: Profile,
  identity: Identity,
  role: Profile["role"],
  now: number,
): Promise<Profile> {
  const { name, picture, email } = identity;
  // A role that was given by hand stays; the setting only ever adds.
  const next: Profile = { ...known, name, picture, email, role: role === "user" ? known.role : role };
  if (JSON.stringify(next) === JSON.stringify(known)) return known;
  await drizzle(database)
    .update(users)
    .set({ name, picture, email, role: next.role, updatedAt: now })
    .where(eq(users.id, known.id));
  return next;
}
