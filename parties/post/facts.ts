import { and, eq, isNull } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import * as d1 from "../../schema/d1.ts";
import { PartyError } from "../../schema/errors.ts";
import type { Features } from "../../schema/http/tenants.ts";
import type { PostFacts } from "../../schema/parties/post.ts";
import { isOperator, type Person, type Principal } from "../../schema/principal.ts";
import { facts } from "./tables.ts";

/** What decides who may do what here. */
export interface Facts {
  post: PostFacts;
  ownerId: string;
  features: Features;
  removed: boolean;
}

const ONLY_ROW = 1;

export function readFacts(db: DrizzleSqliteDODatabase): Facts | undefined {
  return db.select().from(facts).where(eq(facts.id, ONLY_ROW)).get();
}

/** Stores newer facts. Answers false, and stores nothing, when these are already known or older. */
export function writeFacts(db: DrizzleSqliteDODatabase, next: Omit<Facts, "removed">): boolean {
  const known = readFacts(db);
  if (known?.removed) return false;
  const isOlder = known !== undefined && next.post.revision < known.post.revision;
  if (isOlder || (known !== undefined && JSON.stringify(known) === JSON.stringify({ ...known, ...next }))) return false;
  db.insert(facts)
    .values({ id: ONLY_ROW, ...next })
    .onConflictDoUpdate({ target: facts.id, set: next })
    .run();
  return true;
}

/** Changes what the post's author is called, and not the post. */
export function renameAuthor(db: DrizzleSqliteDODatabase, author: Person): void {
  const known = readFacts(db);
  if (known === undefined) return;
  db.update(facts)
    .set({ post: { ...known.post, author } })
    .where(eq(facts.id, ONLY_ROW))
    .run();
}

export function markRemoved(db: DrizzleSqliteDODatabase): void {
  db.update(facts).set({ removed: true }).where(eq(facts.id, ONLY_ROW)).run();
}

/** Reads the facts from D1; `undefined` when there is no such post. */
export async function loadFacts(
  db: DrizzleD1Database,
  tenant: string,
  postId: string,
): Promise<Omit<Facts, "removed"> | undefined> {
  const [row] = await db
    .select({ post: d1.posts, author: d1.users, ownerId: d1.tenants.ownerId, features: d1.tenants.features })
    .from(d1.posts)
    .innerJoin(d1.tenants, eq(d1.tenants.subdomain, d1.posts.tenant))
    .innerJoin(d1.users, eq(d1.users.id, d1.posts.authorId))
    .where(and(eq(d1.posts.id, postId), eq(d1.posts.tenant, tenant), isNull(d1.posts.deletedAt)));
  if (row === undefined) return undefined;
  const { post, author, ownerId, features } = row;
  return {
    post: {
      id: post.id,
      tenant: post.tenant,
      slug: post.slug,
      title: post.title,
      tags: post.tags,
      status: post.status,
      author: { id: author.id, name: author.name, picture: author.picture },
      publishedAt: post.publishedAt === null ? null : new Date(post.publishedAt).toISOString(),
      updatedAt: new Date(post.updatedAt).toISOString(),
      revision: post.revision,
    },
    ownerId,
    features,
  };
}

/** The site's owner, the post's author, and those who run the service. */
export function mayModerate({ post, ownerId }: Facts, principal: Principal): boolean {
  if (principal.kind !== "user") return false;
  return principal.user.id === ownerId || principal.user.id === post.author.id || isOperator(principal);
}

/** @throws PartyError `not_found`: what someone may not see does not exist for them. */
export function requireVisible(known: Facts, principal: Principal): void {
  const isVisible = !known.removed && (known.post.status === "published" || mayModerate(known, principal));
  if (!isVisible) throw new PartyError("not_found", { message: "There is no such post" });
}

export function maySeeCounts(known: Facts, principal: Principal): boolean {
  return known.features.reactionCounts === "public" || mayModerate(known, principal);
}
