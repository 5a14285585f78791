import { and, eq, type Placeholder, sql } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import type { IdentityKey } from "../../schema/users.ts";
import { prepareOnce } from "../kernel/index.ts";
import type { Changes, UserRow } from "./records.ts";
import { taken } from "./records.ts";
import { identities, type Told, tombstones } from "./tables.ts";

export type IdentityRow = typeof identities.$inferSelect;

/** Providers that keep telling of their people: news of somebody who is gone may still be on its way. */
export const MIRRORED_PROVIDERS: readonly string[] = ["clerk", "postgres"];

/** Those on the way of each row that is copied are worded once. */
const byKey = { provider: sql.placeholder("provider"), subject: sql.placeholder("subject") };
const oneIdentity = prepareOnce((db) => db.select().from(identities).where(isIt(byKey)).prepare());
const newIdentity = prepareOnce((db) =>
  db
    .insert(identities)
    .values({ ...byKey, userId: sql.placeholder("userId"), createdAt: sql.placeholder("createdAt") })
    .returning()
    .prepare(),
);
const oneTombstone = prepareOnce((db) =>
  db
    .select()
    .from(tombstones)
    .where(and(eq(tombstones.provider, byKey.provider), eq(tombstones.subject, byKey.subject)))
    .prepare(),
);

export function findIdentity(db: DrizzleSqliteDODatabase, { provider, subject }: IdentityKey): IdentityRow | undefined {
  return oneIdentity(db).get({ provider, subject });
}

export function identitiesOf(db: DrizzleSqliteDODatabase, userId: string): IdentityRow[] {
  return db.select().from(identities).where(eq(identities.userId, userId)).orderBy(identities.createdAt).all();
}

/** Makes an identity lead to a user. @throws PartyError `conflict` when it leads to one already */
export function addIdentity(db: DrizzleSqliteDODatabase, key: IdentityKey, userId: string, now: number): IdentityRow {
  if (findIdentity(db, key) !== undefined) throw taken("subject", "This identity belongs to an account already");
  return newIdentity(db).get({ provider: key.provider, subject: key.subject, userId, createdAt: now });
}

/** Keeps what the provider says now, or to whom the identity leads now. */
export function changeIdentity(
  db: DrizzleSqliteDODatabase,
  key: IdentityKey,
  change: Partial<Pick<IdentityRow, "told" | "version" | "userId">>,
): void {
  db.update(identities).set(change).where(isIt(key)).run();
}

/** What is news in what a provider tells: a name that somebody gave themselves here stays until the provider has another. */
export function newsIn(told: Told, before: Told | null): Changes {
  const isNews = (field: keyof Told): boolean => before === null || before[field] !== told[field];
  return {
    ...(isNews("name") && { name: told.name }),
    ...(isNews("picture") && { picture: told.picture }),
    ...((isNews("email") || isNews("emailVerified")) && { email: told.email, emailVerified: told.emailVerified }),
  };
}

/** Leaves tombstones for a user's identities, where news of them may still come. */
export function bury(db: DrizzleSqliteDODatabase, { id }: UserRow, now: number): void {
  for (const identity of identitiesOf(db, id))
    if (MIRRORED_PROVIDERS.includes(identity.provider)) leaveTombstone(db, identity, now);
}

export function leaveTombstone(db: DrizzleSqliteDODatabase, { provider, subject }: IdentityKey, now: number): void {
  db.insert(tombstones).values({ provider, subject, deletedAt: now }).onConflictDoNothing().run();
}

export function isBuried(db: DrizzleSqliteDODatabase, { provider, subject }: IdentityKey): boolean {
  return oneTombstone(db).get({ provider, subject }) !== undefined;
}

/** Somebody is here again: what is told of them counts from now on. */
export function removeTombstone(db: DrizzleSqliteDODatabase, { provider, subject }: IdentityKey): void {
  db.delete(tombstones)
    .where(and(eq(tombstones.provider, provider), eq(tombstones.subject, subject)))
    .run();
}

function isIt({ provider, subject }: { [K in keyof IdentityKey]: string | Placeholder }) {
  return and(eq(identities.provider, provider), eq(identities.subject, subject));
}
