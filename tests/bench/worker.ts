import { type Connection, getServerByName, routePartykitRequest, Server } from "partyserver";
import { z } from "zod";
import { type FrameHandlers, openSocket, partyOf, procedure, type Stub, stubOf } from "../../parties/kernel/index.ts";
import { PostParty, postStub } from "../../parties/post/index.ts";
import { defineAddress } from "../../schema/addresses.ts";
import { defineProtocol } from "../../schema/protocol.ts";
import type { Principal } from "../../schema/principal.ts";
import { sessionStub } from "../../parties/session/index.ts";
import type { Env } from "../../server/env.ts";
import { type Costs, costsSoFar, counting, countRequest, countRows, resetCosts } from "./costs.ts";
import { prepareSite, view, viewCosts, viewCostsByD1 } from "./sites-worker.ts";
import { makeUsers, readProfiles, takeWebhooks, writeAll, writeAllBare } from "./users-worker.ts";
import { prepareLookup, principalOf, type Session, signIn, validateByD1, validateByParty } from "./session-worker.ts";

export { Session } from "./session-worker.ts";
export { Analytics, Tenant } from "./sites-worker.ts";
export { Users } from "./users-worker.ts";

/**
 * The two sides of every comparison, doing the same work on the same machine: a party on plain PartyServer as its
 * documentation shows, and a party on the kernel.
 */

const ANYONE = {
  kind: "user",
  user: { id: "usr_000000000000000000000", name: "Bench", picture: null },
  role: "user",
  sessionId: "ses_000000000000000000000",
} satisfies Principal;

interface CommentRow extends Record<string, string | number> {
  n: number;
  author: string;
  content: string;
  html: string;
  at: number;
}

// --- Plain PartyServer

export class Bare extends Server<BenchEnv & Cloudflare.Env> {
  static override options = { hibernate: true };

  override onStart(): void {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY, total INTEGER NOT NULL)");
    this.ctx.storage.sql.exec("INSERT OR IGNORE INTO counter VALUES (1, 0)");
    this.ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS comments (n INTEGER PRIMARY KEY, author TEXT, content TEXT, html TEXT, at INTEGER)",
    );
    this.ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY, name TEXT, email TEXT, at INTEGER)",
    );
  }

  setEmail(id: string, email: string): void {
    this.ctx.storage.sql.exec(
      "INSERT INTO users VALUES (?, 'Bench', ?, ?) ON CONFLICT (id) DO UPDATE SET email = excluded.email, at = excluded.at",
      id,
      email,
      Date.now(),
    );
  }

  total(): { total: number } {
    return { total: this.ctx.storage.sql.exec<{ total: number }>("SELECT total FROM counter").one().total };
  }

  override onMessage(_: Connection, message: string): void {
    const { by } = JSON.parse(message) as { by: number };
    const { total } = this.ctx.storage.sql
      .exec<{ total: number }>("UPDATE counter SET total = total + ? RETURNING total", by)
      .one();
    this.broadcast(JSON.stringify({ type: "added", by, total, at: Date.now() }));
  }

  fill(rows: number): void {
    this.ctx.storage.transactionSync(() => {
      for (let n = 0; n < rows; n++) {
        this.ctx.storage.sql.exec(
          "INSERT INTO comments (author, content, html, at) VALUES (?, ?, ?, ?)",
          `Reader ${n % 50}`,
          TEXT,
          `<p>${TEXT}</p>`,
          n,
        );
      }
    });
  }

  /** What a page needs of a discussion: the newest comments and how many there are. */
  read(): { comments: CommentRow[]; count: number } {
    return {
      comments: this.ctx.storage.sql.exec<CommentRow>("SELECT * FROM comments ORDER BY n DESC LIMIT 50").toArray(),
      count: this.ctx.storage.sql.exec<{ count: number }>("SELECT count(*) AS count FROM comments").one().count,
    };
  }

  sleep(): void {
    this.ctx.abort("evicted");
  }
}

// --- The kernel

const address = defineAddress("kernel-counter", { name: z.string().regex(/^[a-z0-9-]{1,64}$/) });
const protocol = defineProtocol({
  party: "kernel-counter",
  version: 1,
  frames: { add: { payload: z.object({ by: z.number().int() }), result: z.object({ total: z.number() }) } },
  events: { added: z.object({ by: z.number(), total: z.number(), at: z.number() }) },
  signals: {},
  state: z.object({ total: z.number() }),
});
/** Frames come as fast as the benchmark can send them. */
const UNLIMITED = { capacity: 1e9, perSecond: 1e9 };

