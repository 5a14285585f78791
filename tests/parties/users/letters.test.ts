import { expect, test } from "vitest";
import { LETTER_KEPT_MS, RECEIPT_KEPT_MS } from "../../../parties/users/letters.ts";
import { userEvent } from "../../fakes/clerk-events.ts";
import { type Message, newMessage } from "../../fakes/svix-sender.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { accountOf, deliver, someone } from "./clerk-support.ts";
import { usersObject } from "./support.ts";

withD1Migrations();

const DAY_MS = 24 * 60 * 60_000;

test("a receipt is kept for 30 days and a dead letter for 90, to the day", async () => {
  const clock = useClock();
  // Whatever is due by then is not what this is about.
  await ringAlarms(usersObject());
  const { id } = someone();
  const done = newMessage(userEvent("user.created", { id }, { at: clock.now() }));
  const strange = newMessage({ type: "user.strange" });
  await deliver(done);
  await deliver(strange);
  const start = clock.now();
  const has = async (table: string, { id: messageId }: Message) =>
    (await rowsOf(usersObject(), table)).some((row) => row["message_id"] === messageId);

  const dayAfter = async (keptMs: number): Promise<void> => {
    clock.set(start + keptMs + DAY_MS);
    await ringAlarms(usersObject());
  };
  clock.set(start + RECEIPT_KEPT_MS - 1);
  await ringAlarms(usersObject());
  expect(await has("receipts", done)).toBe(true);
  await dayAfter(RECEIPT_KEPT_MS);
  expect([await has("receipts", done), await has("dead_letters", strange)]).toEqual([false, true]);
  // Much too late to be a repeat, and still no second account.
  const before = await accountOf(id);
  expect(await deliver(done)).toBe("older");
  expect((await accountOf(id)).user).toEqual(before.user);

  clock.set(start + LETTER_KEPT_MS - 1);
  await ringAlarms(usersObject());
  expect(await has("dead_letters", strange)).toBe(true);
  await dayAfter(LETTER_KEPT_MS);
  expect(await has("dead_letters", strange)).toBe(false);
});
