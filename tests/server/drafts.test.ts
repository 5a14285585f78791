import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Party } from "../../parties/kernel/party.ts";
import { toWire } from "../../parties/kernel/wire-errors.ts";
import { PartyError } from "../../schema/errors.ts";
import { type Draft, MAX_DRAFT_BYTES } from "../../schema/http/admin/drafts.ts";
import type { Post } from "../../schema/http/posts.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { addMember } from "../helpers/members.ts";
import { call, givenPeople, makeSite, refusal, signIn, signInAs, writePost } from "./support.ts";

withD1Migrations();

const PATH = "/api/admin/drafts";
const aSave = (content: string, baseRevision = 0, deviceId = "laptop") => ({
  content,
  metadata: { title: "A walk", tags: ["woods"] },
  deviceId,
  baseRevision,
});

/** A site, and its drafts as its owner reaches them. */
async function givenDrafts() {
  const site = await makeSite();
  const as = { host: site.host, token: site.owner.token };
  return {
    ...site,
    as,
    put: async (slug: string, body: unknown) => await call("PUT", `${PATH}/${slug}`, { ...as, body }),
    get: async (slug: string) => await call("GET", `${PATH}/${slug}`, as),
    list: async () => (await (await call("GET", PATH, as)).json<{ drafts: Draft[] }>()).drafts,
  };
}

/** The site's party is away for calls of this method. */
function losing(method: string): void {
  const real = Party.prototype.call;
  const spy = vi.spyOn(Party.prototype, "call").mockImplementation(async function lost(
    this: InstanceType<typeof Party>,
    request,
  ) {
    if (request.method === method) return { ok: false, error: toWire(new PartyError("unavailable"), "") };
    return await real.call(this, request);
  });
  onTestFinished(() => spy.mockRestore());
}

describe("a draft", () => {
  test("is saved, read, listed and deleted", async () => {
    const { put, get, list, as } = await givenDrafts();
    const saved = await put("a-walk", aSave("One."));
    expect(saved.status).toBe(200);
    const draft = await saved.json<Draft>();
    expect(draft).toEqual({
      slug: "a-walk",
      content: "One.",
      metadata: { title: "A walk", tags: ["woods"] },
      deviceId: "laptop",
      revision: 1,
      lastSaved: new Date(draft.lastSaved).toISOString(),
    });
    expect(await (await get("a-walk")).json()).toEqual(draft);
    const { content: _, ...listed } = draft;
    expect(await list()).toEqual([listed]);
    expect((await call("DELETE", `${PATH}/a-walk`, as)).status).toBe(204);
    expect((await call("DELETE", `${PATH}/a-walk`, as)).status).toBe(204);
    expect(await refusal(await get("a-walk"))).toBe("404 not_found");
  });

  test("of a post that has no address yet is called new", async () => {
    const { put, get } = await givenDrafts();
    expect((await put("new", aSave("One."))).status).toBe(200);
    expect((await get("new")).status).toBe(200);
  });

  test("that two devices save at once is the first one's, and the other gets both versions beside the error", async () => {
    const { put } = await givenDrafts();
    await put("a-walk", aSave("Base."));
    const sent = [aSave("From the laptop.", 1), aSave("From the phone.", 1, "phone")];
    const answers = await Promise.all(sent.map(async (body) => await put("a-walk", body)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    const won = answers.findIndex(({ status }) => status === 200);
    const theirs = await answers[won]?.json<Draft>();
    expect(await answers[1 - won]?.json()).toEqual({
      error: {
        code: "conflict",
        message: "The draft was saved elsewhere meanwhile",
        traceId: expect.any(String) as string,
      },
      yours: sent[1 - won],
      theirs,
    });
  });

  test("that was deleted meanwhile answers a save with no version of theirs", async () => {
    const { put, as } = await givenDrafts();
    await put("a-walk", aSave("One."));
    await call("DELETE", `${PATH}/a-walk`, as);
    const answer = await put("a-walk", aSave("Two.", 1));
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ yours: aSave("Two.", 1), theirs: null });
  });

  test("is deleted at one revision only when that is named", async () => {
    const { put, as } = await givenDrafts();
    await put("a-walk", aSave("One."));
    const theirs = await (await put("a-walk", aSave("Two.", 1))).json<Draft>();
    const lost = await call("DELETE", `${PATH}/a-walk?revision=1`, as);
    expect(lost.status).toBe(409);
    expect(await lost.json()).toMatchObject({ error: { code: "conflict" }, theirs });
    expect(await refusal(await call("DELETE", `${PATH}/a-walk?revision=x`, as))).toBe("400 bad_request");
    expect((await call("DELETE", `${PATH}/a-walk?revision=2`, as)).status).toBe(204);
  });

  test.each([
    ["x", '"x"'],
    // As programs write it that keep to ASCII.
    ["🌲", '"\\ud83c\\udf32"'],
  ])("of a megabyte of %s fits in any JSON, and a byte more is refused", async (unit, json) => {
    const { as, get } = await givenDrafts();
    const count = MAX_DRAFT_BYTES / new TextEncoder().encode(unit).length;
    const body = (content: string) => `{"content":"${content}","metadata":{},"deviceId":"laptop","baseRevision":0}`;
    const full = json.slice(1, -1).repeat(count);
    const saved = await call("PUT", `${PATH}/long`, { ...as, body: body(full) });
    expect(saved.status).toBe(200);
    expect((await (await get("long")).json<Draft>()).content).toBe(unit.repeat(count));
    expect(await refusal(await call("PUT", `${PATH}/longer`, { ...as, body: body(`${full}x`) }))).toBe(
      "422 unprocessable",
    );
  });

  test("far beyond a megabyte is not even read, and elsewhere a megabyte still is the limit", async () => {
    const { put, as } = await givenDrafts();
    expect(await refusal(await put("long", aSave("x".repeat(5_000_000))))).toBe("413 too_large");
    const body = { title: "Long", content: "x".repeat(1_100_000) };
    expect(await refusal(await call("POST", "/api/posts", { ...as, body }))).toBe("413 too_large");
    expect(await refusal(await call("POST", `${PATH}/long`, { ...as, body }))).toBe("413 too_large");
  });

  test.each([
    ["a-walk", { ...aSave("x"), baseRevision: -1 }, "422 unprocessable"],
    ["a-walk", { ...aSave("x"), baseRevision: 0.5 }, "422 unprocessable"],
    ["a-walk", { ...aSave("x"), deviceId: "" }, "422 unprocessable"],
    ["a-walk", { ...aSave("x"), owner: "me" }, "422 unprocessable"],
    ["a-walk", { ...aSave("x"), metadata: { color: "red" } }, "422 unprocessable"],
    ["a-walk", { content: 1 }, "422 unprocessable"],
    ["A_Walk", aSave("x"), "404 not_found"],
    ["..%2fconfig", aSave("x"), "404 not_found"],
  ])("at %s from %j is refused", async (slug, body, expected) => {
    const { put, list } = await givenDrafts();
    expect(await refusal(await put(slug, body))).toBe(expected);
    expect(await list()).toEqual([]);
  });
});

