import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { tenantStub } from "../../parties/tenant/index.ts";
import type { Post } from "../../schema/http/posts.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { aPng } from "../helpers/images.ts";
import { operator } from "../helpers/principals.ts";
import { openSocket } from "../helpers/sockets.ts";
import { call, joinSite, makeSite, type Someone, signIn, signInAs, writePost } from "./support.ts";

withD1Migrations();

/** All kinds of people, seen from a post that Ada has written. */
const PEOPLE = ["operator", "owner", "editor", "ada", "author", "reader", "stranger", "nobody"] as const;
type Who = (typeof PEOPLE)[number];
type TestSite = Awaited<ReturnType<typeof makeSite>>;

interface Stage {
  site: TestSite;
  people: Readonly<Record<Who, Someone | undefined>>;
}

/** A site with room for everybody, and everybody. */
async function givenStage(): Promise<Stage> {
  const site = await makeSite();
  await call("GET", "/api/tenant", { host: site.host });
  await tenantStub(env, site).updateConfig({ principal: operator(), changes: { tier: "evergreen" } });
  const people = {
    operator: await signInAs("admin"),
    owner: site.owner,
    editor: await joinSite(site, "editor", "Edith"),
    ada: await joinSite(site, "author", "Ada"),
    author: await joinSite(site, "author", "Arthur"),
    reader: await joinSite(site, "reader", "Rowan"),
    stranger: await signIn("Stella"),
    nobody: undefined,
  };
  return { site, people };
}

let stage: Stage;
beforeAll(async () => {
  stage = await givenStage();
});

type Ask = (who: Someone | undefined) => Promise<number>;

async function ask(who: Someone | undefined, method: string, path: string, body?: unknown): Promise<number> {
  const { host } = stage.site;
  return (await call(method, path, { host, token: who?.token, body })).status;
}

/** Those of all people who are not refused. */
async function whoMay(act: Ask): Promise<Who[]> {
  const may: Who[] = [];
  for (const who of PEOPLE) {
    const status = await act(stage.people[who]);
    expect([who, status < 500 && status !== 422 && status !== 400]).toEqual([who, true]);
    if (status < 300) may.push(who);
  }
  return may;
}

async function adasPost(given: object = {}): Promise<Post> {
  const { ada } = stage.people;
  if (ada === undefined) throw new TypeError("Ada is somebody");
  return await writePost({ host: stage.site.host, owner: ada }, given);
}

/** A comment by somebody who is nothing on the site. */
async function strangersComment({ id }: Post): Promise<string> {
  const { stranger } = stage.people;
  const path = `/api/posts/${id}/comments`;
  const answer = await call("POST", path, { host: stage.site.host, token: stranger?.token, body: { content: "Hm." } });
  return (await answer.json<{ id: string }>()).id;
}

const EDITORS: Who[] = ["operator", "owner", "editor"];
const AUTHORS: Who[] = [...EDITORS, "ada", "author"];
const MEMBERS: Who[] = [...AUTHORS, "reader"];

describe("posts", () => {
  test("are written by authors and up", async () => {
    const body = { title: "New", content: "" };
    expect(await whoMay(async (who) => await ask(who, "POST", "/api/posts", body))).toEqual(AUTHORS);
  });

  test("are changed by their author and by editors", async () => {
    const { id, revision: first } = await adasPost();
    let revision = first;
    const may = await whoMay(async (who) => {
      const status = await ask(who, "PATCH", `/api/posts/${id}`, { revision, title: `Version ${revision}` });
      if (status === 200) revision += 1;
      return status;
    });
    expect(may).toEqual([...EDITORS, "ada"]);
  });

  test("are published and deleted by their author and by editors", async () => {
    const publish: Ask = async (who) => {
      const { id } = await adasPost({ status: "draft" });
      return await ask(who, "POST", `/api/posts/${id}/publish`, {});
    };
    expect(await whoMay(publish)).toEqual([...EDITORS, "ada"]);
    const remove: Ask = async (who) => await ask(who, "DELETE", `/api/posts/${(await adasPost()).id}`);
    expect(await whoMay(remove)).toEqual([...EDITORS, "ada"]);
  });

  test("that are drafts are seen by their author and by editors, one by one, in lists and as pages", async () => {
    const { id, slug } = await adasPost({ title: "Half a thought", status: "draft" });
    expect(await whoMay(async (who) => await ask(who, "GET", `/api/posts/${id}`))).toEqual([...EDITORS, "ada"]);
    expect(await whoMay(async (who) => await ask(who, "GET", `/${slug}`))).toEqual([...EDITORS, "ada"]);
    const list = "/api/posts?status=draft&limit=100";
    expect(await whoMay(async (who) => await ask(who, "GET", list))).toEqual(AUTHORS);
    const { host } = stage.site;
    for (const who of AUTHORS) {
      const answer = await call("GET", list, { host, token: stage.people[who]?.token });
      const { posts } = await answer.json<{ posts: Post[] }>();
      expect([who, posts.some((post) => post.id === id)]).toEqual([who, who !== "author"]);
    }
  });

  test("that are private are seen by members, with their discussion", async () => {
    const { id, slug } = await adasPost({ title: "Among us", status: "private" });
    expect(await whoMay(async (who) => await ask(who, "GET", `/api/posts/${id}`))).toEqual(MEMBERS);
    expect(await whoMay(async (who) => await ask(who, "GET", `/${slug}`))).toEqual(MEMBERS);
    expect(await whoMay(async (who) => await ask(who, "GET", `/api/posts/${id}/comments`))).toEqual(MEMBERS);
    const { host } = stage.site;
    for (const who of ["reader", "stranger"] as const) {
      const to = { party: "post", name: `${stage.site.subdomain}:${id}` };
      const socket = await openSocket({ ...to, host, bearer: stage.people[who]?.token ?? "" });
      if (who === "reader") await socket.next("welcome");
      else expect(await socket.closed).toMatchObject({ code: 4404 });
    }
  });
});