export class KernelCounter extends partyOf({
  address,
  protocol,
  limits: { socket: UNLIMITED, person: UNLIMITED },
  migrations: [
    {
      id: "0000",
      sql: "CREATE TABLE counter (id INTEGER PRIMARY KEY, total INTEGER NOT NULL); INSERT INTO counter VALUES (1, 0);",
    },
  ],
}) {
  protected override snapshot(): { total: number } {
    return this.#total();
  }
  override readonly frames: FrameHandlers<typeof protocol> = {
    add: ({ by }) => {
      const { total } = this.ctx.storage.sql
        .exec<{ total: number }>("UPDATE counter SET total = total + ? RETURNING total", by)
        .one();
      this.emit({ type: "added", by, total, at: Date.now() });
      return { total };
    },
  };
  override readonly methods = { total: procedure(z.object({}), () => this.#total()) };
  #total(): { total: number } {
    return { total: this.ctx.storage.sql.exec<{ total: number }>("SELECT total FROM counter").one().total };
  }
}

/** The real post party, with what it costs counted. */
export class Post extends PostParty {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env & BenchEnv) {
    super(ctx, { ...env, DB: counting(env.DB) });
    countRows(ctx.storage);
  }
  override async call(request: Parameters<PostParty["call"]>[0]): ReturnType<PostParty["call"]> {
    countRequest();
    return await super.call(request);
  }
  sleep(): void {
    this.ctx.abort("evicted");
  }
  fill(rows: number): void {
    this.ctx.storage.transactionSync(() => {
      const { sql } = this.ctx.storage;
      for (let n = 0; n < 50; n++)
        sql.exec("INSERT INTO people (id, name) VALUES (?, ?)", `usr_${String(n).padStart(21, "0")}`, `Reader ${n}`);
      for (let n = 0; n < rows; n++) {
        sql.exec(
          `INSERT INTO comments (id, author_id, content, html, html_version, mentions, depth, created_at)
           VALUES (?, ?, ?, ?, 1, '[]', 0, ?)`,
          `cmt_${String(n).padStart(21, "0")}`,
          `usr_${String(n % 50).padStart(21, "0")}`,
          TEXT,
          `<p>${TEXT}</p>`,
          n,
        );
      }
      sql.exec("INSERT OR REPLACE INTO totals (name, count) VALUES ('comments', ?)", rows);
    });
  }
}

const TEXT =
  "The oak at the bend lost a limb in the storm, and by evening three people had come to look at it. ".repeat(2);

interface BenchEnv extends Env {
  Bare: DurableObjectNamespace<Bare>;
  KernelCounter: DurableObjectNamespace<KernelCounter>;
  Post: DurableObjectNamespace<Post>;
  Session: DurableObjectNamespace<Session>;
}

function counter(env: BenchEnv, name: string): Stub<KernelCounter["methods"]> {
  return stubOf(env, address, { name });
}

let writtenTo: ReturnType<typeof makeUsers> | undefined;
let lookup: ReturnType<typeof prepareLookup> | undefined;

/** Runs one measurement inside the worker, where no client is in the way. Times are milliseconds. */
async function measure(url: URL, env: BenchEnv): Promise<unknown> {
  const name = url.searchParams.get("name") ?? "bench";
  const times = Number(url.searchParams.get("times") ?? 1);
  switch (url.pathname) {
    case "/calls/bare":
      return await timed(times, async () => await (await getServerByName(env.Bare, name)).total());
    case "/calls/native":
      return await timed(times, async () => await env.Bare.getByName(name).total());
    case "/calls/kernel":
      return await timed(times, async () => await counter(env, name).total({}));
    case "/sessions/sign-in":
      return await signIn(env, { first: Number(url.searchParams.get("first")), people: times, devices: 3 });
    case "/sessions/validate/party":
    case "/sessions/validate/d1": {
      const validate = url.pathname.endsWith("d1") ? validateByD1 : validateByParty;
      const { request } = await (lookup ??= prepareLookup(env));
      return await timed(times, async () => await validate(env, request));
    }
    case "/users/reads":
      return await readProfiles(env, times);
    case "/users/write/party":
    case "/users/write/bare": {
      const ids = await (writtenTo ??= makeUsers(env));
      if (url.pathname.endsWith("party")) return await timed(times, async () => await writeAll(env, ids));
      return await timed(
        times,
        async () => await writeAllBare(async () => await getServerByName(env.Bare, "users"), ids),
      );
    }
    case "/users/webhooks":
      return await timed(1, async () => await takeWebhooks(env, times));
    case "/wake/counter":
      return await waking(
        times,
        env.Bare.getByName(name),
        async () => await (await getServerByName(env.Bare, name)).total(),
      );
    case "/wake/session":
      return await waking(
        times,
        env.Session.getByName(name),
        async () => await sessionStub(env, { userId: name }).listSessions({}),
      );
    case "/wake/bare/fill":
      return await (await getServerByName(env.Bare, name)).fill(times);
    case "/wake/bare":
      return await waking(
        times,
        env.Bare.getByName(name),
        async () => await (await getServerByName(env.Bare, name)).read(),
      );
    case "/wake/kernel/fill":
      return await fillPost(env, name, times);
    case "/wake/kernel": {
      const post = postStub(env, { tenant: "bench", postId: name });
      return await waking(
        times,
        env.Post.getByName(`bench:${name}`),
        async () => await post.read({ principal: { kind: "anonymous" } }),
      );
    }
    case "/sites/prepare":
      return await prepareSite(env);
    case "/sites/views/party":
      return await view(env, "party", times);
    case "/sites/views/d1":
      return await view(env, "d1", times);
    case "/sites/costs/d1":
      return await viewCostsByD1(env, times);
    case "/sites/costs":
      return await viewCosts(env, times);
    case "/reactions":
      return await react(env, name, times);
    default:
      return undefined;
  }
}