describe("drafts", () => {
  const asking = async (host: string, token?: string, revision = 1) => {
    const as = { host, token };
    const asked = [
      await call("GET", PATH, as),
      await call("GET", `${PATH}/a-walk`, as),
      await call("PUT", `${PATH}/a-walk`, { ...as, body: aSave("Two.", revision) }),
      await call("DELETE", `${PATH}/a-walk`, as),
    ];
    return await Promise.all(asked.map(async (answer) => (answer.ok ? answer.status : await refusal(answer))));
  };

  const all = (refused: string) => Array.from({ length: 4 }, () => refused);

  test("are for owners, editors and operators, and for nobody else", async () => {
    const site = await givenDrafts();
    const [reader, author, editor, stranger] = await givenPeople(site);
    await site.put("a-walk", aSave("One."));
    for (const someone of [reader, author, stranger])
      expect(await asking(site.host, someone?.token)).toEqual(all("403 forbidden"));
    expect(await asking(site.host)).toEqual(all("401 unauthenticated"));
    for (const someone of [editor, await signInAs("admin"), site.owner]) {
      const { revision } = await (await site.get("a-walk")).json<Draft>();
      expect(await asking(site.host, someone?.token, revision)).toEqual([200, 200, 200, 204]);
      await site.put("a-walk", aSave("One."));
    }
  });

  test("are not changed from a foreign origin, and are those of one site", async () => {
    const [one, other] = await Promise.all([givenDrafts(), givenDrafts()]);
    await one.put("a-walk", aSave("One."));
    const forged = { host: one.host, cookie: one.owner.cookie, origin: "https://evil.example" };
    expect(await refusal(await call("PUT", `${PATH}/a-walk`, { ...forged, body: aSave("Two.", 1) }))).toBe(
      "403 forbidden",
    );
    expect(await refusal(await call("DELETE", `${PATH}/a-walk`, forged))).toBe("403 forbidden");
    expect(await asking(one.host, other.owner.token)).toEqual(all("403 forbidden"));
    expect(await refusal(await other.get("a-walk"))).toBe("404 not_found");
    expect(await refusal(await call("GET", PATH, { token: one.owner.token }))).toBe("404 not_found");
    expect(await one.list()).toHaveLength(1);
  });
});

