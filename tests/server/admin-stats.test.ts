import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { describe, expect, test } from "vitest";
import { posts } from "../../schema/d1.ts";
import type { Stats } from "../../schema/http/admin/stats.ts";
import type { Post } from "../../schema/http/posts.ts";
import { useClock } from "../helpers/clock.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { breakD1Reads } from "../helpers/faults.ts";
import { rowsOf } from "../helpers/objects.ts";
import { join } from "../helpers/sockets.ts";
import { call, givenPeople, makeSite, refusal, signInAs, writePost } from "./support.ts";

withD1Migrations();

const PATH = "/api/admin/stats";

async function givenStats() {
  const site = await makeSite();
  const { host } = site;
  const { token } = site.owner;
  return {
    site,
    get: async () => await (await call("GET", PATH, { host, token })).json<Stats>(),
    refresh: async () => await call("POST", `${PATH}/refresh`, { host, token }),
    change: async (post: Post, body: object) =>
      await (
        await call("PATCH", `/api/posts/${post.id}`, { host, token, body: { revision: post.revision, ...body } })
      ).json<Post>(),
    publish: async ({ id }: Post) => await call("POST", `/api/posts/${id}/publish`, { host, token, body: {} }),
    remove: async ({ id }: Post) => await call("DELETE", `/api/posts/${id}`, { host, token }),
  };
}

const wordsOf = async ({ id }: Post) =>
  (await drizzle(env.DB).select({ words: posts.words }).from(posts).where(eq(posts.id, id)).get())?.words;

describe("a site's numbers", () => {
  test("follow each post as it is written, changed, published and deleted", async () => {
    const { site, get, change, publish, remove } = await givenStats();
    expect(await get()).toMatchObject({ postCount: 0, totalWords: 0, draftCount: 0, lastActivity: null });
    const first = await writePost(site, { content: "It's a well-known fact.", tags: ["woods"] });
    const draft = await writePost(site, { content: "one two", status: "draft", tags: ["later"] });
    const two = { postCount: 2, totalWords: 6, draftCount: 1, publishedThisMonth: 1 };
    expect(await get()).toMatchObject({ ...two, topTags: [{ tag: "woods", count: 1 }], lastActivity: draft.updatedAt });
    const changed = await change(draft, { content: "one two three" });
    expect(await get()).toMatchObject({ ...two, totalWords: 7, lastActivity: changed.updatedAt });
    await publish(draft);
    expect(await get()).toMatchObject({ postCount: 2, draftCount: 0, publishedThisMonth: 2 });
    await remove(first);
    expect(await get()).toMatchObject({ postCount: 1, totalWords: 3, topTags: [{ tag: "later", count: 1 }] });
  });

  test("are the same when they are counted anew, for every word is counted where it is written", async () => {
    const clock = useClock();
    const { site, get, refresh, change } = await givenStats();
    const post = await writePost(site, { content: "one two three" });
    expect(await wordsOf(post)).toBe(3);
    await change(await change(post, { title: "Another" }), { content: "one" });
    expect(await wordsOf(post)).toBe(1);
    const before = await get();
    clock.advance(11_000);
    const response = await refresh();
    expect([response.status, await response.json()]).toEqual([
      200,
      { ...before, updatedAt: new Date(clock.now()).toISOString() },
    ]);
  });

  test("are shown while D1 is away, and are not counted anew", async () => {
    const { site, get, refresh } = await givenStats();
    await writePost(site);
    const reads = breakD1Reads(site.subdomain, "posts");
    reads.fail("before");
    expect(await get()).toMatchObject({ postCount: 1 });
    const refused = await refresh();
    expect(refused.headers.get("retry-after")).toBe("5");
    expect(await refusal(refused)).toBe("503 unavailable");
    reads.heal();
    expect((await refresh()).status).toBe(200);
  });

  test("reach open dashboards", async () => {
    const { site, get } = await givenStats();
    await get();
    const { cookie } = site.owner;
    const socket = await join({ host: site.host, cookie, party: "tenant", name: site.subdomain });
    await writePost(site);
    expect(await socket.next("stats")).toMatchObject({ stats: { postCount: 1 } });
  });

  test("count a new post once among what happens on the site", async () => {
    const { site, change, publish } = await givenStats();
    const post = await writePost(site, { status: "draft" });
    await change(post, { title: "Another" });
    await publish(post);
    await publish(post);
    const events = await rowsOf(env.Tenant.getByName(site.subdomain), "events");
    expect(events.filter(({ type }) => type === "post_created")).toHaveLength(1);
  });

  test("are the owner's and the operators' alone", async () => {
    const { site } = await givenStats();
    const { host } = site;
    const people = await givenPeople(site);
    const { token: operator } = await signInAs("admin");
    for (const [method, path] of [
      ["GET", PATH],
      ["POST", `${PATH}/refresh`],
    ] as const) {
      expect(await refusal(await call(method, path, { host }))).toBe("401 unauthenticated");
      for (const { token } of people)
        expect(await refusal(await call(method, path, { host, token }))).toBe("403 forbidden");
      expect((await call(method, path, { host, token: operator })).status).toBe(200);
    }
  });
});
