import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import fc from "fast-check";
import { expect, test } from "vitest";
import * as d1 from "../../../schema/d1.ts";
import type { Comment } from "../../../schema/http/posts.ts";
import { ANONYMOUS } from "../../../schema/principal.ts";
import { REACTION_TYPES } from "../../../schema/reactions.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { givenPost, type TestPost } from "../support.ts";
import { commands, fallAsleep, Model } from "./post-model.ts";

withD1Migrations();

test(
  "whatever three people do and whenever the party is evicted, it holds what it should, and so does D1",
  { timeout: 60_000 },
  async () => {
    const clock = useClock();
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 25 }), async (sequence) => {
        const model = new Model();
        const post = await givenPost();
        await fc.asyncModelRun(() => ({ model, real: { post, clock } }), sequence);

        await fallAsleep(post);
        const state = await post.party.read({ principal: ANONYMOUS, commentLimit: 100 });
        expect(state.comments.map(seen)).toEqual(model.all);
        expect(state.commentCount).toBe(model.comments.filter(({ deleted }) => !deleted).length);
        expect(state.reactions.counts).toEqual(model.counts);

        expect(await post.party.flush({})).toEqual({ waiting: 0 });
        await expectD1(post, model);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  },
);

function seen({ id, author, content, parentId, editedAt, deleted }: Comment) {
  return { id, authorId: author.id, content, parentId, edited: editedAt !== null, deleted };
}

async function expectD1(post: TestPost, model: Model): Promise<void> {
  const db = drizzle(env.DB);
  const comments = await db.select().from(d1.comments).where(eq(d1.comments.postId, post.postId));
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  expect(
    comments
      .map(({ id, authorId, content, parentId, editedAt, deletedAt }) => ({
        id,
        authorId,
        content,
        parentId,
        edited: editedAt !== null,
        deleted: deletedAt !== null,
      }))
      .sort(byId),
  ).toEqual(model.all.sort(byId));
  const rows = await db.select().from(d1.reactionCounts).where(eq(d1.reactionCounts.postId, post.postId));
  const none = REACTION_TYPES.map((type) => [type, 0] as const);
  const counts = Object.fromEntries([
    ...none,
    ...rows.map(({ reactionType, count }) => [reactionType, count] as const),
  ]);
  expect(counts).toEqual(model.counts);
}
