import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { newId } from "../../../parties/kernel/index.ts";
import { postStub } from "../../../parties/post/index.ts";
import { ANONYMOUS } from "../../../schema/principal.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { hibernate } from "../../helpers/objects.ts";
import { operator, person } from "../../helpers/principals.ts";
import { openSocket } from "../../helpers/sockets.ts";
import { changePost, codeOf, givenPost } from "../support.ts";

withD1Migrations();
const DB = env.DB;

test("a party learns of its post from D1, once", async () => {
  const post = await givenPost();
  expect((await post.party.read({ principal: ANONYMOUS })).post).toEqual(post.facts);
  await DB.prepare("UPDATE posts SET title = 'Changed' WHERE id = ?").bind(post.postId).run();
  await hibernate(post.object);
  expect((await post.party.read({ principal: ANONYMOUS })).post.title).toBe("A walk");
});

test("a caller that knows a newer revision makes the party read D1 again", async () => {
  const post = await givenPost();
  const reader = await post.join();
  await DB.prepare("UPDATE posts SET title = 'Changed', revision = 3 WHERE id = ?").bind(post.postId).run();
  expect((await post.party.read({ principal: ANONYMOUS, revision: 3 })).post).toMatchObject({
    title: "Changed",
    revision: 3,
  });
  expect(await reader.next("post_updated")).toMatchObject({ post: { title: "Changed", revision: 3 } });
});

test("a caller that knows of a newer revision than D1's deleted post ends the party's", async () => {
  const post = await givenPost();
  const reader = await post.join();
  await DB.prepare("UPDATE posts SET deleted_at = 1, revision = 2 WHERE id = ?").bind(post.postId).run();
  expect(await codeOf(post.party.read({ principal: ANONYMOUS, revision: 2 }))).toBe("not_found");
  expect(await reader.closed).toMatchObject({ code: 4404 });
});

test("changes that arrive out of order leave the newest", async () => {
  const post = await givenPost();
  const reader = await post.join();
  await changePost(post, { revision: 3, title: "Third" });
  await changePost(post, { revision: 2, title: "Second" });
  await changePost(post, { revision: 3, title: "Third" });
  await changePost(post, { revision: 4, title: "Fourth" });
  expect(await reader.next("post_updated")).toMatchObject({ post: { title: "Third" }, seq: 1 });
  expect(await reader.next("post_updated")).toMatchObject({ post: { title: "Fourth" }, seq: 2 });
  expect((await post.party.read({ principal: ANONYMOUS })).post.title).toBe("Fourth");
});

test("a post that is not in D1 does not exist, for sockets and methods", async () => {
  const parts = { tenant: "nowhere", postId: newId("post") };
  const socket = await openSocket({ party: "post", name: `${parts.tenant}:${parts.postId}`, principal: operator() });
  expect(await socket.next("error")).toMatchObject({ code: "not_found" });
  expect(await socket.closed).toMatchObject({ code: 4404 });
  const party = postStub(env, parts);
  expect(await codeOf(party.read({ principal: operator() }))).toBe("not_found");
  expect(await codeOf(party.addComment({ principal: person(), content: "x" }))).toBe("not_found");
  expect(await codeOf(party.toggleReaction({ principal: person(), reactionType: "like" }))).toBe("not_found");
});

test("a post of another site cannot be reached through this one", async () => {
  const [mine, theirs] = [await givenPost(), await givenPost()];
  const party = postStub(env, { tenant: mine.tenant, postId: theirs.postId });
  expect(await codeOf(party.read({ principal: mine.owner }))).toBe("not_found");
});

