import { runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { deletedEvent, userEvent } from "../../fakes/clerk-events.ts";
import { type Message, newMessage } from "../../fakes/svix-sender.ts";
import { TEST_EPOCH, useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { catchLogs } from "../../helpers/logs.ts";
import { crash, rowsOf } from "../../helpers/objects.ts";
import { deliver, keptOf, someone } from "./clerk-support.ts";
import { usersObject, usersParty } from "./support.ts";

withD1Migrations();
beforeEach(() => void catchLogs());

/** Of so many failures one takes the whole party with it. */
const CRASH_EVERY = 4;

/** Everything that is told of one person here: the names change, and an account of ours is named and taken over. */
function livesOf(externalId: string | null) {
  const { id } = someone();
  const told = [
    userEvent("user.created", { id }, { at: TEST_EPOCH - 4 }),
    userEvent("user.updated", { id, externalId, lastName: "Birch", banned: true }, { at: TEST_EPOCH - 3 }),
    userEvent("user.updated", { id, externalId, lastName: "Cedar" }, { at: TEST_EPOCH - 2 }),
    { type: "user.strange", data: { id } },
    deletedEvent({ id, externalId }, { at: TEST_EPOCH - 1 }),
  ];
  return { id, messages: told.map((event) => newMessage(event)) };
}

async function ownAccount(): Promise<string> {
  return (await usersParty().create({ attributes: { name: "Ada" } })).id;
}

/** What everything that was handled has left: each row that a second effect would double. */
async function effectsOf({ id, messages }: ReturnType<typeof livesOf>) {
  const [kept] = await keptOf([id]);
  const isTheirs = (row: Record<string, unknown>) =>
    messages.some(({ id: messageId }) => messageId === row["message_id"]);
  const receipts = (await rowsOf(usersObject(), "receipts")).filter(isTheirs);
  const letters = (await rowsOf(usersObject(), "dead_letters")).filter(isTheirs);
  const audit = (await rowsOf(usersObject(), "k_outbox")).filter((row) =>
    JSON.stringify(row).includes("account_deleted"),
  );
  return { kept, receipts: receipts.length, letters: letters.length, deletions: audit.length };
}

test("a failure or a crash at any statement of handling a message leaves all of it or nothing, and its repeat the rest", async () => {
  useClock();
  const plain = livesOf(await ownAccount());
  const crashing = livesOf(await ownAccount());
  const deletionsBefore = (await effectsOf(plain)).deletions;
  for (const message of plain.messages) await deliver(message);
  const expected = await effectsOf(plain);
  const crashes = await planCrashes();
  let died = 0;
  for (const message of crashing.messages) {
    for (let statement = 1; ; statement++) {
      if ((await crashes.deliver(message, { dieBefore: statement })) !== undefined) break;
      died += 1;
    }
    expect(await deliver(message)).toBe("repeated");
  }
  const after = await effectsOf(crashing);
  expect(after).toEqual({ ...expected, deletions: 2 * expected.deletions - deletionsBefore });
  expect(died).toBeGreaterThan(5 * crashing.messages.length);
});

test("a crash after the commit and before the answer is found out by the repeat, which does nothing", async () => {
  useClock();
  const life = livesOf(await ownAccount());
  const crashes = await planCrashes();
  for (const message of life.messages) {
    expect(await crashes.deliver(message, { dieBefore: "answer" })).toBeUndefined();
    const before = await effectsOf(life);
    expect(await deliver(message)).toBe("repeated");
    expect(await effectsOf(life)).toEqual(before);
  }
});

test("whatever crashes, whenever, and in whatever order messages are sent again until they are taken, each is done once", async () => {
  useClock();
  const plain = livesOf(null);
  for (const message of plain.messages) await deliver(message);
  const { deletions: _all, ...expected } = await effectsOf(plain);
  const crashes = await planCrashes();
  const trouble = fc.record({
    message: fc.nat(4),
    dieBefore: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant("answer" as const), fc.constant(undefined)),
    crashesAfter: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(trouble, { maxLength: 10 }), async (troubles) => {
      const life = livesOf(null);
      for (const { message, dieBefore, crashesAfter } of troubles) {
        await crashes.deliver(life.messages[message] ?? newMessage({}), { dieBefore });
        if (crashesAfter) await crash(usersObject());
      }
      for (const message of life.messages) await deliver(message);
      const { deletions: _some, ...effects } = await effectsOf(life);
      expect(effects).toEqual(expected);
    }),
    { numRuns: 15 },
  );
});

interface Crashes {
  /** Delivers a message, and answers undefined when the party died over it. */
  deliver(message: Message, where: { dieBefore: number | "answer" | undefined }): Promise<string | undefined>;
}

/** Lets the users party die in the midst of a call, until the running test ends. Once a test. */
async function planCrashes(): Promise<Crashes> {
  const stateOf = async () => await runInDurableObject(usersObject(), (_, state) => state);
  const prototype = Object.getPrototypeOf((await stateOf()).storage.sql) as SqlStorage;
  const real = prototype.exec;
  let left = Infinity;
  let die: (() => void) | undefined;
  const spy = vi.spyOn(prototype, "exec").mockImplementation(function exec(this: SqlStorage, ...given) {
    left -= 1;
    if (left === 0) die?.();
    return real.apply(this, given);
  });
  onTestFinished(() => spy.mockRestore());
  return {
    deliver: async (message, { dieBefore }) => {
      const state = await stateOf();
      die = () => {
        // Not always all of it: workerd has something to say about each time that it is.
        if (dieBefore === "answer" || (dieBefore ?? 0) % CRASH_EVERY === 1) state.abort("crashed by a test");
        throw new Error("crashed by a test");
      };
      left = typeof dieBefore === "number" ? dieBefore : Infinity;
      const outcome = await deliver(message).catch(() => undefined);
      const hasDied = left <= 0;
      left = Infinity;
      if (dieBefore === "answer") await crash(usersObject());
      return hasDied || dieBefore === "answer" ? undefined : outcome;
    },
  };
}
