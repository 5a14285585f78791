import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { acknowledgedByPost, applyToPost, type PostEvent, type PostState } from "../../../client/core/post-state.ts";
import { REACTION_TYPES } from "../../../schema/reactions.ts";
import { commentOf, POST_ID, postState, TENANT } from "../helpers/post-fixtures.ts";
import { setUp, until } from "../helpers/setup.ts";

const ids = (state: PostState) => state.comments.map(({ id }) => id);
const withComments = (...numbers: number[]) =>
  postState({ comments: numbers.map((n) => commentOf(n)), commentCount: numbers.length });

describe("a post's state", () => {
  test("takes a count from a reaction, and nothing where counts are hidden", () => {
    const event: PostEvent = { type: "reaction", reactionType: "love", count: 3 };
    expect(applyToPost(postState(), event).reactions.counts?.love).toBe(3);
    expect(applyToPost(postState({ reactions: { mine: [] } }), event).reactions).toEqual({ mine: [] });
  });

  test("puts a comment where its time belongs, once", () => {
    const later = applyToPost(withComments(1, 3), { type: "comment", comment: commentOf(2) });
    expect(ids(later)).toEqual([1, 2, 3].map((n) => commentOf(n).id));
    expect(later.commentCount).toBe(3);
    expect(applyToPost(later, { type: "comment", comment: commentOf(2) })).toBe(later);
  });

  test("replaces an edited comment", () => {
    const edited = commentOf(1, { content: "better", editedAt: "2026-01-02T00:00:00.000Z" });
    expect(applyToPost(withComments(1), { type: "comment_edited", comment: edited }).comments).toEqual([edited]);
  });

  test("keeps the tombstone of a deleted comment, or nothing of it", () => {
    const tombstone = commentOf(1, { deleted: true, content: "", html: "" });
    const buried = applyToPost(withComments(1, 2), {
      type: "comment_deleted",
      commentId: tombstone.id,
      comment: tombstone,
    });
    expect(buried.comments[0]).toEqual(tombstone);
    expect(buried.commentCount).toBe(1);
    const gone = applyToPost(withComments(1, 2), { type: "comment_deleted", commentId: tombstone.id, comment: null });
    expect(ids(gone)).toEqual([commentOf(2).id]);
  });

  test("counts a comment once that was acknowledged and told of, in any order", () => {
    const comment = commentOf(1);
    const ack = { id: "f", type: "comment", frame: { type: "comment", content: "x" }, result: comment } as const;
    const event: PostEvent = { type: "comment", comment };
    const ackFirst = applyToPost(acknowledgedByPost(postState(), ack, false), event);
    const eventFirst = acknowledgedByPost(applyToPost(postState(), event), ack, false);
    expect(ackFirst).toEqual(eventFirst);
    expect(ackFirst.commentCount).toBe(1);
  });

  test("learns of an own reaction from its acknowledgement alone", () => {
    const on = {
      id: "f",
      type: "react",
      frame: { type: "react", reactionType: "like" },
      result: { added: true },
    } as const;
    const once = acknowledgedByPost(postState(), on, false);
    expect(acknowledgedByPost(once, on, false).reactions.mine).toEqual(["like"]);
    expect(acknowledgedByPost(once, { ...on, result: { added: false } }, false).reactions.mine).toEqual([]);
  });
});

const eventArbitrary: fc.Arbitrary<PostEvent> = fc.oneof(
  fc.record({
    type: fc.constant("reaction" as const),
    reactionType: fc.constantFrom(...REACTION_TYPES),
    count: fc.nat({ max: 50 }),
  }),
  fc.nat({ max: 9 }).map((n) => ({ type: "comment" as const, comment: commentOf(n) })),
  fc
    .tuple(fc.nat({ max: 9 }), fc.string())
    .map(([n, content]) => ({ type: "comment_edited" as const, comment: commentOf(n, { content }) })),
  fc.tuple(fc.nat({ max: 9 }), fc.boolean()).map(([n, stays]) => ({
    type: "comment_deleted" as const,
    commentId: commentOf(n).id,
    comment: stays ? commentOf(n, { deleted: true, content: "", html: "" }) : null,
  })),
  fc
    .nat({ max: 9 })
    .map((n) => ({ type: "post_updated" as const, post: { ...postState().post, title: `title ${n}` } })),
);

test("any split of the events into connections gives the same state", async () => {
  const { server, client, network } = await setUp();
  await fc.assert(
    fc.asyncProperty(
      fc.array(eventArbitrary, { maxLength: 25 }),
      // How many events each connection brings before it drops, and how many it repeats from before.
      fc.array(fc.record({ brings: fc.integer({ min: 1, max: 8 }), repeats: fc.nat({ max: 3 }) }), { maxLength: 4 }),
      async (events, connections) => {
        const numbered = events.map((event, index) => ({ ...event, seq: index + 1 }));
        const end = { type: "reaction" as const, reactionType: "curious" as const, count: 777, seq: events.length + 1 };
        const log = [...numbered, end];
        const post = client.post(TENANT, POST_ID);
        let socket = await server.socket();
        socket.welcome({ seq: 0, state: postState() });
        let at = 0;
        for (const { brings, repeats } of connections) {
          const upTo = Math.min(at + brings, events.length);
          socket.send(log.slice(Math.max(0, at - repeats), upTo));
          socket.send({ type: "presence", count: 1_000 + upTo });
          await until(post, () => post.state?.presence.count === 1_000 + upTo);
          at = upTo;
          socket.cut();
          await until(post, () => post.status === "reconnecting");
          network.dispatchEvent(new Event("online"));
          socket = await server.socket();
          expect(socket.url.searchParams.get("since")).toBe(String(at));
          socket.welcome({ seq: at, resumed: true });
          await until(post, () => post.status === "live");
        }
        socket.send(log.slice(at));
        await until(post, () => post.state?.reactions.counts?.curious === 777);
        const whole = log.reduce<PostState>(applyToPost, postState());
        expect({ ...post.state, presence: whole.presence }).toEqual(whole);
        post.close();
        await socket.closed;
      },
    ),
    { numRuns: 60 },
  );
});
