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
import { NEW_ACCOUNT } from "../../schema/users.ts";
import { rowsOf } from "../helpers/objects.ts";
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

export const OPEN_FEATURES: Features = { comments: true, commentPolicy: "everyone", reactionCounts: "public" };

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
    db.insert(d1.siteMembers).values({ tenant, userId: author.user.id, role: "author", joinedAt: at }),
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

/** Of the configuration of any site: it only ever grows. */
let siteVersion = 1;

/** Tells the party what the edge tells it when the post, or its site's features, changed. */
export async function changePost(
  post: TestPost,
  change: Partial<PostFacts>,
  features: Partial<Features> = {},
): Promise<void> {
  const facts = { ...post.facts, revision: 2, ...change };
  const ownerId = post.owner.user.id;
  siteVersion += 1;
  await post.party.postChanged({
    post: facts,
    site: {
      version: siteVersion,
      ownerId,
      members: { [ownerId]: "owner", [post.author.user.id]: "author" },
      features: { ...post.features, ...features },
    },
  });
}

type CreateSession = Parameters<SessionStub["createSession"]>[0];
/** What the holder of a session has of it. */
export type Held = Pick<Awaited<ReturnType<SessionStub["createSession"]>>, "sessionId" | "secret">;
export type Sessions = ReturnType<typeof givenSessions>;

/** A person's session party, and what the edge does with it. */
export function givenSessions(user: UserPrincipal["user"] = person().user) {
  const account = { ...NEW_ACCOUNT, ...user, email: null, role: "user" as const };
  const party: SessionStub = sessionStub(env, { userId: user.id });
  const visitor = { userAgent: null, ipAddress: "127.0.0.1" };
  const own = { party: "session", name: user.id };
  /** Opens a socket as the edge does it: the session is asked, and notes the door. */
  const open = async (
    held: Held,
    { to = own, ...more }: { to?: { party: string; name: string }; since?: number } = {},
  ): Promise<TestSocket> => {
    const found = await party.validateSession({ ...pick(held), kind: "cookie", socket: to });
    if (!found.valid) throw new Error("This session lets nobody in");
    return await openSocket({ ...to, principal: found.principal, ...more });
  };
  return {
    user,
    party,
    /** The object itself, for eviction and alarms. A new stub each time: they do not outlive a crash. */
    get object(): DurableObjectStub {
      return env.Session.getByName(user.id);
    },
    /** Signs in on a device of its own, unless `given` says otherwise. */
    create: async (given: Partial<CreateSession> = {}) =>
      await party.createSession({ account, ...visitor, deviceId: newId("device"), ...given }),
    /** Shows the session's secret, as its cookie does. */
    cookie: async (held: Held) => await party.validateSession({ ...pick(held), kind: "cookie" }),
    /** Shows an access token. */
    access: async ({ sessionId, accessSecret }: { sessionId: string; accessSecret: string }) =>
      await party.validateSession({ sessionId, secret: accessSecret, kind: "access" }),
    /** Asks for the session's next secret. */
    refresh: async (held: Held) => await party.refreshSession({ ...pick(held), ...visitor }),
    /** The same, when it must go well: the session with its new secrets. */
    rotate: async (held: Held) => {
      const next = await party.refreshSession({ ...pick(held), ...visitor });
      if (next.state !== "refreshed") throw new Error(`The refresh was ${next.state}`);
      const { state: _, ...secrets } = next;
      return { sessionId: held.sessionId, ...secrets };
    },
    fail: async () => await party.recordLoginAttempt({ success: false, ...visitor }),
    open,
    /** The same, and takes the first two frames. */
    join: async (held: Held, more: Parameters<typeof open>[1] = {}) => {
      const socket = await open(held, more);
      await socket.next("welcome");
      if (more.to === undefined && more.since === undefined) await socket.next("initial_state");
      return socket;
    },
  };
}

function pick({ sessionId, secret }: Held): Held {
  return { sessionId, secret };
}

/** What a party remembers of failed sign-ins, or undefined. */
export async function lockoutOf(object: DurableObjectStub): Promise<unknown> {
  const value = (await rowsOf(object, "lockout"))[0]?.["value"];
  return typeof value === "string" ? JSON.parse(value) : undefined;
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
