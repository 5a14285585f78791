import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { postStub } from "../../parties/post/index.ts";
import { usersStub } from "../../parties/users/index.ts";
import type { Post } from "../../schema/http/posts.ts";
import { type ReportList, reportListSchema } from "../../schema/http/reports.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { call, makeSite, refusal, type Someone, signIn, writePost } from "./support.ts";

const database = withD1Migrations();
const PATH = "/api/admin/reports";

type TestSite = Awaited<ReturnType<typeof makeSite>>;

async function addComment({ host }: TestSite, post: Post, author: Someone, body: object): Promise<string> {
  const path = `/api/posts/${post.id}/comments`;
  const { id } = await (await call("POST", path, { host, token: author.token, body })).json<{ id: string }>();
  return id;
}

async function report({ host }: TestSite, post: Post, commentId: string, by: Someone, body: object): Promise<void> {
  const path = `/api/posts/${post.id}/comments/${commentId}/report`;
  expect((await call("POST", path, { host, token: by.token, body })).status).toBe(200);
}

/** Has the post's party tell D1 now what it would tell it within 30 s. */
async function settle({ subdomain }: TestSite, post: Post): Promise<void> {
  expect(await postStub(env, { tenant: subdomain, postId: post.id }).flush({})).toEqual({ waiting: 0 });
}

async function list({ host, owner }: TestSite, query = ""): Promise<ReportList> {
  const response = await call("GET", `${PATH}?${query}`, { host, token: owner.token });
  expect(response.status).toBe(200);
  return reportListSchema.parse(await response.json());
}

/** A site with one post and one comment of Bea's on it, reported by so many people. */
async function givenReports(count: number) {
  const site = await makeSite();
  const [post, bea] = await Promise.all([writePost(site), signIn("Bea")]);
  const commentId = await addComment(site, post, bea, { content: "Buy **things**" });
  const reporters: Someone[] = [];
  for (let n = 0; n < count; n++) {
    const reporter = await signIn(`Reader ${n}`);
    await report(site, post, commentId, reporter, { reason: "spam" });
    reporters.push(reporter);
  }
  await settle(site, post);
  return { site, post, bea, commentId, reporters };
}

describe("the list of reports", () => {
  test("tells who reported which comment of which post, and why, newest first", async () => {
    const { site, post, bea, commentId } = await givenReports(1);
    const cy = await signIn("Cy");
    await report(site, post, commentId, cy, { reason: "abuse", note: "  Look at this " });
    await settle(site, post);
    const { reports, nextCursor } = await list(site);
    expect(nextCursor).toBeNull();
    expect(reports).toMatchObject([{ reporter: { name: "Cy" } }, { reporter: { name: "Reader 0" }, note: null }]);
    expect(reports[0]).toMatchObject({
      reason: "abuse",
      note: "Look at this",
      reporter: { id: cy.userId, name: "Cy", picture: null },
      post: { id: post.id, slug: post.slug, title: post.title },
      comment: {
        id: commentId,
        author: { id: bea.userId, name: "Bea", picture: null },
        content: "Buy **things**",
        deleted: false,
      },
    });
  });

  test("is empty where nothing was reported", async () => {
    expect(await list(await makeSite())).toEqual({ reports: [], nextCursor: null });
  });

  test("is for the site's owner and those who run the service", async () => {
    const { site, reporters } = await givenReports(1);
    const email = `${crypto.randomUUID()}@example.com`;
    const [other, grace] = await Promise.all([makeSite(), signIn("Grace", email)]);
    expect(await refusal(await call("GET", PATH, { host: site.host }))).toBe("401 unauthenticated");
    for (const { token } of [...reporters, other.owner, grace])
      expect(await refusal(await call("GET", PATH, { host: site.host, token }))).toBe("403 forbidden");
    await usersStub(env).update({ userId: grace.userId, changes: { role: "admin" } });
    const { token } = await signIn("Grace", email);
    expect(await (await call("GET", PATH, { host: site.host, token })).json()).toMatchObject({
      reports: [{ reason: "spam" }],
    });
  });

  test("is the host's alone", async () => {
    const { site } = await givenReports(1);
    const other = await makeSite();
    expect((await list(other)).reports).toEqual([]);
    expect(await refusal(await call("GET", PATH, { token: site.owner.token }))).toBe("404 not_found");
  });

  test("pages through every report once, those of one moment too, while new ones appear", async () => {
    const { site, post, commentId } = await givenReports(5);
    await database.prepare("UPDATE comment_reports SET created_at = 1 WHERE comment_id = ?").bind(commentId).run();
    const all = (await list(site)).reports.map(({ id }) => id);
    expect(all).toHaveLength(5);
    const first = await list(site, "limit=2");
    await report(site, post, commentId, await signIn("Newcomer"), {});
    await settle(site, post);
    const second = await list(site, `limit=2&cursor=${first.nextCursor}`);
    const third = await list(site, `limit=2&cursor=${second.nextCursor}`);
    expect([first, second, third].flatMap(({ reports }) => reports.map(({ id }) => id))).toEqual(all);
    expect(third.nextCursor).toBeNull();
  });

  test("refuses a cursor of another site or another list, and limits that make no sense", async () => {
    const { site } = await givenReports(2);
    const other = await makeSite();
    await writePost(site);
    await writePost(site);
    const { nextCursor } = await list(site, "limit=1");
    const posts = await call("GET", "/api/posts?limit=1", { host: site.host });
    const { nextCursor: foreign } = await posts.json<{ nextCursor: string }>();
    const refused = async ({ host, owner }: TestSite, query: string) =>
      await refusal(await call("GET", `${PATH}?${query}`, { host, token: owner.token }));
    expect(await refused(other, `cursor=${nextCursor}`)).toBe("400 bad_request");
    expect(await refused(site, `cursor=${foreign}`)).toBe("400 bad_request");
    for (const query of ["cursor=x", "limit=0", "limit=101"])
      expect(await refused(site, query)).toBe("400 bad_request");
  });

  test("is read through its index", async () => {
    const { results } = await database
      .prepare(
        "EXPLAIN QUERY PLAN SELECT * FROM comment_reports WHERE tenant = ? AND (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC",
      )
      .bind("some", 1, "rep")
      .all<{ detail: string }>();
    expect(results.map(({ detail }) => detail).join("; ")).toMatch(
      /^SEARCH .* USING INDEX comment_reports_recent [^;]*$/,
    );
  });
});