/** Clocks inside a worker stand still until it waits for something, which every call does. */
async function timed(times: number, call: () => Promise<unknown>): Promise<{ ms: number }> {
  const start = performance.now();
  for (let n = 0; n < times; n++) await call();
  return { ms: performance.now() - start };
}

/** How long the first answer after an eviction takes, all times together: the clock is too coarse for one. */
async function waking(
  times: number,
  stub: { sleep(): Promise<void> },
  first: () => Promise<unknown>,
): Promise<{ ms: number }> {
  let ms = 0;
  for (let n = 0; n < times; n++) {
    try {
      await stub.sleep();
    } catch {
      // An aborted object fails the call that aborts it.
    }
    const start = performance.now();
    await first();
    ms += performance.now() - start;
  }
  return { ms };
}

/** One reader each, all at once; then everything goes to D1. */
async function react(env: BenchEnv, name: string, times: number): Promise<Costs & { counted: number }> {
  const post = postStub(env, { tenant: "bench", postId: name });
  await post.read({ principal: { kind: "anonymous" } });
  resetCosts();
  for (let n = 0; n < times; n++) {
    const id = `usr_${String(n).padStart(21, "0")}`;
    const principal: Principal = { ...ANYONE, user: { ...ANYONE.user, id } };
    await post.toggleReaction({ principal, reactionType: n % 2 === 0 ? "like" : "love", on: true });
  }
  await post.flush({});
  const costs = costsSoFar();
  const row = await env.DB.prepare("SELECT sum(count) AS counted FROM reaction_counts WHERE post_id = ?")
    .bind(name)
    .first<{ counted: number }>();
  return { ...costs, counted: row?.counted ?? 0 };
}

/** Makes a post in D1 and puts comments into its party, past the limits that hold for people. */
async function fillPost(env: BenchEnv, name: string, comments: number): Promise<void> {
  const now = Date.now();
  await env.DB.batch([
    env.DB.prepare("INSERT OR IGNORE INTO users (id, name, created_at, updated_at) VALUES (?, 'Bench', ?, ?)").bind(
      ANYONE.user.id,
      now,
      now,
    ),
    env.DB.prepare(
      "INSERT OR IGNORE INTO tenants (subdomain, display_name, owner_id, theme, features, created_at) VALUES ('bench', 'Bench', ?, '{}', ?, ?)",
    ).bind(ANYONE.user.id, JSON.stringify({ comments: true, reactionCounts: "public" }), now),
    env.DB.prepare(
      `INSERT INTO posts (id, tenant, slug, title, content, tags, status, author_id, published_at, created_at, updated_at)
         VALUES (?, 'bench', ?, 'Bench', '', '[]', 'published', ?, ?, ?, ?)`,
    ).bind(name, name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"), ANYONE.user.id, now, now, now),
  ]);
  await postStub(env, { tenant: "bench", postId: name }).read({ principal: { kind: "anonymous" } });
  await env.Post.getByName(`bench:${name}`).fill(comments);
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const [, root, party, name] = url.pathname.split("/");
    if (root === "parties" && party === "kernel-counter" && name !== undefined)
      return await openSocket(request, env, { party, name }, ANYONE);
    if (root === "parties" && party === "session" && name !== undefined) {
      const principal = principalOf(name, url.searchParams.get("session") ?? "");
      return await openSocket(request, env, { party, name }, principal);
    }
    if (root === "parties") return (await routePartykitRequest(request, env)) ?? new Response(null, { status: 404 });
    return Response.json((await measure(url, env)) ?? null);
  },
} satisfies ExportedHandler<BenchEnv & Cloudflare.Env>;
