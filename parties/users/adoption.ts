import { asc, eq, gt, inArray } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as d1 from "../../schema/d1.ts";
import { nameFrom, NAMELESS } from "../../schema/people.ts";
import { writeData } from "./data.ts";
import { addIdentity, findIdentity } from "./identities.ts";
import type { Store } from "./store.ts";
import { facts } from "./tables.ts";

/** Remembers the last account that was taken over; `EVERYBODY` when there are no more. */
const ADOPTED = "adopted_from_d1";
const EVERYBODY = "*";
const PAGE = 100;

/**
 * Takes over the accounts that were kept in D1 before there was a users party, once. Each page is a transaction that
 * says how far it went: a crash costs no more than a page.
 */
export async function adoptFromD1(
  database: D1Database,
  store: () => Store,
  transact: (work: () => void) => void,
): Promise<void> {
  const { db } = store();
  const known = db.select().from(facts).where(eq(facts.name, ADOPTED)).get();
  let after = known?.value ?? "";
  while (after !== EVERYBODY) {
    const { people, identities } = await pageAfter(database, after);
    after = people.at(-1)?.id ?? EVERYBODY;
    transact(() => {
      for (const person of people) adopt(store(), person);
      for (const identity of identities) adoptIdentity(store(), identity);
      db.insert(facts)
        .values({ name: ADOPTED, value: after })
        .onConflictDoUpdate({ target: facts.name, set: { value: after } })
        .run();
    });
  }
}

async function pageAfter(database: D1Database, after: string) {
  const db = drizzle(database);
  const people = await db.select().from(d1.users).where(gt(d1.users.id, after)).orderBy(asc(d1.users.id)).limit(PAGE);
  const ids = people.map(({ id }) => id);
  const identities =
    ids.length === 0 ? [] : await db.select().from(d1.identities).where(inArray(d1.identities.userId, ids));
  return { people, identities };
}

function adopt({ db, records, now }: Store, person: typeof d1.users.$inferSelect): void {
  if (person.deletedAt !== null || records.findOrNull(person.id) !== undefined) return;
  const { id, name, picture, email, role, createdAt, version } = person;
  const known = { id, name: nameFrom(name) || NAMELESS, picture, email, role, createdAt, version: version + 1 };
  // Whoever is here has signed in: nothing else made an account.
  records.create({ ...known, signedInAt: createdAt });
  writeData(db, id, "signup_date", new Date(createdAt).toISOString(), now);
  writeData(db, id, "signup_source", "sign_in", now);
}

function adoptIdentity({ db, records }: Store, identity: typeof d1.identities.$inferSelect): void {
  if (findIdentity(db, identity) !== undefined || records.findOrNull(identity.userId) === undefined) return;
  addIdentity(db, identity, identity.userId, identity.createdAt);
}
