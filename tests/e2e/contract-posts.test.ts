import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { expectBody, expectError, expectNothing } from "./contract-checks.ts";
import { commentShape, commentsShape, postShape, postsShape, reactionsShape } from "./contract-shapes.ts";
import { type Glade, ON, openGlade } from "./contract-stage.ts";

let site: Glade["site"];
let call: Glade["call"];
let owner: Glade["owner"];
let reader: Glade["reader"];
let writePost: Glade["writePost"];
let published: Glade["published"];

beforeAll(async () => {
  ({ site, call, owner, reader, writePost, published } = await openGlade());
});

afterAll(async () => {
  await site.stop();
});

describe("posts", () => {
  test("are written, changed at a revision, published and deleted", async () => {
    const token = owner.accessToken;
    const draft = await writePost({ title: "On moss", content: "It grows.", tags: ["moss"] });
    expect(draft).toMatchObject({ tenant: ON, slug: "on-moss", status: "draft", publishedAt: null, revision: 1 });
    expect(draft.author).toEqual({ id: owner.userId, name: "Olive", picture: null });
    const path = `/api/posts/${draft.id}`;
    expectError(await call("GET", path, { on: ON }), 404, "not_found");
    expectError(await call("GET", path, { on: ON, token: reader.accessToken }), 404, "not_found");
    expectError(await call("GET", path, { on: "nosuch", token }), 404, "not_found");
    const change = async (body: unknown, as = token) => await call("PATCH", path, { on: ON, token: as, body });
    const changed = expectBody(await change({ revision: 1, title: "On mosses" }), 200, postShape);
    expect(changed).toMatchObject({ title: "On mosses", content: "It grows.", revision: 2 });
    const lost = await change({ revision: 1, title: "Late" });
    expectError(lost, 409, "conflict");
    expect(lost.json).toMatchObject({ post: changed });
    expectError(await change({ title: "No revision" }), 422, "unprocessable");
    const public_ = expectBody(await call("POST", `${path}/publish`, { on: ON, token }), 200, postShape);
    expect(public_).toMatchObject({ status: "published", revision: 3 });
    expect(public_.publishedAt).not.toBeNull();
    expect(expectBody(await call("GET", path, { on: ON }), 200, postShape)).toEqual(public_);
    expectError(await change({ revision: 3, title: "Mine" }, reader.accessToken), 403, "forbidden");
    expectError(await call("DELETE", path, { on: ON, token: reader.accessToken }), 403, "forbidden");
    expectError(await call("DELETE", path, { on: ON }), 401, "unauthenticated");
    expectNothing(await call("DELETE", path, { on: ON, token }));
    expectError(await call("GET", path, { on: ON, token }), 404, "not_found");
  });

  test("are the owner's to write", async () => {
    const body = { title: "Not mine", content: "" };
    expectError(await call("POST", "/api/posts", { on: ON, body }), 401, "unauthenticated");
    const refused = await call("POST", "/api/posts", { on: ON, token: reader.accessToken, body });
    expect(expectError(refused, 403, "forbidden").message).toContain("owner");
    expectError(await call("POST", "/api/posts", { token: owner.accessToken, body }), 404, "not_found");
  });

  test("have addresses of their own", async () => {
    const first = await published("Same title");
    const second = await published("Same title");
    expect(second.slug).toMatch(/^same-title-.+/);
    const body = { title: "Taken", content: "", slug: first.slug };
    expectError(await call("POST", "/api/posts", { on: ON, token: owner.accessToken, body }), 409, "conflict");
  });

  test("are listed newest first by a cursor that inserts don't move", async () => {
    const titles = ["One", "Two", "Three", "Four", "Five"];
    for (const title of titles) await writePost({ title, content: "", tags: ["paging"], status: "published" });
    const page = async (query: string) =>
      expectBody(await call("GET", `/api/posts?tag=paging&limit=2${query}`, { on: ON }), 200, postsShape);
    const first = await page("");
    await writePost({ title: "Six", content: "", tags: ["paging"], status: "published" });
    const second = await page(`&cursor=${first.nextCursor}`);
    const third = await page(`&cursor=${second.nextCursor}`);
    expect([first, second, third].map(({ posts }) => posts.length)).toEqual([2, 2, 1]);
    const seen = [first, second, third].flatMap(({ posts }) => posts.map(({ title }) => title));
    expect(seen.toSorted()).toEqual(titles.toSorted());
    expect(third.nextCursor).toBeNull();
    expectError(await call("GET", `/api/posts?cursor=${first.nextCursor}`, { on: ON }), 400, "bad_request");
    for (const query of ["cursor=nonsense", "limit=0", "limit=101", "limit=many"])
      expectError(await call("GET", `/api/posts?${query}`, { on: ON }), 400, "bad_request");
  });
});

