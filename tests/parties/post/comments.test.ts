import { expect, test } from "vitest";
import type { Comment } from "../../../schema/http/posts.ts";
import { ANONYMOUS, type Principal } from "../../../schema/principal.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { hibernate, rowsOf } from "../../helpers/objects.ts";
import { elsewhere, operator, person } from "../../helpers/principals.ts";
import { changePost, codeOf, givenPost, refusal, type TestPost } from "../support.ts";

withD1Migrations();
const MINUTE_MS = 60_000;

async function comment(
  post: TestPost,
  content: string,
  more: { parentId?: string; principal?: Principal } = {},
): Promise<Comment> {
  return await post.party.addComment({ principal: person(), content, ...more });
}

async function idsOf(post: TestPost): Promise<string[]> {
  const { comments } = await post.party.listComments({ principal: ANONYMOUS, limit: 100 });
  return comments.map(({ id }) => id);
}

test("a comment is answered, stored and told to everyone", async () => {
  const clock = useClock();
  const post = await givenPost();
  const ann = person({ name: "Ann", picture: "https://pictures.example/ann.png" });
  const [socket, reader] = [await post.join(ann), await post.join()];
  const { result } = await socket.ask({ type: "comment", content: "  **Moss** is a plant  " });
  expect(result).toEqual({
    id: expect.stringMatching(/^cmt_/) as string,
    postId: post.postId,
    author: ann.user,
    content: "**Moss** is a plant",
    html: "<p><strong>Moss</strong> is a plant</p>",
    parentId: null,
    depth: 0,
    createdAt: new Date(clock.now()).toISOString(),
    editedAt: null,
    deleted: false,
  });
  expect((await reader.next("comment"))["comment"]).toEqual(result);
  expect(await post.party.getRecentComments({ limit: 10 })).toEqual([result]);
});

test("a repeated comment frame is one comment, and answers the first again", async () => {
  const post = await givenPost();
  const ann = person();
  const socket = await post.join(ann);
  const frame = { type: "comment", content: "Once", id: "op-1" };
  for (let n = 0; n < 10; n++) socket.send(frame);
  const answers = [];
  for (let n = 0; n < 10; n++) answers.push((await socket.answer("op-1"))["result"]);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(await post.party.addComment({ principal: ann, content: "Once", opId: "op-1" })).toEqual(answers[0]);
  expect(await idsOf(post)).toHaveLength(1);
});

test("replies nest, and their depth is stored", async () => {
  const post = await givenPost();
  let parent = await comment(post, "0");
  for (let depth = 1; depth <= 12; depth++) {
    parent = await comment(post, String(depth), { parentId: parent.id });
    expect(parent.depth).toBe(depth);
  }
});

test("a reply needs a comment of this post that is still there", async () => {
  const [post, other] = [await givenPost(), await givenPost()];
  const foreign = await comment(other, "Elsewhere");
  expect(await codeOf(comment(post, "Hello", { parentId: foreign.id }))).toBe("not_found");
  const ann = person();
  const parent = await comment(post, "Parent", { principal: ann });
  await comment(post, "Reply", { parentId: parent.id });
  await post.party.deleteComment({ principal: ann, commentId: parent.id });
  expect(await codeOf(comment(post, "Too late", { parentId: parent.id }))).toBe("gone");
});

test("five comments a minute are a person's limit, over all devices and after a wake", async () => {
  const clock = useClock();
  const post = await givenPost();
  const ann = person();
  const [laptop, phone] = [await post.join(ann), await post.join(elsewhere(ann))];
  for (let n = 0; n < 5; n++) {
    expect(await (n % 2 === 0 ? laptop : phone).ask({ type: "comment", content: `${n}` })).toMatchObject({
      type: "ack",
    });
    clock.advance(10_000);
  }
  const limited = { type: "error", code: "rate_limited", retryAfterMs: 10_000 };
  expect(await laptop.ask({ type: "comment", content: "6" })).toMatchObject(limited);
  await hibernate(post.object);
  expect(await phone.ask({ type: "comment", content: "6" })).toMatchObject(limited);
  expect((await refusal(comment(post, "6", { principal: ann }))).retryAfterMs).toBe(10_000);
  expect(await comment(post, "Others may", { principal: person() })).toMatchObject({ content: "Others may" });
  clock.advance(9_999);
  expect((await refusal(comment(post, "6", { principal: ann }))).retryAfterMs).toBe(1);
  clock.advance(1);
  expect(await comment(post, "6", { principal: ann })).toMatchObject({ content: "6" });
  expect((await refusal(comment(post, "7", { principal: ann }))).retryAfterMs).toBe(10_000);
});

