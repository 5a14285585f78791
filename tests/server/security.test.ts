import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { newId } from "../../parties/kernel/index.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { openSocket } from "../helpers/sockets.ts";
import { call, makeSite, refusal, signIn, writePost } from "./support.ts";

withD1Migrations();

test("an id that no post ever had makes no object, whoever asks for it and however", async () => {
  const { host, subdomain, owner } = await makeSite();
  const objects = async () => (await listDurableObjectIds(env.Post)).length;
  const before = await objects();
  const asked = [
    ["GET", "comments", undefined],
    ["POST", "comments", { content: "Hello" }],
    ["GET", "reactions", undefined],
    ["PUT", "reactions/like", { on: true }],
  ] as const;
  for (const [method, path, body] of asked) {
    const answer = await call(method, `/api/posts/${newId("post")}/${path}`, { host, token: owner.token, body });
    expect(await refusal(answer)).toBe("404 not_found");
  }
  const name = `${subdomain}:${newId("post")}`;
  for (const bearer of [undefined, owner.token]) {
    const credential = bearer === undefined ? { origin: `http://${host}` } : { bearer };
    const socket = await openSocket({ host, party: "post", name, ...credential });
    expect((await socket.closed).code).toBe(4404);
  }
  expect(await objects()).toBe(before);
});

test("a deleted post is still answered by its party", async () => {
  const site = await makeSite();
  const { id } = await writePost(site);
  const { host, owner } = site;
  await call("DELETE", `/api/posts/${id}`, { host, token: owner.token });
  expect(await refusal(await call("GET", `/api/posts/${id}/comments`, { host }))).toBe("404 not_found");
});

test("answers with tokens or of one person are stored by nobody on the way", async () => {
  const { token } = await signIn();
  const login = await call("POST", "/auth/dev", { body: { name: "Ada", email: "ada@example.com" } });
  const answers = [login, await call("GET", "/api/me", { token }), await call("GET", "/api/me")];
  for (const answer of answers) {
    expect(answer.headers.get("cache-control")).toBe("no-store");
    await answer.text();
  }
});

test("a feed renders no more than 400,000 characters, and sums up the posts beyond them", async () => {
  const site = await makeSite();
  for (let n = 0; n < 3; n++) await writePost(site, { title: `Long ${n}`, content: `Long. ${"word ".repeat(30_000)}` });
  const feed = await (await call("GET", "/feed.json", { host: site.host })).json<{ items: object[] }>();
  expect(feed.items.map((item) => "content_html" in item)).toEqual([true, true, false]);
  expect(feed.items[2]).toHaveProperty("content_text");
  const rss = await (await call("GET", "/feed.xml", { host: site.host })).text();
  expect([rss.match(/<item>/g), rss.match(/<content:encoded>/g)].map((found) => found?.length)).toEqual([3, 2]);
});