describe("a discussion over HTTP", () => {
  test("takes comments and replies, once for each opId", async () => {
    const { id } = await published("Discussed");
    const path = `/api/posts/${id}/comments`;
    const say = async (body: unknown, token?: string) =>
      await call("POST", path, { on: ON, ...(token && { token }), body });
    const [mine, theirs] = [reader.accessToken, owner.accessToken];
    const first = expectBody(await say({ content: "**Hi** <b>x</b>", opId: "op-1" }, mine), 201, commentShape);
    expect(first).toMatchObject({ postId: id, parentId: null, depth: 0, editedAt: null, deleted: false });
    expect(first.author).toEqual({ id: reader.userId, name: "Rowan", picture: null });
    expect(first.html).toContain("<strong>Hi</strong>");
    expect(first.html).not.toContain("<b>");
    const again = await say({ content: "**Hi** <b>x</b>", opId: "op-1" }, mine);
    expect(again.json).toEqual(first);
    const reply = expectBody(await say({ content: "Hello", parentId: first.id }, theirs), 201, commentShape);
    expect(reply).toMatchObject({ parentId: first.id, depth: 1 });
    expectError(await say({ content: "No" }), 401, "unauthenticated");
    expectError(await say({ content: "  " }, mine), 422, "unprocessable");
    expectError(await say({ content: "x".repeat(5_001) }, mine), 422, "unprocessable");

    const one = `${path}/${first.id}`;
    expectError(await call("PATCH", one, { on: ON, token: theirs, body: { content: "Mine" } }), 403, "forbidden");
    const edited = await call("PATCH", one, { on: ON, token: mine, body: { content: "Edited" } });
    expectBody(edited, 200, commentShape.extend({ content: z.literal("Edited"), editedAt: z.string() }));
    expect((await call("POST", `${one}/report`, { on: ON, token: theirs, body: { reason: "spam" } })).status).toBe(200);
    expectNothing(await call("DELETE", one, { on: ON, token: mine }));
    const list = async () => expectBody(await call("GET", path, { on: ON }), 200, commentsShape).comments;
    expect(await list()).toMatchObject([
      { id: first.id, deleted: true, content: "", html: "" },
      { id: reply.id, deleted: false },
    ]);
    expectNothing(await call("DELETE", `${path}/${reply.id}`, { on: ON, token: theirs }));
    expect(await list()).toEqual([]);
    expectError(await call("GET", path.replace(id, "nothing"), { on: ON }), 404, "not_found");
  });

  test("lists comments newest last or first, by cursors that inserts don't move", async () => {
    const { id } = await published("Paged");
    const path = `/api/posts/${id}/comments`;
    const say = async (content: string, { accessToken } = reader) =>
      await call("POST", path, { on: ON, token: accessToken, body: { content } });
    for (const content of ["1", "2", "3", "4"]) await say(content);
    const page = async (query: string) => {
      const list = expectBody(await call("GET", `${path}?limit=2${query}`, { on: ON }), 200, commentsShape);
      return { said: list.comments.map(({ content }) => content), nextCursor: list.nextCursor };
    };
    const newest = await page("&order=newest");
    expect(newest.said).toEqual(["4", "3"]);
    expect((await page("")).said).toEqual(["1", "2"]);
    await say("5", owner);
    expect(await page(`&order=newest&cursor=${newest.nextCursor}`)).toEqual({ said: ["2", "1"], nextCursor: null });
    expectError(await call("GET", `${path}?cursor=${newest.nextCursor}`, { on: ON }), 400, "bad_request");
  });

  test("limits how fast one person writes, and says when to come back", async () => {
    const { id } = await published("Busy");
    const say = async (n: number) =>
      await call("POST", `/api/posts/${id}/comments`, { on: ON, token: reader.accessToken, body: { content: `${n}` } });
    for (let n = 0; n < 5; n++) expect((await say(n)).status).toBe(201);
    const refused = await say(5);
    const { retryAfterMs } = expectError(refused, 429, "rate_limited");
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(Number(refused.headers["retry-after"])).toBe(Math.ceil((retryAfterMs ?? 0) / 1_000));
    expect(refused.headers["ratelimit"]).toMatch(/^"[^"]+";r=0;t=\d+$/);
    expect(refused.headers["ratelimit-policy"]).toBe('"default";q=5;w=60');
  });

  test("counts a person's reaction once, whatever is repeated", async () => {
    const { id } = await published("Liked");
    const path = `/api/posts/${id}/reactions`;
    const react = async (body: unknown, token = reader.accessToken) =>
      await call("PUT", `${path}/like`, { on: ON, token, body });
    expect((await react({ on: true, opId: "a" })).json).toEqual({ added: true, newCount: 1 });
    expect((await react({ on: true, opId: "a" })).json).toEqual({ added: true, newCount: 1 });
    expect((await react({ on: true, opId: "b" })).json).toEqual({ added: true, newCount: 1 });
    expect((await react({ on: true, opId: "a" }, owner.accessToken)).json).toEqual({ added: true, newCount: 2 });
    expect((await react({ on: false, opId: "c" })).json).toEqual({ added: false, newCount: 1 });
    const reactions = expectBody(await call("GET", path, { on: ON, token: owner.accessToken }), 200, reactionsShape);
    expect(reactions).toMatchObject({ counts: { like: 1, love: 0 }, mine: ["like"] });
    expect(expectBody(await call("GET", path, { on: ON }), 200, reactionsShape).mine).toEqual([]);
    expectError(await call("PUT", `${path}/like`, { on: ON, body: { on: true } }), 401, "unauthenticated");
    expectError(
      await call("PUT", `${path}/shrug`, { on: ON, token: reader.accessToken, body: { on: true } }),
      404,
      "not_found",
    );
  });
});
