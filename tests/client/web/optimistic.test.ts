import { expect, test } from "vitest";
import { Optimistic } from "../../../client/web/app/optimistic.ts";
import { reasonOf } from "../helpers/setup.ts";

/** A server that answers when it is told to. */
function deferred<T>(): { answer: Promise<T>; give: (value: T) => void; refuse: (reason: Error) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  return { answer: promise, give: resolve, refuse: reject };
}

const append = (letter: string) => (text: string) => text + letter;

test("a change shows at once, and what the server made of it once that is known", async () => {
  const store = new Optimistic("");
  const { answer, give } = deferred<(text: string) => string>();
  const done = store.change(append("a"), () => answer);
  expect(store.getSnapshot()).toEqual({ value: "a", isSaving: true });
  give(() => "A");
  await done;
  expect(store.getSnapshot()).toEqual({ value: "A", isSaving: false });
});

test("a refused change is taken back without those that came after it", async () => {
  const store = new Optimistic("x");
  const { answer, refuse } = deferred<never>();
  const refused = reasonOf(store.change(append("a"), () => answer));
  const kept = store.change(append("b"), () => Promise.resolve(append("b")));
  expect(store.getSnapshot().value).toBe("xab");
  refuse(new Error("no"));
  expect(await refused).toEqual(new Error("no"));
  await kept;
  expect(store.getSnapshot()).toEqual({ value: "xb", isSaving: false });
});

test("changes are sent in order, each after the answer to the one before", async () => {
  const store = new Optimistic("");
  const sent: string[] = [];
  const first = deferred<(text: string) => string>();
  const one = store.change(append("a"), () => {
    sent.push("a");
    return first.answer;
  });
  const two = store.change(append("b"), () => {
    sent.push("b");
    return Promise.resolve(append("b"));
  });
  await Promise.resolve();
  expect(sent).toEqual(["a"]);
  first.give(append("a"));
  await Promise.all([one, two]);
  expect(sent).toEqual(["a", "b"]);
  expect(store.getSnapshot().value).toBe("ab");
});

test("what the server tells by itself stands under the changes that are still on their way", async () => {
  const store = new Optimistic("x");
  const { answer, give } = deferred<(text: string) => string>();
  const done = store.change(append("a"), () => answer);
  store.learn(() => "y");
  expect(store.getSnapshot().value).toBe("ya");
  give(append("a"));
  await done;
  expect(store.getSnapshot().value).toBe("ya");
});

test("listeners hear of each change until they leave", async () => {
  const store = new Optimistic("");
  let heard = 0;
  const leave = store.subscribe(() => (heard += 1));
  await store.change(append("a"), () => Promise.resolve(append("a")));
  expect(heard).toBe(2);
  leave();
  store.learn(append("b"));
  expect(heard).toBe(2);
});
