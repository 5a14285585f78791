import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PEOPLE, type Person, type Remark, type Site, SITES, type Story } from "./demo/content.ts";
import type { LocalDatabase } from "./lib/d1.ts";
import { type Answer, send } from "./lib/http.ts";

const signedInSchema = z.object({ accessToken: z.string() });
const postSchema = z.object({ id: z.string(), slug: z.string() });
const postListSchema = z.object({ posts: z.array(postSchema) });
const commentSchema = z.object({ id: z.string() });

/** Access tokens of the demo people. */
type Tokens = Record<Person, string>;

/**
 * Whether the demo content is still to be made: the installation is empty, or an earlier run was interrupted.
 * An installation that has sites of its own is left alone.
 */
export async function needsSeed(dataDir: string, database: LocalDatabase): Promise<boolean> {
  const state = seedState(dataDir);
  if (state !== undefined) return state === "begun";
  const sites = await database.prepare("SELECT count(*) AS count FROM tenants").first<number>("count");
  if (sites !== 0) return false;
  writeSeedState(dataDir, "begun");
  return true;
}

/** Notes that the demo content is complete, so that it isn't made again after its owner has changed it. */
export function finishSeed(dataDir: string): void {
  writeSeedState(dataDir, "done");
}

/**
 * Makes the demo sites through the HTTP API of a local server with dev login. Each step may be repeated: what an
 * interrupted run has made is found again.
 * @throws when the server answers anything unexpected.
 */
export async function seed(port: number): Promise<void> {
  const tokens = await signIn(port);
  for (const site of SITES) {
    const token = tokens[site.owner];
    const made = await api(port, "POST", "localhost", "/api/tenants", token, {
      subdomain: site.subdomain,
      displayName: site.displayName,
    });
    accept(made, [201, 409]);
    const host = `${site.subdomain}.localhost`;
    await furnish(port, host, token, site);
    for (const story of site.stories) {
      const postId = await publish(port, host, token, story);
      for (const remark of story.remarks) await addRemark(port, host, postId, remark, tokens, null);
      for (const [person, reactionType] of story.reactions) {
        const path = `/api/posts/${postId}/reactions/${reactionType}`;
        accept(await api(port, "PUT", host, path, tokens[person], { on: true }), [200]);
      }
    }
  }
}

async function signIn(port: number): Promise<Tokens> {
  const entries = await Promise.all(
    Object.entries(PEOPLE).map(async ([handle, name]) => {
      const email = `${handle}@understory.example`;
      const answer = await send("POST", at(port, "localhost", "/auth/dev"), {}, { email, name });
      return [handle, signedInSchema.parse(accept(answer, [200])).accessToken] as const;
    }),
  );
  return Object.fromEntries(entries) as Tokens;
}

/** Everything of a site but its posts. */
async function furnish(port: number, host: string, token: string, { config, pages, trails }: Site): Promise<void> {
  accept(await api(port, "PUT", host, "/api/admin/config", token, config), [200]);
  for (const [menuOrder, { slug, title, file }] of pages.entries()) {
    const page = { slug, title, content: textOf(file), status: "published", menuOrder };
    accept(await api(port, "POST", host, "/api/admin/pages", token, page), [201, 409]);
  }
  if (trails.length > 0)
    accept(await api(port, "PUT", host, "/api/admin/sections/trails", token, { enabled: true }), [200]);
  for (const { slug, ...trail } of trails)
    accept(await api(port, "PUT", host, `/api/admin/trails/${slug}`, token, trail), [200]);
}

function textOf(file: string): string {
  return readFileSync(new URL(`demo/${file}.md`, import.meta.url), "utf8");
}

async function publish(port: number, host: string, token: string, story: Story): Promise<string> {
  const { title, slug, tags } = story;
  const content = textOf(slug);
  const made = await api(port, "POST", host, "/api/posts", token, { title, slug, tags, content, status: "published" });
  if (made.status === 201) return postSchema.parse(accept(made, [201])).id;
  accept(made, [409]);
  const list = postListSchema.parse(accept(await api(port, "GET", host, "/api/posts?limit=100", token), [200]));
  const found = list.posts.find((post) => post.slug === slug);
  if (found === undefined) throw new Error(`${host} has no post at /${slug}, although the address is taken`);
  return found.id;
}

async function addRemark(
  port: number,
  host: string,
  postId: string,
  remark: Remark,
  tokens: Tokens,
  parentId: string | null,
): Promise<void> {
  const answer = await api(port, "POST", host, `/api/posts/${postId}/comments`, tokens[remark.by], {
    content: remark.says,
    parentId,
    opId: `demo-${remark.key}`,
  });
  const { id } = commentSchema.parse(accept(answer, [200, 201]));
  for (const reply of remark.replies ?? []) await addRemark(port, host, postId, reply, tokens, id);
}

function api(port: number, method: string, host: string, path: string, token: string, body?: unknown): Promise<Answer> {
  return send(method, at(port, host, path), { authorization: `Bearer ${token}` }, body);
}

function at(port: number, host: string, path: string): URL {
  return new URL(path, `http://${host}:${port}`);
}

function accept(answer: Answer, statuses: readonly number[]): unknown {
  if (!statuses.includes(answer.status)) {
    throw new Error(`making the demo content failed: ${answer.status} ${answer.body.slice(0, 500)}`);
  }
  return JSON.parse(answer.body);
}

function seedState(dataDir: string): string | undefined {
  try {
    return readFileSync(join(dataDir, "seed.txt"), "utf8").trim();
  } catch {
    return undefined;
  }
}

function writeSeedState(dataDir: string, state: "begun" | "done"): void {
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, "seed.txt"), `${state}\n`);
}