test("deleting comments does not give back the right to write more", async () => {
  useClock();
  const post = await givenPost();
  const ann = person();
  for (let n = 0; n < 5; n++) {
    const { id } = await comment(post, `${n}`, { principal: ann });
    await post.party.deleteComment({ principal: ann, commentId: id });
  }
  expect(await codeOf(comment(post, "6", { principal: ann }))).toBe("rate_limited");
});

test("a refused comment does not count towards the limit, nor does a retried one", async () => {
  useClock();
  const post = await givenPost();
  const ann = person();
  const missing = "cmt_aaaaaaaaaaaaaaaaaaaaa";
  for (let n = 0; n < 6; n++)
    expect(await codeOf(comment(post, "x", { principal: ann, parentId: missing }))).toBe("not_found");
  for (let n = 0; n < 6; n++) await post.party.addComment({ principal: ann, content: "x", opId: "same" });
  for (let n = 0; n < 4; n++) await comment(post, "x", { principal: ann });
  expect(await codeOf(comment(post, "x", { principal: ann }))).toBe("rate_limited");
});

test("a comment has between 1 and 5,000 characters", async () => {
  const post = await givenPost();
  const socket = await post.join(person());
  const longest = "木".repeat(5_000);
  expect(await socket.ask({ type: "comment", content: ` ${longest} ` })).toMatchObject({
    type: "ack",
    result: { content: longest },
  });
  expect(await socket.ask({ type: "comment", content: "a".repeat(5_001) })).toMatchObject({
    type: "error",
    code: "bad_request",
  });
  expect(await socket.ask({ type: "comment", content: " \n\t " })).toMatchObject({
    type: "error",
    code: "bad_request",
  });
});

test("any text comes back as it was sent, after a wake too", async () => {
  useClock();
  const post = await givenPost();
  const texts = ["a\u0000b", "'; DROP TABLE comments; --", "\u202Eright to left", "👩‍👩‍👧‍👦 and é and é", "line\r\nbreak"];
  for (const text of texts) expect((await comment(post, text)).content).toBe(text);
  await hibernate(post.object);
  expect((await post.party.getRecentComments({ limit: 10 })).map(({ content }) => content)).toEqual(texts);
});

test("an edit changes text and HTML within 15 minutes, and says when", async () => {
  const clock = useClock();
  const post = await givenPost();
  const ann = person();
  const [socket, reader] = [await post.join(ann), await post.join()];
  const { id } = await comment(post, "Fisrt", { principal: ann });
  clock.advance(15 * MINUTE_MS);
  const { result } = await socket.ask({ type: "edit_comment", commentId: id, content: "*First*" });
  const editedAt = new Date(clock.now()).toISOString();
  expect(result).toMatchObject({ id, content: "*First*", html: "<p><em>First</em></p>", editedAt });
  expect((await reader.next("comment_edited"))["comment"]).toEqual(result);
  clock.advance(1);
  expect(await codeOf(post.party.editComment({ principal: ann, commentId: id, content: "Late" }))).toBe("forbidden");
});

test("an edit that changes nothing is told to nobody and leaves the comment unedited", async () => {
  const post = await givenPost();
  const ann = person();
  const reader = await post.join();
  const { id } = await comment(post, "Same", { principal: ann });
  expect(await post.party.editComment({ principal: ann, commentId: id, content: " Same " })).toMatchObject({
    editedAt: null,
  });
  await comment(post, "Next");
  expect(await reader.next("comment")).toMatchObject({ seq: 1 });
  expect(await reader.next("comment")).toMatchObject({ seq: 2 });
});

test("a comment is edited 50 times and no more, for every reader is sent each edit", async () => {
  const post = await givenPost();
  const ann = person();
  const { id } = await comment(post, "Once", { principal: ann });
  const edit = (content: string) => post.party.editComment({ principal: ann, commentId: id, content });
  for (let n = 1; n <= 50; n++) expect((await edit(`Edit ${n}`)).content).toBe(`Edit ${n}`);
  expect(await codeOf(edit("Edit 51"))).toBe("forbidden");
  expect((await edit("Edit 50")).content).toBe("Edit 50");
});