describe("comments", () => {
  test("are moderated by editors, and under their own posts by authors", async () => {
    const post = await adasPost();
    const may = await whoMay(async (who) => {
      if (who === stage.people.stranger) return 403;
      const commentId = await strangersComment(post);
      return await ask(who, "DELETE", `/api/posts/${post.id}/comments/${commentId}`);
    });
    expect(may).toEqual([...EDITORS, "ada"]);
  });

  test("that were reported are seen by editors", async () => {
    expect(await whoMay(async (who) => await ask(who, "GET", "/api/admin/reports"))).toEqual(EDITORS);
  });

  test("on a site that keeps them to members are written by members", async () => {
    const { owner } = stage.people;
    await ask(owner, "PUT", "/api/admin/config", { features: { commentPolicy: "members" } });
    const { id } = await adasPost();
    const write: Ask = async (who) => await ask(who, "POST", `/api/posts/${id}/comments`, { content: "Hm." });
    const may = await whoMay(write);
    await ask(owner, "PUT", "/api/admin/config", { features: { commentPolicy: "everyone" } });
    expect(may).toEqual(MEMBERS);
  });
});

test("images are uploaded by authors and up", async () => {
  const { host } = stage.site;
  const upload: Ask = async (who) => {
    const headers = who === undefined ? {} : { authorization: `Bearer ${who.token}` };
    const request = new Request(`http://${host}/api/admin/images`, { method: "POST", headers, body: aPng() });
    return (await exports.default.fetch(request)).status;
  };
  expect(await whoMay(upload)).toEqual(AUTHORS);
});

test("pages are written by editors and up, and members seen to by owners", async () => {
  let count = 0;
  const write: Ask = async (who) => {
    count += 1;
    return await ask(who, "POST", "/api/admin/pages", { slug: `page-${count}`, title: "A page" });
  };
  expect(await whoMay(write)).toEqual(EDITORS);
  expect(await whoMay(async (who) => await ask(who, "GET", "/api/admin/members"))).toEqual(["operator", "owner"]);
});

describe("somebody who becomes something else", () => {
  /** What the owner does to a member. */
  const set = async ({ host, owner }: TestSite, { userId }: Someone, role: string) =>
    (await call("PATCH", `/api/admin/members/${userId}`, { host, token: owner.token, body: { role } })).status;

  test("may what that may from their next request on, and no more what they were", async () => {
    const site = await makeSite();
    const { host } = site;
    const bea = await joinSite(site, "reader");
    const write = async () =>
      (await call("POST", "/api/posts", { host, token: bea.token, body: { title: "Mine", content: "" } })).status;
    expect(await write()).toBe(403);
    expect(await set(site, bea, "author")).toBe(200);
    expect(await write()).toBe(201);
    expect(await set(site, bea, "reader")).toBe(200);
    expect(await write()).toBe(403);
  });

  test("keeps what they wrote on the site, and has no say in it any more", async () => {
    const site = await makeSite();
    const { host, owner } = site;
    const bea = await joinSite(site, "author");
    const post = await writePost({ host, owner: bea });
    const path = `/api/posts/${post.id}`;
    const comment = await call("POST", `${path}/comments`, { host, token: owner.token, body: { content: "Fine." } });
    const { id } = await comment.json<{ id: string }>();
    await call("DELETE", `/api/admin/members/${bea.userId}`, { host, token: owner.token });
    const change = { revision: post.revision, title: "Gone" };
    expect((await call("PATCH", path, { host, token: bea.token, body: change })).status).toBe(403);
    expect((await call("DELETE", path, { host, token: bea.token })).status).toBe(403);
    // A page that somebody looks at tells the post's party.
    expect((await call("GET", `/${post.slug}`, { host })).status).toBe(200);
    expect((await call("DELETE", `${path}/comments/${id}`, { host, token: bea.token })).status).toBe(403);
  });

  test("has open sockets closed by the next page view: those that they may not have, or that hear too little", async () => {
    const site = await makeSite();
    const { host, owner, subdomain } = site;
    const bea = await joinSite(site, "reader");
    const [secret, open] = [
      await writePost(site, { title: "Among us", status: "private" }),
      await writePost(site, { title: "For all" }),
    ];
    const join = async ({ id }: Post, { token }: Someone) => {
      const socket = await openSocket({ party: "post", name: `${subdomain}:${id}`, host, bearer: token });
      await socket.next("welcome");
      return socket;
    };
    const look = async ({ slug }: Post) => (await call("GET", `/${slug}`, { host, cookie: owner.cookie })).status;
    const [hers, his, herOther] = [await join(secret, bea), await join(secret, owner), await join(open, bea)];
    await set(site, bea, "editor");
    expect(await look(open)).toBe(200);
    expect(await herOther.closed).toMatchObject({ code: 1013 });
    await call("DELETE", `/api/admin/members/${bea.userId}`, { host, token: owner.token });
    expect(await look(secret)).toBe(200);
    expect(await hers.closed).toMatchObject({ code: 4404 });
    expect(his.isOpen).toBe(true);
  });
});
