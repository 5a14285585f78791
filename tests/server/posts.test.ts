import { describe, expect, test } from "vitest";
import type { Post } from "../../schema/http/posts.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { join } from "../helpers/sockets.ts";
import { call, makeSite, refusal, signIn, writePost } from "./support.ts";

const database = withD1Migrations();

interface List {
  posts: Post[];
  nextCursor: string | null;
}

async function list(host: string, query: string, token?: string): Promise<List> {
  return await (await call("GET", `/api/posts?${query}`, { host, token })).json<List>();
}

describe("writing", () => {
  test("makes a draft that only those who write here see", async () => {
    const site = await makeSite();
    const post = await writePost(site, { status: "draft" });
    expect(post).toMatchObject({
      slug: "hello",
      status: "draft",
      publishedAt: null,
      revision: 1,
      author: { name: "Olive" },
    });
    const stranger = await signIn();
    const path = `/api/posts/${post.id}`;
    expect((await call("GET", path, { host: site.host, token: site.owner.token })).status).toBe(200);
    expect(await refusal(await call("GET", path, { host: site.host }))).toBe("404 not_found");
    expect(await refusal(await call("GET", path, { host: site.host, token: stranger.token }))).toBe("404 not_found");
    expect((await list(site.host, "")).posts).toEqual([]);
    expect(await refusal(await call("GET", "/api/posts?status=any", { host: site.host, token: stranger.token }))).toBe(
      "403 forbidden",
    );
    expect((await list(site.host, "status=any", site.owner.token)).posts).toHaveLength(1);
  });

  test("is the owner's alone, and on the post's own site only", async () => {
    const [site, other] = await Promise.all([makeSite(), makeSite()]);
    const post = await writePost(site);
    const body = { title: "Mine now", content: "" };
    expect(await refusal(await call("POST", "/api/posts", { host: site.host, body }))).toBe("401 unauthenticated");
    expect(await refusal(await call("POST", "/api/posts", { host: site.host, token: other.owner.token, body }))).toBe(
      "403 forbidden",
    );
    const change = { revision: 1, title: "Mine now" };
    expect(
      await refusal(
        await call("PATCH", `/api/posts/${post.id}`, { host: site.host, token: other.owner.token, body: change }),
      ),
    ).toBe("403 forbidden");
    expect(
      await refusal(
        await call("PATCH", `/api/posts/${post.id}`, { host: other.host, token: other.owner.token, body: change }),
      ),
    ).toBe("404 not_found");
    expect(
      await refusal(await call("DELETE", `/api/posts/${post.id}`, { host: site.host, token: other.owner.token })),
    ).toBe("403 forbidden");
  });

  test("tells readers at once", async () => {
    const site = await makeSite();
    const post = await writePost(site);
    const reader = await join({ host: site.host, party: "post", name: `${site.subdomain}:${post.id}` });
    await call("PATCH", `/api/posts/${post.id}`, {
      host: site.host,
      token: site.owner.token,
      body: { revision: 1, title: "New" },
    });
    expect(await reader.next("post_updated")).toMatchObject({ post: { title: "New", revision: 2 } });
    await call("DELETE", `/api/posts/${post.id}`, { host: site.host, token: site.owner.token });
    expect((await reader.closed).code).toBe(4404);
  });
});

describe("addresses", () => {
  test("made from a title never collide", async () => {
    const site = await makeSite();
    const posts = await Promise.all(Array.from({ length: 8 }, async () => await writePost(site)));
    const slugs = posts.map(({ slug }) => slug);
    expect(new Set(slugs).size).toBe(8);
    expect(slugs).toContain("hello");
    for (const slug of slugs) expect(slug).toMatch(/^hello(?:-[a-z0-9]{4})?$/);
  });

  test("that the author chose are refused when taken, or the site's own", async () => {
    const site = await makeSite();
    await writePost(site, { slug: "mine" });
    const other = await writePost(site, { slug: "other" });
    const { host, owner } = site;
    const send = async (slug: string) =>
      await call("POST", "/api/posts", { host, token: owner.token, body: { title: "T", content: "", slug } });
    expect(await refusal(await send("mine"))).toBe("409 conflict");
    expect(await refusal(await send("admin"))).toBe("422 unprocessable");
    expect(await refusal(await send("Not A Slug"))).toBe("422 unprocessable");
    const change = await call("PATCH", `/api/posts/${other.id}`, {
      host,
      token: owner.token,
      body: { revision: 1, slug: "mine" },
    });
    expect(await refusal(change)).toBe("409 conflict");
  });

  test("are not those of the site's own pages even when the title is", async () => {
    const site = await makeSite();
    expect((await writePost(site, { title: "Tags" })).slug).toMatch(/^tags-[a-z0-9]{4}$/);
  });

  test("are free again once the post is deleted", async () => {
    const site = await makeSite();
    const post = await writePost(site, { slug: "mine" });
    const remove = async () =>
      await call("DELETE", `/api/posts/${post.id}`, { host: site.host, token: site.owner.token });
    expect((await remove()).status).toBe(204);
    expect((await remove()).status).toBe(204);
    expect((await writePost(site, { slug: "mine" })).id).not.toBe(post.id);
    expect(
      await refusal(await call("GET", `/api/posts/${post.id}`, { host: site.host, token: site.owner.token })),
    ).toBe("404 not_found");
  });
});