test("nobody edits another's comment, moderators included", async () => {
  const post = await givenPost();
  const { id } = await comment(post, "Mine");
  for (const principal of [person(), post.owner, post.author, operator()]) {
    expect(await codeOf(post.party.editComment({ principal, commentId: id, content: "Yours" }))).toBe("forbidden");
  }
  const missing = "cmt_aaaaaaaaaaaaaaaaaaaaa";
  expect(await codeOf(post.party.editComment({ principal: post.owner, commentId: missing, content: "x" }))).toBe(
    "not_found",
  );
});

test("a comment is deleted by its author, the post's author, the owner or an operator, and by nobody else", async () => {
  useClock();
  const post = await givenPost();
  const ann = person();
  for (const principal of [ann, post.author, post.owner, operator()]) {
    const { id } = await comment(post, "x", { principal: ann });
    for (const stranger of [person(), person({ name: "Ann" })]) {
      expect(await codeOf(post.party.deleteComment({ principal: stranger, commentId: id }))).toBe("forbidden");
    }
    expect(await codeOf(post.party.deleteComment({ principal: ANONYMOUS, commentId: id }))).toBe("unauthenticated");
    expect(await post.party.deleteComment({ principal, commentId: id })).toEqual({ commentId: id });
    expect(await codeOf(post.party.deleteComment({ principal, commentId: id }))).toBe("not_found");
  }
  expect(await idsOf(post)).toEqual([]);
});

test("a tombstone without text stays while replies live, and vanishes with the last of them", async () => {
  const post = await givenPost();
  const [ann, reader] = [person(), await post.join()];
  const parent = await comment(post, "secret @bob", { principal: ann });
  const replies = [
    await comment(post, "one", { parentId: parent.id }),
    await comment(post, "two", { parentId: parent.id }),
  ];
  await post.party.deleteComment({ principal: ann, commentId: parent.id });
  const deleted = await reader.next("comment_deleted");
  expect(deleted).toMatchObject({ commentId: parent.id, comment: { content: "", html: "", deleted: true, depth: 0 } });
  expect(JSON.stringify(await rowsOf(post.object, "comments"))).not.toMatch(/secret|bob/);
  expect(await codeOf(post.party.editComment({ principal: ann, commentId: parent.id, content: "back" }))).toBe("gone");
  expect(await codeOf(post.party.deleteComment({ principal: ann, commentId: parent.id }))).toBe("gone");
  expect((await post.party.read({ principal: ANONYMOUS })).commentCount).toBe(2);

  for (const { id } of replies) await post.party.deleteComment({ principal: post.owner, commentId: id });
  const gone = [];
  for (let n = 0; n < 3; n++) gone.push(await reader.next("comment_deleted"));
  expect(gone.map((frame) => [frame["commentId"], frame["comment"]])).toEqual([
    [replies[0]?.id, null],
    [replies[1]?.id, null],
    [parent.id, null],
  ]);
  expect(await idsOf(post)).toEqual([]);
  expect((await post.party.read({ principal: ANONYMOUS })).commentCount).toBe(0);
});

test("a deep chain of tombstones vanishes at once when its end is deleted", async () => {
  useClock();
  const post = await givenPost();
  const chain: Comment[] = [];
  for (let n = 0; n < 60; n++) {
    const parentId = chain.at(-1)?.id;
    chain.push(await comment(post, `${n}`, parentId === undefined ? {} : { parentId }));
  }
  // The root stays alive: what hangs on it goes, it does not.
  for (const { id } of chain.slice(1, -1)) await post.party.deleteComment({ principal: post.owner, commentId: id });
  expect(await idsOf(post)).toHaveLength(60);
  await post.party.deleteComment({ principal: post.owner, commentId: chain.at(-1)?.id ?? "" });
  expect(await idsOf(post)).toEqual([chain[0]?.id]);
});

test("who catches up on what was said does not learn what was deleted since", async () => {
  const post = await givenPost();
  const ann = person();
  const parent = await comment(post, "parent secret", { principal: ann });
  await post.party.editComment({ principal: ann, commentId: parent.id, content: "edited secret" });
  const reply = await comment(post, "a reply", { parentId: parent.id });
  const lone = await comment(post, "lone secret", { principal: ann });
  for (const { id } of [parent, lone]) await post.party.deleteComment({ principal: ann, commentId: id });
  const late = await post.open(person(), { since: 0 });
  while ((await late.next("comment_deleted"))["commentId"] !== lone.id);
  expect(JSON.stringify(late.frames)).not.toMatch(/secret/);
  expect(late.all("comment")).toMatchObject([
    { seq: 1, comment: { id: parent.id, deleted: true } },
    { seq: 3, comment: { id: reply.id, content: "a reply", parentId: parent.id } },
    { seq: 4, comment: { id: lone.id, deleted: true } },
  ]);
  expect(late.all("comment_edited")).toMatchObject([
    { seq: 2, comment: { id: parent.id, content: "", deleted: true } },
  ]);
});

