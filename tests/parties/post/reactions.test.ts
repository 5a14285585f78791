import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { expect, test } from "vitest";
import * as d1 from "../../../schema/d1.ts";
import { ANONYMOUS } from "../../../schema/principal.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { breakD1 } from "../../helpers/faults.ts";
import { hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { elsewhere, operator, person } from "../../helpers/principals.ts";
import type { Frame } from "../../helpers/sockets.ts";
import { changePost, givenPost, refusal } from "../support.ts";

withD1Migrations();
const react = (on?: boolean) => ({ type: "react", reactionType: "like", ...(on !== undefined && { on }) });
const countsOf = (frame: Frame) => (frame["state"] as { reactions: { counts?: object } }).reactions.counts;

test("a reaction is set, counted and told to everyone", async () => {
  const post = await givenPost();
  const [ann, reader] = [await post.join(person()), await post.join()];
  expect((await ann.ask(react(true)))["result"]).toEqual({ added: true, newCount: 1 });
  expect(await reader.next("reaction")).toMatchObject({ reactionType: "like", count: 1, seq: 1 });
  expect((await ann.ask(react(false)))["result"]).toEqual({ added: false, newCount: 0 });
  expect(await reader.next("reaction")).toMatchObject({ reactionType: "like", count: 0, seq: 2 });
});

test("setting a reaction that already stands changes nothing and tells nobody", async () => {
  const post = await givenPost();
  const ann = await post.join(person());
  await ann.ask(react(true));
  expect((await ann.ask(react(true)))["result"]).toEqual({ added: true, newCount: 1 });
  await ann.ask(react(false));
  await ann.next("reaction");
  expect(await ann.next("reaction")).toMatchObject({ count: 0, seq: 2 });
});

test("without on a reaction flips, and a retried frame does not flip it back", async () => {
  const post = await givenPost();
  const ann = person();
  const socket = await post.join(ann);
  const id = socket.send(react());
  expect((await socket.answer(id))["result"]).toEqual({ added: true, newCount: 1 });
  const phone = await post.join(elsewhere(ann));
  expect((await phone.ask({ ...react(), id }))["result"]).toEqual({ added: true, newCount: 1 });
  expect((await socket.ask(react()))["result"]).toEqual({ added: false, newCount: 0 });
});

test("an id is a retry only of the same kind of operation", async () => {
  const post = await givenPost();
  const principal = person();
  const comment = await post.party.addComment({ principal, content: "First", opId: "1" });
  const socket = await post.join(principal);
  expect((await socket.ask({ ...react(true), id: "1" }))["result"]).toEqual({ added: true, newCount: 1 });
  expect((await socket.ask({ type: "comment", content: "Second", id: "1" }))["result"]).toEqual(comment);
});

test("ten toggles with one id at once flip once", async () => {
  const post = await givenPost();
  const principal = person();
  const toggles = Array.from({ length: 10 }, () =>
    post.party.toggleReaction({ principal, reactionType: "love", opId: "tap" }),
  );
  expect(await Promise.all(toggles)).toEqual(Array.from({ length: 10 }, () => ({ added: true, newCount: 1 })));
  expect(await rowsOf(post.object, "reactions")).toHaveLength(1);
});

test("200 people at once are 200 rows and a count of 200", async () => {
  const post = await givenPost();
  const results = await Promise.all(
    Array.from({ length: 200 }, () =>
      post.party.toggleReaction({ principal: person(), reactionType: "like", on: true }),
    ),
  );
  expect(new Set(results.map((result) => result.newCount)).size).toBe(200);
  expect(await rowsOf(post.object, "reactions")).toHaveLength(200);
  await hibernate(post.object);
  expect(await post.party.getReactionCounts({})).toEqual({
    like: 200,
    love: 0,
    insightful: 0,
    celebrate: 0,
    curious: 0,
  });
});

test("people see which reactions are theirs, on every device and after a wake", async () => {
  const post = await givenPost();
  const ann = person();
  await post.party.toggleReaction({ principal: ann, reactionType: "curious" });
  await hibernate(post.object);
  expect(await post.party.getReactions({ principal: elsewhere(ann) })).toMatchObject({ mine: ["curious"] });
  expect(await post.party.getReactions({ principal: person() })).toMatchObject({ mine: [] });
});

test("author-only counts reach the owner, the author and operators, and nobody else by any way", async () => {
  const post = await givenPost({ features: { reactionCounts: "authors" } });
  const insiders = [post.owner, post.author, operator()];
  const outsiders = [person(), ANONYMOUS];
  const ann = person();
  const socket = await post.join(ann);
  const inside = await Promise.all(insiders.map((principal) => post.join(principal)));
  const outside = await Promise.all(outsiders.map((principal) => post.join(principal)));

  expect((await socket.ask(react(true)))["result"]).toEqual({ added: true });
  expect(await post.party.toggleReaction({ principal: person(), reactionType: "like" })).toEqual({ added: true });
  for (const insider of inside) {
    expect(await insider.next("reaction")).toMatchObject({ count: 1 });
    expect(await insider.next("reaction")).toMatchObject({ count: 2 });
  }
  // What comes after the counts proves that they were not merely late.
  await socket.ask({ type: "comment", content: "Nice" });
  for (const outsider of [...outside, socket]) {
    await outsider.next("comment");
    expect(JSON.stringify(outsider.frames)).not.toMatch(/"count":2|"counts"|"type":"reaction"/);
  }

  for (const principal of insiders) {
    expect(await post.party.getReactions({ principal })).toMatchObject({ counts: { like: 2 } });
    expect((await post.party.read({ principal })).reactions.counts).toMatchObject({ like: 2 });
    expect(countsOf(await (await post.open(principal)).next("welcome"))).toMatchObject({ like: 2 });
    const resumed = await post.open(principal, { since: 0 });
    expect(await resumed.next("reaction")).toMatchObject({ count: 1 });
  }
  for (const principal of [...outsiders, ann]) {
    expect(await post.party.getReactions({ principal })).not.toHaveProperty("counts");
    expect((await post.party.read({ principal })).reactions).not.toHaveProperty("counts");
    expect(countsOf(await (await post.open(principal)).next("welcome"))).toBeUndefined();
    const resumed = await post.open(principal, { since: 0 });
    expect(await resumed.next("comment")).toMatchObject({ seq: 3 });
    expect(resumed.all("reaction")).toEqual([]);
  }
  expect(await post.party.getReactions({ principal: ann })).toEqual({ mine: ["like"] });
});

test("switching counts to author-only gives everyone a new state, and what was said before is not repeated", async () => {
  const post = await givenPost();
  const [ann, owner] = [await post.join(person()), await post.join(post.owner)];
  await ann.ask(react(true));
  await changePost(post, {}, { reactionCounts: "authors" });
  expect(countsOf(await ann.next("resync"))).toBeUndefined();
  expect(countsOf(await owner.next("resync"))).toMatchObject({ like: 1 });
  const late = await post.open(person(), { since: 0 });
  expect(countsOf(await late.next("resync"))).toBeUndefined();
  expect(late.all("reaction")).toEqual([]);

  await changePost(post, { revision: 3 }, { reactionCounts: "public" });
  expect(countsOf(await ann.next("resync"))).toMatchObject({ like: 1 });
});

test("nobody reacts without signing in", async () => {
  const post = await givenPost();
  const reader = await post.join();
  expect(await reader.ask(react(true))).toMatchObject({ type: "error", code: "unauthenticated" });
  const error = await refusal(post.party.toggleReaction({ principal: ANONYMOUS, reactionType: "like" }));
  expect(error.code).toBe("unauthenticated");
  expect(await rowsOf(post.object, "reactions")).toEqual([]);
});

test("D1 has the counts within five minutes, however many reactions come meanwhile", async () => {
  const clock = useClock();
  const post = await givenPost();
  const start = clock.now();
  for (let n = 0; n < 10; n++) {
    await post.party.toggleReaction({ principal: person(), reactionType: "like" });
    clock.advance(29_000);
  }
  const [job] = (await post.party.inspect({})).jobs;
  expect(job).toMatchObject({ name: "outbox", dueAt: start + 5 * 60_000 });
  expect(await ringAlarms(post.object)).toBe(0);
  clock.set(start + 5 * 60_000);
  expect(await ringAlarms(post.object)).toBe(1);
  const rows = await drizzle(env.DB).select().from(d1.reactionCounts).where(eq(d1.reactionCounts.postId, post.postId));
  expect(rows).toMatchObject([{ reactionType: "like", count: 10 }]);
});

test("1,000 reactions cost at most 10 statements that write to D1", async () => {
  useClock();
  const post = await givenPost();
  const types = ["like", "love", "insightful", "celebrate", "curious"] as const;
  const writes = breakD1(`post:${post.name}`);
  for (let n = 0; n < 1_000; n += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        post.party.toggleReaction({ principal: person(), reactionType: types[i % 5] ?? "like" }),
      ),
    );
  }
  expect(await post.party.flush({})).toEqual({ waiting: 0 });
  expect(writes.statements).toBeLessThanOrEqual(10);
  const rows = await drizzle(env.DB).select().from(d1.reactionCounts).where(eq(d1.reactionCounts.postId, post.postId));
  expect(rows.map((row) => row.count)).toEqual([200, 200, 200, 200, 200]);
});
