import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Comment } from "../../../schema/http/posts.ts";
import { MAX_SHOWN_DEPTH, threadOf } from "../../../client/web/post/thread.ts";

const comment = (id: string, parentId: string | null = null): Comment => ({
  id,
  postId: "pst_1",
  author: { id: "usr_1", name: "Ada", picture: null },
  content: id,
  html: `<p>${id}</p>`,
  parentId,
  depth: parentId === null ? 0 : 1,
  createdAt: "2026-11-20T10:00:00.000Z",
  editedAt: null,
  deleted: false,
});
const shape = (comments: Comment[]): [string, number][] =>
  threadOf(comments).map((entry) => [entry.comment.id, entry.depth]);

describe("threadOf", () => {
  test("puts replies right after what they answer, oldest first", () => {
    expect(shape([comment("a"), comment("b"), comment("c", "a"), comment("d", "b"), comment("e", "a")])).toEqual([
      ["a", 0],
      ["c", 1],
      ["e", 1],
      ["b", 0],
      ["d", 1],
    ]);
  });

  test("names the comment that a reply answers", () => {
    expect(threadOf([comment("a"), comment("b", "a")])[1]?.parent?.id).toBe("a");
  });

  test("shows a reply at the top level when what it answers is not on the page", () => {
    expect(shape([comment("b", "gone")])).toEqual([["b", 0]]);
    expect(threadOf([comment("b", "gone")])[0]?.parent).toBeNull();
  });

  test("shows deep replies flat, and a chain of thousands without overflowing", () => {
    const chain = Array.from({ length: 20_000 }, (_, index) =>
      comment(`c${index}`, index === 0 ? null : `c${index - 1}`),
    );
    const entries = threadOf(chain);
    expect(entries).toHaveLength(chain.length);
    expect(entries.at(-1)?.depth).toBe(MAX_SHOWN_DEPTH);
  });

  test("shows every comment exactly once, whatever answers what", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 60 }), (parents) => {
        const comments = parents.map((pick, index) =>
          comment(`c${index}`, index === 0 || pick % 3 === 0 ? null : `c${pick % index}`),
        );
        expect(
          threadOf(comments)
            .map((entry) => entry.comment.id)
            .sort(),
        ).toEqual(comments.map(({ id }) => id).sort());
      }),
    );
  });
});
