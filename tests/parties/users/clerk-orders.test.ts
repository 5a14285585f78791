import { runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { newId } from "../../../parties/kernel/index.ts";
import { deletedEvent, newSubject, userEvent } from "../../fakes/clerk-events.ts";
import type { Message } from "../../fakes/svix-sender.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { accountOf, deliver, deliverMany, keptOf, someone } from "./clerk-support.ts";
import { usersObject, usersParty } from "./support.ts";

withD1Migrations();
// Begins by the machine's time, so that what the party does every day is due in other tests.
beforeAll(async () => void (await usersParty().count({})));

/** Everything that Clerk ever tells of somebody, in the order in which it happened. */
type Life = (subject: string) => object[];

const MINUTE_MS = 60_000;
/** Far behind the time of other tests: what follows from hundreds of deletions is not for them to do. */
const EPOCH = Date.UTC(2090, 0, 2, 12);
const AT = [1, 2, 3, 4].map((minutes) => EPOCH - 10 * MINUTE_MS + minutes * MINUTE_MS);
const [CREATED_AT = 0, FIRST_AT = 0, SECOND_AT = 0, DELETED_AT = 0] = AT;

/** Names, the primary address, the picture and whether they are banned: all of it changes, and some of it changes back. */
const changing: Life = (id) => [
  userEvent("user.created", { id, verified: false }, { at: CREATED_AT }),
  userEvent(
    "user.updated",
    { id, firstName: "Ada Mae", lastName: "Lovelace", email: `new-${id}@understory.example`, banned: true },
    { at: FIRST_AT, data: { created_at: CREATED_AT } },
  ),
  userEvent("user.updated", { id, lastName: "Lovelace", hasImage: false, createdAt: CREATED_AT }, { at: SECOND_AT }),
  deletedEvent({ id }, { at: DELETED_AT }),
];

/** The last but one update bans, the last one leaves nothing but the id. Times are in seconds, and one is missing. */
const sparse: Life = (id) => [
  userEvent(
    "user.created",
    { id, createdAt: CREATED_AT },
    { at: CREATED_AT, envelope: { timestamp: CREATED_AT / 1_000 } },
  ),
  userEvent("user.updated", { id, banned: true }, { at: FIRST_AT, envelope: { timestamp: undefined } }),
  { type: "user.updated", data: { id, extra: [{}] }, timestamp: SECOND_AT / 1_000 },
  { type: "user.deleted", data: { id }, timestamp: DELETED_AT / 1_000 },
];

/** All of it is told to have happened in one millisecond, and only the record's own time tells which was last. */
const sudden: Life = (id) => [
  userEvent("user.created", { id }, { at: CREATED_AT }),
  ...[FIRST_AT, SECOND_AT].map((updated, n) =>
    userEvent(
      "user.updated",
      { id, lastName: `Ash the ${n}`, banned: n === 1 },
      { at: CREATED_AT, data: { updated_at: updated } },
    ),
  ),
  deletedEvent({ id }, { at: CREATED_AT }),
];

test(
  "every order of up to five events, of which one may come twice, ends as the order in which they happened",
  { timeout: 60_000 },
  async () => {
    useClock(EPOCH);
    const orders = sequencesUpTo(5, 4).filter((order) => repetitionsIn(order) <= 1);
    expect(orders).toHaveLength(4 + 16 + 60 + 168 + 240);
    expect(await oddEndsOf(changing, orders)).toEqual([]);
  },
);

test.for([
  ["fields and times are missing", sparse],
  ["everything happens in one millisecond", sudden],
] as const)("so does every order without repetition when %s", async ([, life]) => {
  useClock(EPOCH);
  const orders = sequencesUpTo(4, 4).filter((order) => repetitionsIn(order) === 0);
  expect(await oddEndsOf(life, orders)).toEqual([]);
});

test("the end is what Clerk told last, with each change of the name in the order of time", async () => {
  useClock(EPOCH);
  const { id } = someone();
  for (const message of [1, 2, 0].map((n) => messageOf(changing, id, n))) await deliver(message);
  const { user, data, identities } = await accountOf(id);
  expect(user).toMatchObject({
    name: "Ada Lovelace",
    picture: null,
    email: `${id}@understory.example`.toLowerCase(),
    emailVerified: true,
    status: "active",
  });
  expect(identities).toMatchObject([{ provider: "clerk", subject: id }]);
  expect(data).toMatchObject({
    signup_date: new Date(CREATED_AT).toISOString(),
    signup_source: "clerk",
    last_clerk_sync: new Date(EPOCH).toISOString(),
    name_history: [
      { first_name: "Ada Mae", last_name: "Lovelace", timestamp: new Date(FIRST_AT).toISOString() },
      { first_name: "Ada", last_name: "Lovelace", timestamp: new Date(SECOND_AT).toISOString() },
    ],
  });
});

test("every order in which an account of ours comes to be named ends in that account, with all that was told", async () => {
  useClock(EPOCH);
  const ours = new Map<string, string>();
  const named: Life = (id) => {
    const externalId = ours.get(id) ?? null;
    return [
      userEvent("user.created", { id, banned: true }, { at: CREATED_AT, data: { created_at: undefined } }),
      userEvent("user.updated", { id, externalId, lastName: "Lovelace" }, { at: FIRST_AT }),
      // Who is named once stays so.
      userEvent("user.updated", { id, lastName: "King", banned: true, email: null }, { at: SECOND_AT }),
      deletedEvent({ id, externalId }, { at: DELETED_AT }),
    ];
  };
  const orders = sequencesUpTo(4, 4).filter((order) => repetitionsIn(order) === 0);
  const ends = await endsOf(named, orders, async (id) => {
    const user = await usersParty().create({ attributes: { id: newId("user"), name: "Ada" } });
    ours.set(id, user.id);
  });
  for (const [events, kept] of ends) {
    expect(new Set(kept.map((one) => JSON.stringify(one.state))).size, `of ${events}`).toBe(1);
    const owners = await usersParty().where({
      where: { id: kept.map(({ subject }) => ours.get(subject) ?? "") },
      limit: 100,
    });
    // Deleted with the person; else there, and the one that the identity leads to once Clerk has named it.
    expect(owners.users).toHaveLength(events.includes("3") ? 0 : kept.length);
    if (events.includes("1") && !events.includes("3"))
      for (const { subject } of kept) expect((await accountOf(subject)).user.id).toBe(ours.get(subject));
  }
  // No account is left of those that were made before ours was named.
  const accounts = await runInDurableObject(usersObject(), (_, { storage: { sql } }) =>
    sql
      .exec("SELECT count(*) AS n FROM users WHERE id NOT IN (SELECT user_id FROM identities) AND name = 'Ada Ash'")
      .one(),
  );
  expect(accounts).toEqual({ n: 0 });
});

test("names that people give themselves stand in the order of time among those that Clerk tells, however late it does", async () => {
  const clock = useClock(EPOCH);
  // At each minute somebody is named, by Clerk from a few names, or by themselves with one of their own.
  const happening = fc.oneof(
    fc.record({ by: fc.constant("clerk" as const), name: fc.constantFrom("Ash", "Birch", "Cedar"), delay: fc.nat(6) }),
    fc.record({ by: fc.constant("self" as const) }),
  );
  let minutes = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 7 }), async (happenings) => {
      const { id } = someone();
      const start = clock.now() + MINUTE_MS;
      await deliver(eventMessage(userEvent("user.created", { id, lastName: "Ash" }, { at: start })));
      const { user } = await accountOf(id);
      let [current, told] = ["Ada Ash", "Ada Ash"];
      const history: string[] = [];
      const late: { due: number; message: Message }[] = [];
      for (const [n, one] of happenings.entries()) {
        const at = start + (n + 1) * MINUTE_MS;
        clock.set(at);
        const name = one.by === "clerk" ? `Ada ${one.name}` : `Self ${(minutes += 1)}`;
        if (one.by === "self") await usersParty().changeProfile({ userId: user.id, changes: { name } });
        else
          late.push({
            due: n + one.delay,
            message: eventMessage(userEvent("user.updated", { id, lastName: one.name }, { at })),
          });
        if (one.by === "self" || name !== told) {
          if (name !== current) history.push(name);
          current = name;
        }
        if (one.by === "clerk") told = name;
        for (const { message } of late.filter(({ due }) => due === n)) await deliver(message);
      }
      for (const { message } of late.filter(({ due }) => due >= happenings.length)) await deliver(message);
      const after = await accountOf(id);
      expect(after.user.name).toBe(current);
      expect(after.data.name_history?.map((entry) => `${entry.first_name} ${entry.last_name}`) ?? []).toEqual(history);
    }),
    { numRuns: 80 },
  );
});