describe("dismissing a report", () => {
  test("leaves the comment, and what others reported of it", async () => {
    const { site, post, commentId } = await givenReports(2);
    const [newest, other] = (await list(site)).reports;
    const path = `${PATH}/${newest?.id}`;
    const { host, owner } = site;
    expect((await call("DELETE", path, { host, token: owner.token })).status).toBe(204);
    await settle(site, post);
    expect((await list(site)).reports).toEqual([other]);
    expect(other?.comment?.id).toBe(commentId);
    expect(await refusal(await call("DELETE", path, { host, token: owner.token }))).toBe("404 not_found");
  });

  test("is for those who may see it, on its own site, and from its own pages", async () => {
    const { site, reporters } = await givenReports(1);
    const [other, own] = [await makeSite(), await list(site)];
    const path = `${PATH}/${own.reports[0]?.id}`;
    const attempt = async (host: string, token?: string) => await refusal(await call("DELETE", path, { host, token }));
    expect(await attempt(site.host)).toBe("401 unauthenticated");
    expect(await attempt(site.host, reporters[0]?.token)).toBe("403 forbidden");
    expect(await attempt(site.host, other.owner.token)).toBe("403 forbidden");
    expect(await attempt(other.host, other.owner.token)).toBe("404 not_found");
    const { cookie } = site.owner;
    const foreign = await call("DELETE", path, { host: site.host, cookie, origin: `http://${other.host}` });
    expect(await refusal(foreign)).toBe("403 forbidden");
    const nonsense = await call("DELETE", `${PATH}/rep_x`, { host: site.host, token: site.owner.token });
    expect(await refusal(nonsense)).toBe("404 not_found");
    expect(await list(site)).toEqual(own);
  });
});

describe("deleting what was reported", () => {
  test("settles all reports of a comment, whether anything answers it or not", async () => {
    const { site, post, bea, commentId, reporters } = await givenReports(2);
    const replyId = await addComment(site, post, bea, { content: "And more", parentId: commentId });
    for (const reporter of reporters) await report(site, post, replyId, reporter, {});
    await settle(site, post);
    expect((await list(site)).reports).toHaveLength(4);
    const remove = async (id: string, { token }: Someone) => {
      const path = `/api/posts/${post.id}/comments/${id}`;
      expect((await call("DELETE", path, { host: site.host, token })).status).toBe(204);
      await settle(site, post);
    };
    // A tombstone stays of the first.
    await remove(commentId, site.owner);
    expect((await list(site)).reports.map(({ comment }) => comment?.id)).toEqual([replyId, replyId]);
    await remove(replyId, bea);
    expect((await list(site)).reports).toEqual([]);
  });

  test("settles a report that D1 has not heard of yet", async () => {
    const { site, post, commentId } = await givenReports(1);
    await report(site, post, commentId, await signIn("Cy"), {});
    const path = `/api/posts/${post.id}/comments/${commentId}`;
    await call("DELETE", path, { host: site.host, token: site.owner.token });
    await settle(site, post);
    expect((await list(site)).reports).toEqual([]);
    const late = await call("POST", `${path}/report`, { host: site.host, token: site.owner.token, body: {} });
    expect(await refusal(late)).toBe("404 not_found");
  });

  test("a report whose comment D1 does not have is told without it", async () => {
    const { site, commentId } = await givenReports(1);
    await database.prepare("DELETE FROM comments WHERE id = ?").bind(commentId).run();
    expect((await list(site)).reports).toMatchObject([{ reason: "spam", comment: null }]);
  });

  test("takes a post's reports along", async () => {
    const { site, post } = await givenReports(1);
    await call("DELETE", `/api/posts/${post.id}`, { host: site.host, token: site.owner.token });
    expect((await list(site)).reports).toEqual([]);
  });
});
