import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { makeTenant, publishPost, raiseLimits, type Site, startSite, tokenFor } from "../e2e/harness.ts";
import { type Ledger, perform, planLoad, type Reader } from "./load.ts";

const KILLS = 20;
const POSTS = 12;
const READERS = 20;
const AT_ONCE = 16;
const OPERATOR = "operator@understory.example";
const SUBDOMAIN = "storm";

const inspectionSchema = z.object({
  outbox: z.object({ pending: z.array(z.object({ lane: z.string(), rows: z.number() })), dead: z.array(z.unknown()) }),
});
const listSchema = z.object({
  comments: z.array(z.object({ id: z.string(), content: z.string() })),
  nextCursor: z.string().nullable(),
});
const countsSchema = z.object({ counts: z.record(z.string(), z.number()) });

let site: Site;
let operator: string;
let posts: string[];
let ledger: Ledger;

beforeAll(async () => {
  site = await startSite({ ADMIN_EMAILS: OPERATOR });
  operator = (await tokenFor(site, { email: OPERATOR, name: "Operator" })).accessToken;
  await makeTenant(site, operator, SUBDOMAIN, "Storm");
  await raiseLimits(site, operator, SUBDOMAIN);
  posts = await inTurn(
    POSTS,
    async (n) => (await publishPost(site, operator, SUBDOMAIN, { title: `Storm ${n}`, content: "Wind." })).id,
  );
  const readers: Reader[] = await inTurn(READERS, async (n) => {
    const { userId, accessToken } = await tokenFor(site, {
      email: `reader${n}@understory.example`,
      name: `Reader ${n}`,
    });
    return { userId, token: accessToken };
  });
  const operations = planLoad(posts, readers);
  ledger = await killWhile(operations.length, async (acknowledged) =>
    perform(site, SUBDOMAIN, operations, AT_ONCE, acknowledged),
  );
  await drain();
}, 240_000);

afterAll(async () => {
  await site.stop();
});

test("at least 2,000 operations were acknowledged over 20 kills", () => {
  const comments = [...ledger.comments.values()].reduce((sum, ids) => sum + ids.size, 0);
  expect(comments + ledger.reactions.size).toBeGreaterThanOrEqual(2_000);
  expect(kills).toBe(KILLS);
});

test("every acknowledged comment is there, once, and nothing else is", async () => {
  for (const postId of posts) {
    const stored = await commentsOf(postId);
    const ids = stored.map((comment) => comment.id);
    expect(new Set(stored.map((comment) => comment.content)).size).toBe(stored.length);
    expect(ids.toSorted()).toEqual([...(ledger.comments.get(postId) ?? [])].toSorted());
  }
});

test("every acknowledged reaction counts, once", async () => {
  for (const postId of posts) {
    const { counts } = countsSchema.parse(await get(`${site.origin(SUBDOMAIN)}/api/posts/${postId}/reactions`));
    const expected = countByType([...ledger.reactions].filter((key) => key.startsWith(`${postId} `)));
    expect(counts).toEqual(expected);
  }
});

test("D1 has each comment once and the right counts", async () => {
  const database = await site.server.miniflare.getD1Database("DB");
  for (const postId of posts) {
    const comments = await database
      .prepare("SELECT id FROM comments WHERE post_id = ?")
      .bind(postId)
      .all<{ id: string }>();
    expect(comments.results.map((row) => row.id).toSorted()).toEqual(
      [...(ledger.comments.get(postId) ?? [])].toSorted(),
    );
    const counts = await database
      .prepare("SELECT reaction_type AS type, count FROM reaction_counts WHERE post_id = ?")
      .bind(postId)
      .all<{ type: string; count: number }>();
    const expected = countByType([...ledger.reactions].filter((key) => key.startsWith(`${postId} `)));
    expect(Object.fromEntries(counts.results.map((row) => [row.type, row.count]))).toEqual(expected);
  }
});

let kills = 0;

/** Does the work and kills workerd with -9 at even steps of it, mid-flight. */
async function killWhile<T>(total: number, work: (acknowledged: (count: number) => void) => Promise<T>): Promise<T> {
  const step = Math.floor(total / (KILLS + 1));
  return await work((count) => {
    if (kills < KILLS && count >= step * (kills + 1)) {
      kills += 1;
      process.kill(site.server.workerdPid(), "SIGKILL");
    }
  });
}

/** Has every post's outbox leave now, as an operator would, and waits until nothing waits. */
async function drain(): Promise<void> {
  for (const postId of posts) {
    const party = `${site.origin()}/ops/parties/post/${SUBDOMAIN}:${postId}`;
    for (;;) {
      const { outbox } = inspectionSchema.parse(await get(party, operator));
      expect(outbox.dead).toEqual([]);
      if (outbox.pending.length === 0) break;
      await site.api("POST", `${party}/jobs/${encodeURIComponent("outbox d1")}/retry`, operator);
    }
  }
}

async function commentsOf(postId: string): Promise<{ id: string; content: string }[]> {
  const found: { id: string; content: string }[] = [];
  let cursor: string | null = null;
  do {
    const query: string = `limit=100${cursor === null ? "" : `&cursor=${cursor}`}`;
    const page = listSchema.parse(await get(`${site.origin(SUBDOMAIN)}/api/posts/${postId}/comments?${query}`));
    found.push(...page.comments);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

async function get(url: string, token: string | null = null): Promise<unknown> {
  const answer = await site.api("GET", url, token);
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body);
}

function countByType(keys: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of keys) {
    const type = key.split(" ")[2] ?? "";
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}

async function inTurn<T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let n = 0; n < count; n++) made.push(await make(n));
  return made;
}
