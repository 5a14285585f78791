import { expect, test } from "vitest";
import { LETTER_KEPT_MS, RECEIPT_KEPT_MS } from "../../../parties/users/letters.ts";
import { userEvent } from "../../fakes/clerk-events.ts";
import { type Message, newMessage } from "../../fakes/svix-sender.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { rowsOf } from "../../helpers/objects.ts";
import { accountOf, deliver, someone } from "./clerk-support.ts";
import { runUsers, usersObject, usersParty } from "./support.ts";

withD1Migrations();

test("a receipt is kept for 30 days and a dead letter for 90", async () => {
  const clock = useClock();
  const { id } = someone();
  const done = newMessage(userEvent("user.created", { id }, { at: clock.now() }));
  const strange = newMessage({ type: "user.strange" });
  await deliver(done);
  await deliver(strange);
  const start = clock.now();
  const has = async (table: string, { id: messageId }: Message) =>
    (await rowsOf(usersObject(), table)).some((row) => row["message_id"] === messageId);

  /** Prunes at a time: when the job is due by itself depends on what other tests have made of the party's time. */
  const pruneAt = async (at: number): Promise<void> => {
    clock.set(at);
    await usersParty().retryJob({ id: "pruneMail" });
    await runUsers();
  };
  await pruneAt(start + RECEIPT_KEPT_MS - 1);
  expect(await has("receipts", done)).toBe(true);
  await pruneAt(start + RECEIPT_KEPT_MS);
  expect([await has("receipts", done), await has("dead_letters", strange)]).toEqual([false, true]);
  // Much too late to be a repeat, and still no second account.
  const before = await accountOf(id);
  expect(await deliver(done)).toBe("older");
  expect((await accountOf(id)).user).toEqual(before.user);

  await pruneAt(start + LETTER_KEPT_MS - 1);
  expect(await has("dead_letters", strange)).toBe(true);
  await pruneAt(start + LETTER_KEPT_MS);
  expect(await has("dead_letters", strange)).toBe(false);
});
