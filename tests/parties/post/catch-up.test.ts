import { expect, test } from "vitest";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { hibernate } from "../../helpers/objects.ts";
import { person } from "../../helpers/principals.ts";
import { givenPost, type TestPost } from "../support.ts";

withD1Migrations();

async function react(post: TestPost, times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    await post.party.toggleReaction({ principal: person(), reactionType: "like", on: true });
  }
}

test("a socket that missed some events gets each of them once, in order, and no state", async () => {
  useClock();
  const post = await givenPost();
  const ann = person();
  const first = await post.join(ann);
  await react(post, 10);
  for (let seq = 1; seq <= 10; seq++) expect(await first.next("reaction")).toMatchObject({ seq });
  first.close();
  await first.closed;
  await react(post, 5);
  await hibernate(post.object);

  for (const batch of [false, true]) {
    const back = await post.join(ann, { since: 10, batch });
    for (let seq = 11; seq <= 15; seq++) expect(await back.next("reaction")).toMatchObject({ seq, count: seq });
    expect(back.frames[0]).toMatchObject({ type: "welcome", resumed: true, seq: 10 });
    expect(back.frames[0]).not.toHaveProperty("state");
    expect(back.all("reaction")).toHaveLength(5);
  }
});

test("a socket that missed more text than a snapshot holds gets the whole state", async () => {
  useClock();
  const post = await givenPost();
  const ann = person();
  await react(post, 1);
  const long = '"'.repeat(4_900);
  for (let n = 0; n < 2; n++) {
    const { id: commentId } = await post.party.addComment({ principal: ann, content: long });
    for (let edit = 0; edit < 20; edit++)
      await post.party.editComment({ principal: ann, commentId, content: `${long}${edit}` });
  }
  const back = await post.open(ann, { since: 1 });
  expect(await back.next("resync")).toMatchObject({ seq: 43, state: { commentCount: 2 } });
  expect(back.all("comment_edited")).toEqual([]);
});

test("a socket that was away for longer than the log reaches gets the whole state", async () => {
  useClock();
  const post = await givenPost();
  await react(post, 3);
  const ann = person();
  for (let n = 0; n < 1_100; n += 100) {
    await Promise.all(
      Array.from({ length: 100 }, () => post.party.toggleReaction({ principal: ann, reactionType: "love" })),
    );
  }
  const back = await post.join(person(), { since: 1 });
  expect(back.frames[0]).not.toHaveProperty("state");
  expect(await back.next("resync")).toMatchObject({
    seq: 1_103,
    state: { reactions: { counts: { like: 3, love: 0 } } },
  });
  expect(back.all("reaction")).toEqual([]);
});

test("what happens between the welcome and the next event is neither lost nor doubled", async () => {
  const post = await givenPost();
  const ann = person();
  const talker = await post.join(ann);
  const joining: Promise<number[]>[] = [];
  for (let n = 1; n <= 30; n++) {
    talker.send({ type: "react", reactionType: "like" });
    joining.push(
      (async () => {
        const socket = await post.open();
        const { seq } = await socket.next("welcome");
        const heard = [];
        while ((heard.at(-1) ?? seq ?? 0) < 30) heard.push((await socket.next("reaction")).seq ?? 0);
        return [seq ?? 0, ...heard];
      })(),
    );
  }
  for (const seqs of await Promise.all(joining)) {
    const [start = 0] = seqs;
    expect(seqs).toEqual(Array.from({ length: 31 - start }, (_, n) => start + n));
  }
});
