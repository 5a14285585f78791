import { env } from "cloudflare:workers";
import { asc, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { expect, test } from "vitest";
import * as d1 from "../../../schema/d1.ts";
import { type TestClock, useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { breakD1 } from "../../helpers/faults.ts";
import { alarmOf, crash, hibernate, ringAlarms } from "../../helpers/objects.ts";
import { person } from "../../helpers/principals.ts";
import { givenPost, type TestPost } from "../support.ts";

withD1Migrations();
const db = drizzle(env.DB);

async function commentsInD1(post: TestPost) {
  return await db
    .select()
    .from(d1.comments)
    .where(eq(d1.comments.postId, post.postId))
    .orderBy(asc(d1.comments.createdAt));
}

/** Lets time pass from alarm to alarm, until nothing waits for D1. */
async function settle(post: TestPost, clock: TestClock): Promise<void> {
  while ((await post.party.inspect({})).outbox.pending.length > 0) {
    const object = env.Post.getByName(post.name);
    clock.set(Math.max(clock.now(), (await alarmOf(object)) ?? 0));
    await ringAlarms(object);
  }
}

test("D1 has a comment within 30 seconds, whatever else is written meanwhile", async () => {
  const clock = useClock();
  const post = await givenPost();
  const ann = person();
  const start = clock.now();
  await post.party.toggleReaction({ principal: ann, reactionType: "like" });
  clock.advance(1_000);
  const parent = await post.party.addComment({ principal: ann, content: "one" });
  clock.advance(20_000);
  const reply = await post.party.addComment({ principal: ann, content: "two", parentId: parent.id });
  expect((await post.party.inspect({})).jobs[0]?.dueAt).toBe(start + 31_000);
  expect(await ringAlarms(post.object)).toBe(0);
  clock.set(start + 31_000);
  expect(await ringAlarms(post.object)).toBe(1);
  const common = {
    tenant: post.tenant,
    postId: post.postId,
    authorId: ann.user.id,
    editedAt: null,
    deletedAt: null,
    version: 1,
  };
  expect(await commentsInD1(post)).toEqual([
    { ...common, id: parent.id, content: "one", parentId: null, depth: 0, createdAt: start + 1_000 },
    { ...common, id: reply.id, content: "two", parentId: parent.id, depth: 1, createdAt: start + 21_000 },
  ]);
});

test("edits, tombstones and vanished comments reach D1 as they are in the end", async () => {
  const clock = useClock();
  const post = await givenPost();
  const ann = person();
  const parent = await post.party.addComment({ principal: ann, content: "secret" });
  clock.advance(1);
  const reply = await post.party.addComment({ principal: ann, content: "draft", parentId: parent.id });
  await post.party.flush({});
  await post.party.editComment({ principal: ann, commentId: reply.id, content: "final" });
  await post.party.deleteComment({ principal: ann, commentId: parent.id });
  await post.party.flush({});
  expect(await commentsInD1(post)).toMatchObject([
    { id: parent.id, content: "", deletedAt: clock.now(), version: 2 },
    { id: reply.id, content: "final", editedAt: clock.now(), version: 2 },
  ]);
  await post.party.deleteComment({ principal: ann, commentId: reply.id });
  await post.party.flush({});
  expect(await commentsInD1(post)).toEqual([]);
});

test("however often a comment is edited, D1 is told once", async () => {
  useClock();
  const post = await givenPost();
  const ann = person();
  const { id } = await post.party.addComment({ principal: ann, content: "0" });
  for (let n = 1; n <= 50; n++) await post.party.editComment({ principal: ann, commentId: id, content: `${n}` });
  expect((await post.party.inspect({})).outbox.pending).toMatchObject([{ lane: "d1", rows: 1 }]);
  const writes = breakD1(`post:${post.name}`);
  await post.party.flush({});
  // The comment and the mark of its batch.
  expect(writes.statements).toBe(2);
  expect(await commentsInD1(post)).toMatchObject([{ content: "50", version: 51 }]);
});

test("D1 being away loses nothing, and an answer that was lost doubles nothing", async () => {
  const clock = useClock();
  const post = await givenPost();
  const ann = person();
  const faults = breakD1(`post:${post.name}`);
  faults.fail("before", 8);
  await post.party.addComment({ principal: ann, content: "one" });
  await post.party.toggleReaction({ principal: ann, reactionType: "like" });
  expect(await post.party.flush({})).toEqual({ waiting: 2 });
  clock.advance(1);
  await post.party.addComment({ principal: ann, content: "two" });
  await hibernate(post.object);
  while (faults.calls < 8) {
    clock.set((await post.party.inspect({})).jobs[0]?.dueAt ?? 0);
    await ringAlarms(post.object);
  }
  faults.fail("after", 2);
  await settle(post, clock);
  expect(await commentsInD1(post)).toMatchObject([{ content: "one" }, { content: "two" }]);
  expect((await post.party.inspect({})).outbox.dead).toEqual([]);
});

test("a party that is killed while it writes to D1 finishes after its start, with each comment there once", async () => {
  const clock = useClock();
  const post = await givenPost();
  const faults = breakD1(`post:${post.name}`);
  for (const fault of ["before", "after"] as const) {
    await post.party.addComment({ principal: person(), content: fault });
    faults.fail(async (real) => {
      if (fault === "after") await real();
      void crash(env.Post.getByName(post.name));
      return await new Promise(() => undefined);
    }, 1);
    await post.party.flush({}).catch(() => undefined);
    await settle(post, clock);
  }
  expect((await commentsInD1(post)).map(({ content }) => content).sort()).toEqual(["after", "before"]);
});

test("a comment is reported once a person, with its reason, to D1", async () => {
  const clock = useClock();
  const post = await givenPost();
  const [ann, bob] = [person(), person()];
  const { id: commentId } = await post.party.addComment({ principal: ann, content: "Buy things" });
  const report = { principal: bob, commentId, reason: "spam" as const, note: "again" };
  expect(await post.party.reportComment(report)).toEqual({ reported: true });
  await post.party.flush({});
  clock.advance(1);
  await hibernate(post.object);
  expect(await post.party.reportComment({ ...report, reason: "abuse" })).toEqual({ reported: true });
  expect(await post.party.reportComment({ principal: ann, commentId, reason: "other" })).toEqual({ reported: true });
  await post.party.flush({});
  const rows = await db
    .select()
    .from(d1.commentReports)
    .where(eq(d1.commentReports.commentId, commentId))
    .orderBy(asc(d1.commentReports.createdAt));
  expect(rows).toMatchObject([
    {
      tenant: post.tenant,
      postId: post.postId,
      reporterId: bob.user.id,
      reason: "spam",
      note: "again",
      createdAt: clock.now() - 1,
    },
    { reporterId: ann.user.id, reason: "other", note: null },
  ]);
});

test("a deletion settles the reports of its comment in D1 without a wait, those on their way included", async () => {
  useClock();
  const post = await givenPost();
  const [ann, bob] = [person(), person()];
  const { id: commentId } = await post.party.addComment({ principal: ann, content: "Buy things" });
  await post.party.reportComment({ principal: bob, commentId, reason: "spam" });
  await post.party.flush({});
  await post.party.reportComment({ principal: ann, commentId, reason: "other" });
  expect(await ringAlarms(post.object)).toBe(0);
  const reports = db.select().from(d1.commentReports).where(eq(d1.commentReports.commentId, commentId));
  expect(await reports).toHaveLength(1);
  await post.party.deleteComment({ principal: post.owner, commentId });
  expect(await ringAlarms(post.object)).toBe(1);
  expect(await reports).toEqual([]);
  expect(await commentsInD1(post)).toEqual([]);
});
