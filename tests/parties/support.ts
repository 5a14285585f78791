import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { newId } from "../../parties/kernel/index.ts";
import { type PostStub, postStub } from "../../parties/post/index.ts";
import { type SessionStub, sessionStub } from "../../parties/session/index.ts";
import * as d1 from "../../schema/d1.ts";
import { PartyError, type ErrorCode } from "../../schema/errors.ts";
import type { PostStatus } from "../../schema/http/posts.ts";
import type { Features } from "../../schema/http/tenants.ts";
import type { PostFacts } from "../../schema/parties/post.ts";
import type { Principal, UserPrincipal } from "../../schema/principal.ts";
import { person } from "../helpers/principals.ts";
import { join, openSocket, type TestSocket } from "../helpers/sockets.ts";

/** A post as D1 has it, its party, and the two people who may moderate it. */
export interface TestPost {
  readonly tenant: string;
  readonly postId: string;
  /** The party's name. */
  readonly name: string;
  readonly owner: UserPrincipal;
  readonly author: UserPrincipal;
  readonly features: Features;
  readonly facts: PostFacts;
  readonly party: PostStub;
  /** The object itself, for eviction and alarms. */
  readonly object: DurableObjectStub;
  join(principal?: Principal, more?: { since?: number; batch?: boolean }): Promise<TestSocket>;
  /** Opens a socket without waiting for its welcome. */
  open(principal?: Principal, more?: { since?: number }): Promise<TestSocket>;
}

export const OPEN_FEATURES: Features = { comments: true, reactionCounts: "public" };

/** Writes a site, its owner, an author and one post of theirs to D1. The party has not heard of it yet. */
export async function givenPost(given: { status?: PostStatus; features?: Partial<Features> } = {}): Promise<TestPost> {
  const owner = person({ name: "Olu" });
  const author = person({ name: "Ada" });
  const tenant = `site-${crypto.randomUUID().slice(0, 13)}`;
  const postId = newId("post");
  const status = given.status ?? "published";
  const features = { ...OPEN_FEATURES, ...given.features };
  const at = Date.UTC(2026, 0, 2);
  const facts: PostFacts = {
    id: postId,
    tenant,
    slug: "a-walk",
    title: "A walk",
    tags: ["woods"],
    status,
    author: author.user,
    publishedAt: status === "published" ? new Date(at).toISOString() : null,
    updatedAt: new Date(at).toISOString(),
    revision: 1,
  };
  const db = drizzle(env.DB);
  await db.batch([
    db.insert(d1.users).values([owner, author].map(({ user }) => ({ ...user, createdAt: at, updatedAt: at }))),
    db.insert(d1.tenants).values({
      subdomain: tenant,
      displayName: "A site",
      ownerId: owner.user.id,
      theme: { accent: "moss", font: "literata" },
      features,
      createdAt: at,
    }),
    db.insert(d1.posts).values({
      id: postId,
      tenant,
      slug: facts.slug,
      title: facts.title,
      content: "Under the trees.",
      tags: facts.tags,
      status,
      authorId: author.user.id,
      publishedAt: status === "published" ? at : null,
      createdAt: at,
      updatedAt: at,
    }),
  ]);
  const name = `${tenant}:${postId}`;
  const to = { party: "post", name };
  const socketOf = (principal: Principal | undefined) => ({ ...to, ...(principal && { principal }) });
  return {
    tenant,
    postId,
    name,
    owner,
    author,
    features,
    facts,
    party: postStub(env, { tenant, postId }),
    object: env.Post.getByName(name),
    join: async (principal, more) => await join({ ...socketOf(principal), ...more }),
    open: async (principal, more) => await openSocket({ ...socketOf(principal), ...more }),
  };
}

/** Tells the party what the edge tells it when the post, or its site's features, changed. */
export async function changePost(
  post: TestPost,
  change: Partial<PostFacts>,
  features: Partial<Features> = {},
): Promise<void> {
  const facts = { ...post.facts, revision: 2, ...change };
  await post.party.postChanged({
    post: facts,
    ownerId: post.owner.user.id,
    features: { ...post.features, ...features },
  });
}

/** A person's session party. */
export function givenSessions(user: UserPrincipal["user"] = person().user) {
  const profile = { ...user, email: null, role: "user" as const };
  const party: SessionStub = sessionStub(env, { userId: user.id });
  return {
    user,
    party,
    object: env.Session.getByName(user.id),
    create: async (userAgent: string | null = null) =>
      await party.create({ profile, userAgent, ipAddress: "127.0.0.1" }),
  };
}

/** The coded error that a call fails with. */
export async function refusal(call: Promise<unknown>): Promise<PartyError> {
  try {
    const value = await call;
    throw new Error(`Expected a refusal, got ${JSON.stringify(value)}`);
  } catch (error) {
    if (error instanceof PartyError) return error;
    throw error;
  }
}

export async function codeOf(call: Promise<unknown>): Promise<ErrorCode> {
  return (await refusal(call)).code;
}