test("mentions are at most ten, in order, and none comes from code or links", async () => {
  const post = await givenPost();
  const many = Array.from({ length: 14 }, (_, n) => `@user${n}`).join(" ");
  await comment(
    post,
    "Ask @Ann, @bob and @ann again: `@code` or [@link](https://a.example) or me@mail.example\n\n```\n@fence\n```",
  );
  await comment(post, many);
  const mentions = (await rowsOf(post.object, "comments")).map(
    (row) => JSON.parse(row["mentions"] as string) as string[],
  );
  expect(mentions).toEqual([["ann", "bob"], Array.from({ length: 10 }, (_, n) => `user${n}`)]);
});

const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](java\nscript:alert(1))",
  "[x](&#106;avascript:alert(1))",
  "[x](\u0001javascript:alert(1))",
  "[x](data:text/html;base64,PHNjcmlwdD4=)",
  "[x](vbscript:msgbox)",
  "<javascript:alert(1)>",
  "![x](javascript:alert(1))",
  '[x](https://a.example "\\" onmouseover=alert(1) x=\\"")',
  '[x](https://a.example/"onmouseover="alert(1))',
  "<a href='javascript:alert(1)'>x</a>",
  "<svg/onload=alert(1)>",
  "<iframe srcdoc='<script>alert(1)</script>'>",
  "```html\n<script>alert(1)</script>\n```",
  '``` " onclick="alert(1)\n```',
  "`<b onclick=alert(1)>`",
  "</p><style>*{display:none}</style>",
  "<!--><script>alert(1)</script>-->",
  "[a]: javascript:alert(1)\n\n[a]",
];
/** Everything that a comment's HTML may consist of. */
const HARMLESS =
  /^(?:[^<>]|<\/?(?:p|em|strong|code|pre|ul|ol|li|blockquote|br)(?: \/)?>|<code class="language-[^"<>]*">|<ol start="\d+">|<\/?a>|<a rel="nofollow ugc noopener" href="(?:https?:[^"<>]*|mailto:[^"<>]*|[^"<>:]*)"(?: title="[^"<>]*")?>)*$/;

test.for(HOSTILE)("%j comes out harmless", async (content) => {
  const post = await givenPost();
  const { html } = await comment(post, content);
  expect(html).toMatch(HARMLESS);
});

test("closed comments refuse writing, editing and typing, and still show and delete what is there", async () => {
  const post = await givenPost();
  const ann = person();
  const socket = await post.join(ann);
  const { id } = await comment(post, "Before", { principal: ann });
  await changePost(post, {}, { comments: false });
  for (const frame of [
    { type: "comment", content: "After" },
    { type: "edit_comment", commentId: id, content: "Y" },
    { type: "typing" },
  ]) {
    expect(await socket.ask(frame)).toMatchObject({ type: "error", code: "forbidden" });
  }
  expect(await idsOf(post)).toEqual([id]);
  expect(await socket.ask({ type: "delete_comment", commentId: id })).toMatchObject({
    type: "ack",
    result: { commentId: id },
  });
});

test("whoever has not signed in reads and writes nothing", async () => {
  const post = await givenPost();
  const reader = await post.join();
  const { id } = await comment(post, "Hello");
  expect(await reader.next("comment")).toMatchObject({ comment: { id } });
  const frames = [
    { type: "comment", content: "x" },
    { type: "edit_comment", commentId: id, content: "x" },
    { type: "delete_comment", commentId: id },
    { type: "typing" },
  ];
  for (const frame of frames) expect(await reader.ask(frame)).toMatchObject({ type: "error", code: "unauthenticated" });
  expect(await codeOf(comment(post, "x", { principal: ANONYMOUS }))).toBe("unauthenticated");
  expect(await codeOf(post.party.reportComment({ principal: ANONYMOUS, commentId: id, reason: "spam" }))).toBe(
    "unauthenticated",
  );
});

test("authors are shown by the name they had when they last wrote", async () => {
  useClock();
  const post = await givenPost();
  const ann = person({ name: "Ann" });
  await comment(post, "one", { principal: ann });
  await comment(post, "two", { principal: { ...ann, user: { ...ann.user, name: "Ann B." } } });
  const names = (await post.party.getRecentComments({ limit: 10 })).map(({ author }) => author.name);
  expect(names).toEqual(["Ann B.", "Ann B."]);
});
