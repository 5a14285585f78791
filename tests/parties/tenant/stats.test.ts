import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { describe, expect, test } from "vitest";
import { newId } from "../../../parties/kernel/index.ts";
import * as d1 from "../../../schema/d1.ts";
import type { WrittenPost } from "../../../schema/parties/tenant.ts";
import { TEST_EPOCH, useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { breakD1Reads } from "../../helpers/faults.ts";
import { alarmOf, crash, hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { operator, person } from "../../helpers/principals.ts";
import { refusal } from "../support.ts";
import { givenImage, givenMember, givenSite, type TestSite } from "./support.ts";

withD1Migrations();

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

type PostRow = typeof d1.posts.$inferInsert;

/** A site whose party knows it, and has read its posts from D1 when there were none. */
async function givenStats(given: Parameters<typeof givenSite>[0] = {}) {
  const site = await givenSite(given);
  await site.admit();
  const principal = site.owner;
  await site.party.getDashboardStats({ principal });
  return {
    site,
    get: async () => await site.party.getDashboardStats({ principal }),
    refresh: async () => await site.party.refreshDashboardStats({ principal }),
    tell: async (post: Partial<WrittenPost> = {}) => await site.party.postWritten({ ...aPost(), ...post }),
  };
}

/** A published post, as the edge tells of it. */
function aPost(): WrittenPost {
  return {
    postId: newId("post"),
    status: "published",
    words: 10,
    tags: [],
    publishedAt: TEST_EPOCH,
    updatedAt: TEST_EPOCH,
    revision: 1,
  };
}

/** Writes posts to D1 alone: nobody is told. */
async function writeToD1({ subdomain, owner }: TestSite, posts: Partial<PostRow>[]): Promise<string[]> {
  const rows = posts.map((post, index) => ({
    id: newId("post"),
    tenant: subdomain,
    slug: `post-${index}-${crypto.randomUUID().slice(0, 8)}`,
    title: "A post",
    content: "four words of it",
    tags: [],
    status: "published" as const,
    authorId: owner.user.id,
    publishedAt: TEST_EPOCH,
    createdAt: TEST_EPOCH,
    updatedAt: TEST_EPOCH,
    words: 4,
    ...post,
  }));
  const db = drizzle(env.DB);
  for (let start = 0; start < rows.length; start += 5) await db.insert(d1.posts).values(rows.slice(start, start + 5));
  return rows.map(({ id }) => id);
}

const isPost = (id = "") => eq(d1.posts.id, id);

describe("a dashboard", () => {
  test("of a new site has nothing to show but its age", async () => {
    const clock = useClock();
    const { get } = await givenStats({ createdAt: clock.now() - 3 * DAY_MS + 1 });
    expect(await get()).toEqual({
      postCount: 0,
      totalWords: 0,
      draftCount: 0,
      publishedThisMonth: 0,
      topTags: [],
      accountAge: 2,
      storageUsed: 0,
      lastActivity: null,
      updatedAt: new Date(clock.now()).toISOString(),
    });
  });

  test("counts what it is told of, each post as it is now", async () => {
    const clock = useClock();
    const { site, get, tell } = await givenStats();
    const { postId } = aPost();
    await tell({ postId, words: 100, tags: ["woods", "birds"] });
    await tell({ words: 20, tags: ["woods"] });
    await tell({ status: "draft", publishedAt: null, words: 7, tags: ["secret"], updatedAt: clock.now() + 5 });
    await tell({ status: "private", publishedAt: null, tags: ["secret"] });
    expect(await get()).toMatchObject({
      postCount: 4,
      totalWords: 137,
      draftCount: 1,
      publishedThisMonth: 2,
      topTags: [
        { tag: "woods", count: 2 },
        { tag: "birds", count: 1 },
      ],
      lastActivity: new Date(clock.now() + 5).toISOString(),
    });
    await tell({ postId, words: 50, tags: [], revision: 3, status: "draft" });
    const changed = { postCount: 4, totalWords: 87, draftCount: 2, topTags: [{ tag: "woods", count: 1 }] };
    expect(await get()).toMatchObject(changed);
    await hibernate(site.object);
    expect(await get()).toMatchObject(changed);
  });

  test("is not misled by what comes late, twice, or after a deletion", async () => {
    useClock();
    const { site, get, tell } = await givenStats();
    const post = aPost();
    const other = aPost();
    await tell({ ...post, revision: 3, words: 30 });
    await tell({ ...post, revision: 2, words: 20 });
    await tell({ ...post, revision: 3, words: 30 });
    expect(await get()).toMatchObject({ postCount: 1, totalWords: 30 });
    await site.party.postDeleted({ postId: post.postId });
    await site.party.postDeleted({ postId: other.postId });
    await tell({ ...post, revision: 4, words: 40 });
    await tell(other);
    expect(await get()).toMatchObject({ postCount: 0, totalWords: 0, lastActivity: null });
  });

  test("names the ten most used tags", async () => {
    useClock();
    const { get, tell } = await givenStats();
    const tags = "abcdefghijkl".split("");
    for (let posts = 0; posts < tags.length; posts += 1) await tell({ tags: tags.slice(posts) });
    const { topTags } = await get();
    expect(topTags).toHaveLength(10);
    expect(topTags[0]).toEqual({ tag: "l", count: 12 });
    expect(topTags.at(-1)).toEqual({ tag: "c", count: 3 });
  });

  test("counts the posts of the month that it is on the site, not in Greenwich", async () => {
    // In New York, 5:00 UTC is midnight.
    const clock = useClock(Date.UTC(2040, 1, 1, 4, 59));
    const { site, get } = await givenStats({ timeZone: "America/New_York" });
    const publishedThisMonth = async () => (await get()).publishedThisMonth;
    await writeToD1(site, [
      { publishedAt: Date.UTC(2040, 0, 1, 4, 59) },
      { publishedAt: Date.UTC(2040, 0, 1, 5) },
      { publishedAt: Date.UTC(2040, 1, 1, 4, 59) },
      { publishedAt: Date.UTC(2040, 1, 1, 5) },
      { publishedAt: Date.UTC(2040, 1, 1, 5), status: "private" },
    ]);
    clock.advance(HOUR_MS);
    expect(await publishedThisMonth()).toBe(1);
    clock.set(Date.UTC(2040, 1, 1, 4, 59));
    expect(await publishedThisMonth()).toBe(2);
    clock.set(Date.UTC(2040, 2, 1, 4, 59));
    expect(await publishedThisMonth()).toBe(1);
    clock.set(Date.UTC(2040, 2, 1, 5));
    expect(await publishedThisMonth()).toBe(0);
    // On Kiritimati, 14 hours ahead, it is already February, and two were published in it.
    clock.set(Date.UTC(2040, 0, 31, 23));
    await site.party.updateConfig({ principal: site.owner, changes: { timeZone: "Pacific/Kiritimati" } });
    expect(await publishedThisMonth()).toBe(2);
  });

  test("sums the bytes of images that are stored", async () => {
    useClock();
    const { site, get } = await givenStats();
    await givenImage(site, { size: 1_000 });
    await givenImage(site, { size: 234 });
    await givenImage(site, { size: 5_000_000, stored: false });
    expect(await get()).toMatchObject({ storageUsed: 1_234 });
  });

  test("is the owner's and the operators' alone", async () => {
    useClock();
    const { site } = await givenStats();
    const members = await Promise.all(
      (["editor", "author", "reader"] as const).map(async (role) => await givenMember(site, role)),
    );
    for (const principal of [...members, person()]) {
      expect(await refusal(site.party.getDashboardStats({ principal }))).toMatchObject({ code: "forbidden" });
      expect(await refusal(site.party.refreshDashboardStats({ principal }))).toMatchObject({ code: "forbidden" });
    }
    const anonymous = { kind: "anonymous" as const };
    expect(await refusal(site.party.getDashboardStats({ principal: anonymous }))).toMatchObject({
      code: "unauthenticated",
    });
    expect(await site.party.getDashboardStats({ principal: operator() })).toMatchObject({ postCount: 0 });
  });
});

describe("reading anew from D1", () => {
  test("finds what nobody told of, and forgets what is gone", async () => {
    const clock = useClock();
    const { site, get, refresh, tell } = await givenStats();
    await tell();
    await writeToD1(site, [{ tags: ["woods"] }, { status: "draft", publishedAt: null }, { deletedAt: TEST_EPOCH }]);
    await writeToD1(await givenSite(), [{}]);
    clock.advance(11_000);
    const stats = await refresh();
    expect(stats).toMatchObject({
      postCount: 2,
      totalWords: 8,
      draftCount: 1,
      topTags: [{ tag: "woods", count: 1 }],
      updatedAt: new Date(clock.now()).toISOString(),
    });
    expect(await get()).toEqual(stats);
  });

  test("counts words of posts from before they were counted, once", async () => {
    const clock = useClock();
    const { site, refresh } = await givenStats();
    const posts = Array.from({ length: 45 }, () => ({ words: null, content: "It's a well-known fact." }));
    const [id] = await writeToD1(site, posts);
    clock.advance(11_000);
    expect(await refresh()).toMatchObject({ postCount: 45, totalWords: 45 * 4 });
    const row = await drizzle(env.DB).select().from(d1.posts).where(isPost(id)).get();
    expect(row).toMatchObject({ words: 4, revision: 1, updatedAt: TEST_EPOCH });
    // What is counted is not read again.
    await drizzle(env.DB).update(d1.posts).set({ content: "" }).where(isPost(id));
    clock.advance(11_000);
    expect(await refresh()).toMatchObject({ totalWords: 45 * 4 });
  });

  test("goes through all pages, also where many posts were written at the same time", async () => {
    const clock = useClock();
    const { site, refresh } = await givenStats();
    await writeToD1(
      site,
      Array.from({ length: 1_010 }, (_, index) => ({ words: 1, updatedAt: TEST_EPOCH + Math.floor(index / 400) })),
    );
    clock.advance(11_000);
    expect(await refresh()).toMatchObject({ postCount: 1_010, totalWords: 1_010 });
  });

  test("is done once when asked for again within ten seconds, and by many at once", async () => {
    const clock = useClock();
    const { site, refresh } = await givenStats();
    const reads = breakD1Reads(site.subdomain, "posts");
    clock.advance(11_000);
    const first = await refresh();
    await writeToD1(site, [{}]);
    clock.advance(9_999);
    expect(await refresh()).toEqual(first);
    expect(reads.calls).toBe(1);
    clock.advance(1);
    const many = await Promise.all(Array.from({ length: 10 }, async () => await refresh()));
    expect(many.map(({ postCount }) => postCount)).toEqual(Array.from({ length: 10 }, () => 1));
    expect(reads.calls).toBe(2);
    // A clock that went back locks nobody out.
    clock.advance(-DAY_MS);
    await refresh();
    expect(reads.calls).toBe(3);
  });

  test("is done by who looks after an hour, and while D1 is away what is known is shown", async () => {
    const clock = useClock();
    const { site, get, refresh, tell } = await givenStats();
    await tell();
    const reads = breakD1Reads(site.subdomain, "posts");
    clock.advance(HOUR_MS - 1);
    await get();
    expect(reads.calls).toBe(0);
    clock.advance(1);
    reads.fail("before");
    expect(await get()).toMatchObject({ postCount: 1, updatedAt: new Date(TEST_EPOCH).toISOString() });
    expect(reads.calls).toBe(1);
    const refused = await refusal(refresh());
    expect(refused).toMatchObject({ code: "unavailable" });
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    reads.heal();
    await writeToD1(site, [{}, {}]);
    expect(await get()).toMatchObject({ postCount: 2, updatedAt: new Date(clock.now()).toISOString() });
  });

  test("loses nothing that is written while it goes on", async () => {
    const clock = useClock();
    const { site, refresh, tell } = await givenStats();
    const [changedId = "", deletedId = "", unchangedId = ""] = await writeToD1(site, [{}, {}, {}]);
    const { postId: newPostId } = aPost();
    clock.advance(11_000);
    const reads = breakD1Reads(site.subdomain, "posts");
    // D1 has answered, and what it said is already old when it arrives.
    reads.fail(async (ask) => {
      const answer = await ask();
      await tell({ postId: changedId, revision: 2, words: 100 });
      await site.party.postDeleted({ postId: deletedId });
      await tell({ postId: newPostId, words: 1_000 });
      return answer;
    }, 1);
    expect(await refresh()).toMatchObject({ postCount: 3, totalWords: 1_104 });
    const known = (await rowsOf(site.object, "post_facts")).map((row) => row["post_id"]);
    expect(new Set(known)).toEqual(new Set([changedId, deletedId, unchangedId, newPostId]));
  });

  test("that a crash cuts short is begun anew by whoever looks next", async () => {
    const clock = useClock();
    const { site, get } = await givenStats();
    await writeToD1(site, [{}, {}]);
    clock.advance(HOUR_MS);
    const reads = breakD1Reads(site.subdomain, "posts");
    reads.fail(async (ask) => {
      await crash(site.object);
      return await ask();
    }, 1);
    await expect(get()).rejects.toMatchObject({ code: "unavailable" });
    expect(await get()).toMatchObject({ postCount: 2, totalWords: 8 });
  });
});

describe("an open dashboard", () => {
  test("is welcomed with what is known, and told of what changes, at most once a second", async () => {
    useClock();
    const { site, tell } = await givenStats();
    await tell();
    const socket = await site.open(site.owner);
    expect((await socket.next("welcome")).state).toMatchObject({ stats: { postCount: 1, totalWords: 10 } });
    await tell();
    expect(await socket.next("stats")).toMatchObject({ stats: { postCount: 2 } });
    await Promise.all(Array.from({ length: 20 }, async () => await tell()));
    expect(await socket.next("stats")).toMatchObject({ stats: { postCount: 22 } });
    expect(socket.all("stats")).toHaveLength(2);
  });

  test("is told of images that come and go", async () => {
    useClock();
    const { site } = await givenStats();
    const { party, owner: principal } = site;
    const socket = await site.join(principal);
    const image = { name: "a.png", type: "png" as const, size: 1_234, width: 1, height: 1 };
    const reserved = await party.reserveImage({ principal, image });
    expect(await party.confirmImage({ principal, ...reserved })).not.toBeNull();
    expect(await socket.next("stats")).toMatchObject({ stats: { storageUsed: 1_234 } });
    await party.deleteImage({ principal, id: reserved.id });
    expect(await socket.next("stats")).toMatchObject({ stats: { storageUsed: 0 } });
  });

  test("has posts read anew when that was an hour ago, hourly as long as it is open, and D1's absence mended", async () => {
    const clock = useClock();
    const { site } = await givenStats();
    await writeToD1(site, [{}]);
    clock.advance(2 * HOUR_MS);
    const socket = await site.join(site.owner);
    await ringAlarms(site.object);
    expect(await socket.next("stats")).toMatchObject({ stats: { postCount: 1 } });
    await writeToD1(site, [{}]);
    await hibernate(site.object);
    const reads = breakD1Reads(site.subdomain, "posts");
    reads.fail("before");
    clock.advance(HOUR_MS);
    await ringAlarms(site.object);
    expect(reads.calls).toBe(1);
    reads.heal();
    clock.advance(5 * 60_000);
    await ringAlarms(site.object);
    expect(await socket.next("stats")).toMatchObject({ stats: { postCount: 2 } });
    socket.close();
    await socket.closed;
    clock.advance(HOUR_MS);
    await ringAlarms(site.object);
    expect(reads.calls).toBe(2);
    clock.advance(DAY_MS);
    expect(await alarmOf(site.object)).toBeNull();
  });
});

describe("a new post", () => {
  test("is counted as one that was made, once, and no change of it is", async () => {
    useClock();
    const { site, tell } = await givenStats();
    const post = aPost();
    await tell(post);
    await tell(post);
    await tell({ ...post, revision: 2 });
    await tell({ revision: 2 });
    const events = await rowsOf(site.object, "events");
    expect(events.map(({ type }) => type)).toEqual(["post_created"]);
  });
});