test.for(["draft", "private"] as const)("a %s post exists for its moderators only", async (status) => {
  const post = await givenPost({ status });
  const stranger = person();
  for (const principal of [stranger, ANONYMOUS]) {
    const socket = await post.open(principal);
    expect(await socket.next("error")).toMatchObject({ code: "not_found" });
    expect(await socket.closed).toMatchObject({ code: 4404 });
    expect(socket.all("welcome")).toEqual([]);
    expect(await codeOf(post.party.read({ principal }))).toBe("not_found");
    expect(await codeOf(post.party.getReactions({ principal }))).toBe("not_found");
    expect(await codeOf(post.party.listComments({ principal }))).toBe("not_found");
  }
  const commentId = newId("comment");
  const refused = [
    post.party.addComment({ principal: stranger, content: "x" }),
    post.party.editComment({ principal: stranger, commentId, content: "x" }),
    post.party.deleteComment({ principal: stranger, commentId }),
    post.party.reportComment({ principal: stranger, commentId, reason: "spam" }),
    post.party.toggleReaction({ principal: stranger, reactionType: "like" }),
  ];
  for (const call of refused) expect(await codeOf(call)).toBe("not_found");
  for (const principal of [post.owner, post.author, operator()]) {
    await post.join(principal);
    expect((await post.party.read({ principal })).post.status).toBe(status);
  }
});

test("readers leave when a post is hidden, moderators stay, and everyone may come back when it is shown again", async () => {
  const post = await givenPost();
  const [ann, reader, author] = [await post.join(person()), await post.join(), await post.join(post.author)];
  await hibernate(post.object);
  await changePost(post, { status: "private", revision: 2 });
  for (const socket of [ann, reader]) {
    expect(await socket.next("error")).toMatchObject({ code: "not_found" });
    expect(await socket.closed).toMatchObject({ code: 4404 });
  }
  expect(await author.next("post_updated")).toMatchObject({ post: { status: "private" } });
  await changePost(post, { status: "published", revision: 3 });
  expect(await author.next("post_updated")).toMatchObject({ post: { status: "published" } });
  await post.join(person());
});

test("what a post was called while it was hidden is never told to those who could not see it", async () => {
  const post = await givenPost();
  await post.join(person());
  await changePost(post, { status: "draft", title: "A secret", revision: 2 });
  await changePost(post, { status: "draft", title: "Another secret", revision: 3 });
  await changePost(post, { title: "Fit to print", revision: 4 });
  const late = await post.open(person(), { since: 0 });
  expect(await late.next("post_updated")).toMatchObject({ post: { title: "Fit to print" }, seq: 3 });
  expect(JSON.stringify(late.frames)).not.toMatch(/secret/);
  const author = await post.open(post.author, { since: 0 });
  expect(await author.next("post_updated")).toMatchObject({ post: { title: "A secret" }, seq: 1 });
});

test("a removed post closes every socket, lets nobody in, and does not come back", async () => {
  const post = await givenPost();
  const sockets = [await post.join(person()), await post.join(post.owner), await post.join(operator())];
  const { id } = await post.party.addComment({ principal: post.author, content: "x" });
  await hibernate(post.object);
  await post.party.removed({});
  for (const socket of sockets) {
    expect(await socket.next("error")).toMatchObject({ code: "not_found" });
    expect(await socket.closed).toMatchObject({ code: 4404 });
  }
  await changePost(post, { revision: 9 });
  for (const principal of [person(), post.owner, operator()]) {
    expect(await codeOf(post.party.read({ principal }))).toBe("not_found");
    expect(await codeOf(post.party.deleteComment({ principal, commentId: id }))).toBe("not_found");
    expect(await (await post.open(principal)).closed).toMatchObject({ code: 4404 });
  }
});

test("D1 being away keeps newcomers out of a post the party has not heard of, with a code that says try again", async () => {
  const post = await givenPost();
  await DB.prepare("ALTER TABLE posts RENAME TO posts_away").run();
  const socket = await post.open(person());
  expect(await socket.next("error")).toMatchObject({ code: "internal" });
  expect(await socket.closed).toMatchObject({ code: 1011 });
  await DB.prepare("ALTER TABLE posts_away RENAME TO posts").run();
  await post.join(person());
});
