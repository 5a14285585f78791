import { expect, test } from "vitest";
import { withD1Migrations } from "../../helpers/d1.ts";
import { hibernate } from "../../helpers/objects.ts";
import { elsewhere, person } from "../../helpers/principals.ts";
import type { Frame, TestSocket } from "../../helpers/sockets.ts";
import { givenPost, type TestPost } from "../support.ts";

withD1Migrations();
const countIn = (welcome: Frame) => (welcome["state"] as { presence: { count: number } }).presence.count;

/** Waits until this socket has heard of that many people. */
async function heardOf(socket: TestSocket, count: number): Promise<void> {
  while ((await socket.next("presence"))["count"] !== count);
}

async function peopleAt(post: TestPost): Promise<number> {
  return (await post.party.getPresence({})).count;
}

test("presence counts people, not tabs, and anonymous readers one by one", async () => {
  const post = await givenPost();
  const ann = person();
  const first = await post.join(ann);
  const tabs = [await post.join(ann), await post.join(elsewhere(ann))];
  expect(await peopleAt(post)).toBe(1);
  await post.join();
  await post.join();
  const bob = await post.open(person());
  expect(countIn(await bob.next("welcome"))).toBe(4);
  await heardOf(first, 4);

  for (const tab of tabs) tab.close();
  await Promise.all(tabs.map((tab) => tab.closed));
  expect(await peopleAt(post)).toBe(4);
  first.close();
  await heardOf(bob, 3);
});

test("presence survives hibernation, and a socket that closes meanwhile is missed", async () => {
  const post = await givenPost();
  const ann = person();
  const [stays, leaves] = [await post.join(ann), await post.join(person())];
  await post.join(elsewhere(ann));
  await heardOf(stays, 2);
  await hibernate(post.object);
  expect(await peopleAt(post)).toBe(2);
  await hibernate(post.object);
  // Nothing but this close wakes the party.
  leaves.close();
  await heardOf(stays, 1);
});

test("a crowd coming and going costs at most one presence signal a second", async () => {
  const post = await givenPost();
  const reader = await post.join();
  await heardOf(reader, 1);
  const start = Date.now();
  const crowd = await Promise.all(Array.from({ length: 40 }, () => post.join()));
  for (const socket of crowd.slice(0, 20)) socket.close();
  await heardOf(reader, 21);
  const seconds = (Date.now() - start) / 1_000;
  expect(reader.all("presence").length).toBeLessThanOrEqual(2 + Math.ceil(seconds));
});

test("presence leaves no trace in the log that late sockets catch up from", async () => {
  const post = await givenPost();
  await post.join(person());
  await post.join(person());
  expect((await post.party.inspect({})).events).toEqual({ first: 0, last: 0 });
});

test("typing reaches everyone by name, is not repeated at once, and is not stored", async () => {
  const post = await givenPost();
  const ann = person({ name: "Ann" });
  const [socket, reader] = [await post.join(ann), await post.join()];
  expect(await socket.ask({ type: "typing" })).toMatchObject({ type: "ack" });
  expect(await reader.next("typing")).toEqual({ type: "typing", userId: ann.user.id, name: "Ann" });
  for (let n = 0; n < 10; n++) await socket.ask({ type: "typing" });
  const bob = person({ name: "Bob" });
  await (await post.join(bob)).ask({ type: "typing" });
  expect(await reader.next("typing")).toMatchObject({ userId: bob.user.id });
  expect((await post.party.inspect({})).events.last).toBe(0);
});