describe("changing", () => {
  test("at an old revision is answered with the current post", async () => {
    const site = await makeSite();
    const { id } = await writePost(site);
    const send = async (body: object) =>
      await call("PATCH", `/api/posts/${id}`, { host: site.host, token: site.owner.token, body });
    expect(await (await send({ revision: 1, title: "First" })).json()).toMatchObject({
      title: "First",
      revision: 2,
      content: "Some *text*.",
    });
    const late = await send({ revision: 1, title: "Late" });
    expect(late.status).toBe(409);
    expect(await late.json()).toMatchObject({ error: { code: "conflict" }, post: { title: "First", revision: 2 } });
  });

  test("ten times at once succeeds once, and the index of tags follows the winner", async () => {
    const site = await makeSite();
    const { id } = await writePost(site, { tags: ["old"] });
    const answers = await Promise.all(
      Array.from(
        { length: 10 },
        async (_, n) =>
          await call("PATCH", `/api/posts/${id}`, {
            host: site.host,
            token: site.owner.token,
            body: { revision: 1, tags: [`tag${n}`] },
          }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array.from({ length: 9 }, () => 409),
    ]);
    const winner = await answers.find(({ status }) => status === 200)?.json<Post>();
    const { results } = await database
      .prepare("SELECT tag FROM post_tags WHERE post_id = ?")
      .bind(id)
      .all<{ tag: string }>();
    expect(results.map(({ tag }) => tag)).toEqual(winner?.tags);
  });

  test("publishing keeps the first date, and twice is once", async () => {
    const site = await makeSite();
    const { id } = await writePost(site, { status: "draft", tags: ["moss"] });
    const { host, owner } = site;
    const publish = async (body: object) =>
      await call("POST", `/api/posts/${id}/publish`, { host, token: owner.token, body });
    expect((await publish({ revision: 7 })).status).toBe(409);
    const first = await (await publish({})).json<Post>();
    expect(first).toMatchObject({ status: "published", revision: 2 });
    expect(await (await publish({})).json()).toEqual(first);
    expect((await list(host, "tag=moss")).posts).toHaveLength(1);
    await call("PATCH", `/api/posts/${id}`, { host, token: owner.token, body: { revision: 2, status: "draft" } });
    expect((await list(host, "tag=moss")).posts).toHaveLength(0);
    expect((await (await publish({})).json<Post>()).publishedAt).toBe(first.publishedAt);
  });
});

describe("lists", () => {
  test("page through every post once, while new ones appear", async () => {
    const site = await makeSite();
    for (let n = 0; n < 5; n++) await writePost(site, { title: `Post ${n}` });
    const first = await list(site.host, "limit=2");
    await writePost(site, { title: "Newcomer" });
    const second = await list(site.host, `limit=2&cursor=${first.nextCursor}`);
    const third = await list(site.host, `limit=2&cursor=${second.nextCursor}`);
    const titles = [first, second, third].flatMap(({ posts }) => posts.map(({ title }) => title));
    expect(titles.toSorted()).toEqual(["Post 0", "Post 1", "Post 2", "Post 3", "Post 4"]);
    expect(third.nextCursor).toBeNull();
  });

  test.each(["x", "%00", "W10", "eyJhIjoxfQ", "a".repeat(513)])("refuse the cursor %j", async (cursor) => {
    const { host } = await makeSite();
    expect(await refusal(await call("GET", `/api/posts?cursor=${cursor}`, { host }))).toBe("400 bad_request");
  });

  test("refuse a cursor of another site or another list", async () => {
    const [site, other] = await Promise.all([makeSite(), makeSite()]);
    await writePost(site);
    await writePost(site);
    const { nextCursor } = await list(site.host, "limit=1");
    expect(await refusal(await call("GET", `/api/posts?cursor=${nextCursor}`, { host: other.host }))).toBe(
      "400 bad_request",
    );
    expect(await refusal(await call("GET", `/api/posts?tag=x&cursor=${nextCursor}`, { host: site.host }))).toBe(
      "400 bad_request",
    );
  });

  test.each(["limit=0", "limit=101", "limit=x", "status=secret", "tag=%2F"])("refuse %s", async (query) => {
    const { host } = await makeSite();
    expect(await refusal(await call("GET", `/api/posts?${query}`, { host }))).toBe("400 bad_request");
  });
});

describe("discussion over HTTP", () => {
  test("a repeated operation answers the first comment again", async () => {
    const site = await makeSite();
    const { id } = await writePost(site);
    const { token } = await signIn("Bea");
    const send = async () =>
      await call("POST", `/api/posts/${id}/comments`, {
        host: site.host,
        token,
        body: { content: "Hm **hm**", opId: "once" },
      });
    const [first, second] = [await send(), await send()];
    expect(first.status).toBe(201);
    const comment = await first.json<{ id: string; html: string }>();
    expect(await second.json()).toEqual(comment);
    expect(comment.html).toBe("<p>Hm <strong>hm</strong></p>");
    const { comments } = await (
      await call("GET", `/api/posts/${id}/comments`, { host: site.host })
    ).json<{ comments: unknown[] }>();
    expect(comments).toEqual([comment]);
  });

  test("its cursors are its own", async () => {
    const site = await makeSite();
    const { id } = await writePost(site);
    expect(await refusal(await call("GET", `/api/posts/${id}/comments?cursor=nonsense`, { host: site.host }))).toBe(
      "400 bad_request",
    );
  });

  test("edit, report and delete work for whom they should", async () => {
    const site = await makeSite();
    const { id } = await writePost(site);
    const [bea, cy] = await Promise.all([signIn("Bea"), signIn("Cy")]);
    const { host } = site;
    const made = await call("POST", `/api/posts/${id}/comments`, {
      host,
      token: bea.token,
      body: { content: "First" },
    });
    const { id: commentId } = await made.json<{ id: string }>();
    const path = `/api/posts/${id}/comments/${commentId}`;
    expect(await refusal(await call("PATCH", path, { host, token: cy.token, body: { content: "Not mine" } }))).toBe(
      "403 forbidden",
    );
    expect(
      await (await call("PATCH", path, { host, token: bea.token, body: { content: "Better" } })).json(),
    ).toMatchObject({ content: "Better" });
    expect(
      await (await call("POST", `${path}/report`, { host, token: cy.token, body: { reason: "spam" } })).json(),
    ).toEqual({ reported: true });
    expect(await refusal(await call("DELETE", path, { host, token: cy.token }))).toBe("403 forbidden");
    expect((await call("DELETE", path, { host, token: site.owner.token })).status).toBe(204);
  });

  test("a reaction is set, counted and taken back", async () => {
    const site = await makeSite();
    const { id } = await writePost(site);
    const { token } = await signIn();
    const path = `/api/posts/${id}/reactions`;
    const set = async (on: boolean) =>
      await (await call("PUT", `${path}/love`, { host: site.host, token, body: { on } })).json();
    expect(await set(true)).toEqual({ added: true, newCount: 1 });
    expect(await set(true)).toEqual({ added: true, newCount: 1 });
    expect(await (await call("GET", path, { host: site.host, token })).json()).toMatchObject({
      counts: { love: 1 },
      mine: ["love"],
    });
    expect(await set(false)).toEqual({ added: false, newCount: 0 });
    expect((await call("PUT", `${path}/hate`, { host: site.host, token, body: { on: true } })).status).toBe(404);
    expect(await refusal(await call("PUT", `${path}/love`, { host: site.host, body: { on: true } }))).toBe(
      "401 unauthenticated",
    );
  });
});