describe("a post", () => {
  const slugs = (drafts: Draft[]) => drafts.map(({ slug }) => slug).toSorted();
  const rename = async ({ as }: Awaited<ReturnType<typeof givenDrafts>>, post: Post, slug: string, revision = 1) =>
    await call("PATCH", `/api/posts/${post.id}`, { ...as, body: { revision, slug } });

  test("takes its draft along when it is renamed, and leaves it alone otherwise", async () => {
    const site = await givenDrafts();
    const post = await writePost(site, { slug: "old" });
    await site.put("old", aSave("Unsaved words."));
    await call("PATCH", `/api/posts/${post.id}`, { ...site.as, body: { revision: 1, title: "Other" } });
    await call("POST", `/api/posts/${post.id}/publish`, { ...site.as, body: {} });
    expect(slugs(await site.list())).toEqual(["old"]);
    expect((await rename(site, post, "new-name", 2)).status).toBe(200);
    expect(slugs(await site.list())).toEqual(["new-name"]);
    expect(await (await site.get("new-name")).json()).toMatchObject({ content: "Unsaved words.", revision: 1 });
    expect((await site.put("new-name", aSave("More of them.", 1))).status).toBe(200);
  });

  test("that is renamed in vain keeps its draft where it is", async () => {
    const site = await givenDrafts();
    const post = await writePost(site, { slug: "old" });
    await writePost(site, { slug: "taken" });
    await site.put("old", aSave("Unsaved words."));
    expect(await refusal(await rename(site, post, "taken"))).toBe("409 conflict");
    expect(await refusal(await rename(site, post, "new-name", 7))).toBe("409 conflict");
    expect(await refusal(await rename(site, post, "admin"))).toBe("422 unprocessable");
    expect(slugs(await site.list())).toEqual(["old"]);
  });

  test("is renamed by its author, who may not see drafts, and the draft comes along", async () => {
    const site = await givenDrafts();
    const author = await signIn("Arno");
    await addMember(site.subdomain, author.userId, "author");
    const post = await writePost({ host: site.host, owner: author }, { slug: "old" });
    await site.put("old", aSave("The editor’s words."));
    const renamed = await call("PATCH", `/api/posts/${post.id}`, {
      host: site.host,
      token: author.token,
      body: { revision: 1, slug: "new-name" },
    });
    expect(renamed.status).toBe(200);
    expect(slugs(await site.list())).toEqual(["new-name"]);
  });

  test("is not renamed while the site's party is away, for its draft could not follow", async () => {
    const site = await givenDrafts();
    const post = await writePost(site, { slug: "old" });
    losing("watchPost");
    expect(await refusal(await rename(site, post, "new-name"))).toBe("503 unavailable");
    expect(await (await call("GET", `/api/posts/${post.id}`, site.as)).json()).toMatchObject({ slug: "old" });
  });

  test("is renamed when the party is lost in between, which finds the draft's new place by itself", async () => {
    const site = await givenDrafts();
    const post = await writePost(site, { slug: "old" });
    await site.put("old", aSave("Unsaved words."));
    losing("followPost");
    expect((await rename(site, post, "new-name")).status).toBe(200);
    expect(slugs(await site.list())).toEqual(["old"]);
    const jobs = await runInDurableObject(env.Tenant.getByName(site.subdomain), (_, { storage }) =>
      storage.sql.exec("SELECT id FROM k_jobs WHERE name = 'followPost'").toArray(),
    );
    expect(jobs).toEqual([{ id: `followPost ${post.id} old` }]);
  });

  test("takes its draft along when it is deleted, and once more deletes no other's", async () => {
    const site = await givenDrafts();
    const post = await writePost(site, { slug: "a-walk" });
    await site.put("a-walk", aSave("Unsaved words."));
    await site.put("other", aSave("Of another post."));
    expect((await call("DELETE", `/api/posts/${post.id}`, site.as)).status).toBe(204);
    expect(slugs(await site.list())).toEqual(["other"]);
    await site.put("a-walk", aSave("Begun anew."));
    expect((await call("DELETE", `/api/posts/${post.id}`, site.as)).status).toBe(204);
    expect(slugs(await site.list())).toEqual(["a-walk", "other"]);
  });
});
