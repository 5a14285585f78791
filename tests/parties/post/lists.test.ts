import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { encodeCursor } from "../../../parties/kernel/index.ts";
import { ANONYMOUS } from "../../../schema/principal.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { hibernate } from "../../helpers/objects.ts";
import { person } from "../../helpers/principals.ts";
import { codeOf, givenPost, type TestPost } from "../support.ts";

withD1Migrations();
const principal = ANONYMOUS;

async function write(post: TestPost, ...texts: string[]): Promise<string[]> {
  const made = [];
  for (const content of texts) made.push((await post.party.addComment({ principal: person(), content })).id);
  return made;
}

test("pages of the oldest comments first hold each comment once, also when more are written meanwhile", async () => {
  useClock();
  const post = await givenPost();
  await write(post, "1", "2", "3", "4", "5");
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 4; page++) {
    const list = await post.party.listComments({ principal, limit: 2, ...(cursor && { cursor }) });
    seen.push(...list.comments.map(({ content }) => content));
    if (page === 0) await write(post, "6", "7");
    cursor = list.nextCursor ?? undefined;
  }
  expect(seen).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
  expect(cursor).toBeUndefined();
});

test("pages of the newest comments first do not shift when more are written or some are deleted", async () => {
  useClock();
  const post = await givenPost();
  const ids = await write(post, "1", "2", "3", "4", "5");
  const first = await post.party.listComments({ principal, limit: 2, order: "newest" });
  await write(post, "6");
  await post.party.deleteComment({ principal: post.owner, commentId: ids[3] ?? "" });
  const rest = await post.party.listComments({ principal, limit: 3, order: "newest", cursor: first.nextCursor ?? "" });
  expect([first, rest].map(({ comments }) => comments.map(({ content }) => content))).toEqual([
    ["5", "4"],
    ["3", "2", "1"],
  ]);
  expect(rest.nextCursor).toBeNull();
});

test("the cursor in a welcome leads on to older comments", async () => {
  useClock();
  const post = await givenPost();
  await write(post, ...Array.from({ length: 53 }, (_, n) => `${n}`));
  const { comments, commentsCursor, commentCount } = await post.party.read({ principal });
  expect([comments.length, comments[0]?.content, comments.at(-1)?.content, commentCount]).toEqual([50, "3", "52", 53]);
  const older = await post.party.listComments({ principal, order: "newest", cursor: commentsCursor ?? "" });
  expect(older).toMatchObject({ comments: [{ content: "2" }, { content: "1" }, { content: "0" }], nextCursor: null });
});

test("a cursor that is malformed or another list's is refused", async () => {
  const [post, other] = [await givenPost(), await givenPost()];
  await write(post, "1", "2");
  await write(other, "1", "2");
  const foreign = (await other.party.listComments({ principal, limit: 1 })).nextCursor ?? "";
  const reversed = (await post.party.listComments({ principal, limit: 1, order: "newest" })).nextCursor ?? "";
  const list = `comments ${post.name} oldest`;
  const forged = [
    encodeCursor(list, ["1; DROP TABLE comments"]),
    encodeCursor(list, [1.5]),
    encodeCursor(list, []),
    encodeCursor(list, [1, 2]),
  ];
  for (const cursor of [foreign, reversed, ...forged, "", "x", "%%%", "null", "🍄", "A".repeat(512), "A".repeat(513)]) {
    expect(await codeOf(post.party.listComments({ principal, cursor }))).toBe("bad_request");
  }
});

test("a party with 10,000 comments and reactions wakes, welcomes and reads without walking through them", async () => {
  const post = await givenPost();
  const [id] = await write(post, "first");
  await runInDurableObject(post.object, (_, { storage: { sql } }) => {
    const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)";
    sql.exec(`${numbers} INSERT INTO comments (id, author_id, content, html, html_version, mentions, depth, created_at)
      SELECT printf('cmt_%021d', i), 'usr_aaaaaaaaaaaaaaaaaaaaa', 'text', '<p>text</p>', 1, '[]', 0, i FROM n`);
    sql.exec(`${numbers} INSERT INTO reactions SELECT printf('usr_%021d', i), 'like', i FROM n`);
  });
  // One change of each kind, and the totals are what the rows say.
  await post.party.deleteComment({ principal: post.owner, commentId: id ?? "" });
  await post.party.toggleReaction({ principal: person(), reactionType: "like" });
  await hibernate(post.object);

  const reads = await rowsReadDuring(post, async () => {
    const { commentCount, reactions } = await post.party.read({ principal });
    expect([commentCount, reactions.counts?.like]).toEqual([10_000, 10_001]);
    await post.join(person());
    await post.party.listComments({ principal, limit: 20 });
    await post.party.toggleReaction({ principal: person(), reactionType: "love" });
  });
  expect(reads).toBeLessThan(1_000);
});

/** How many rows the party's SQLite reads meanwhile, its start included. */
async function rowsReadDuring(post: TestPost, work: () => Promise<void>): Promise<number> {
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
  const prototype = await runInDurableObject(
    post.object,
    (_, { storage }) => Object.getPrototypeOf(storage.sql) as SqlStorage,
  );
  await hibernate(post.object);
  const real = prototype.exec;
  prototype.exec = function exec<T extends Record<string, SqlStorageValue>>(
    this: SqlStorage,
    query: string,
    ...bindings: unknown[]
  ) {
    const cursor = real.call<SqlStorage, [string, ...unknown[]], SqlStorageCursor<T>>(this, query, ...bindings);
    cursors.push(cursor);
    return cursor;
  };
  try {
    await work();
  } finally {
    prototype.exec = real;
  }
  expect(cursors.length).toBeGreaterThan(0);
  return cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0);
}