/** The ends of orders that differ from how the order in which it all happened ends, of the same events. */
async function oddEndsOf(life: Life, orders: readonly number[][]) {
  const ends = await endsOf(life, orders);
  return [...ends].flatMap(([events, kept]) => {
    const inOrder = kept.find(({ order }) => order.join() === events)?.state;
    const isGone = inOrder?.isBuried === true && inOrder.user === null && inOrder.identity === null;
    const isAsExpected = isGone === events.includes("3");
    return kept.filter(({ state }) => !isAsExpected || JSON.stringify(state) !== JSON.stringify(inOrder));
  });
}

/** Lives a life in each of these orders, by a person of its own. Answers the ends by the events that they are of. */
async function endsOf(life: Life, orders: readonly number[][], prepare?: (subject: string) => Promise<void>) {
  const lives = orders.map((order) => ({ order, subject: newSubject() }));
  for (const { subject } of lives) await prepare?.(subject);
  await deliverMany(lives.flatMap(({ order, subject }) => order.map((n) => messageOf(life, subject, n))));
  const kept = await keptOf(lives.map(({ subject }) => subject));
  return Map.groupBy(
    lives.map((one, index) => ({ ...one, state: kept[index] })),
    ({ order }) => [...new Set(order)].toSorted((a, b) => a - b).join(),
  );
}

/** The n-th event of somebody's life, with the same id each time. */
function messageOf(life: Life, subject: string, n: number): Message {
  return { id: `msg_${n}_${subject}`, body: JSON.stringify(life(subject)[n]) };
}

function eventMessage(event: object): Message {
  return { id: `msg_${crypto.randomUUID()}`, body: JSON.stringify(event) };
}

/** All sequences of at most so many of the first numbers. */
function sequencesUpTo(length: number, numbers: number): number[][] {
  const all: number[][] = [];
  let longest: number[][] = [[]];
  for (let n = 0; n < length; n++) {
    longest = longest.flatMap((sequence) => Array.from({ length: numbers }, (_, next) => [...sequence, next]));
    all.push(...longest);
  }
  return all;
}

function repetitionsIn(sequence: readonly number[]): number {
  return sequence.length - new Set(sequence).size;
}
