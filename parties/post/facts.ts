import { and, eq, isNull, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import * as d1 from "../../schema/d1.ts";
import { PartyError } from "../../schema/errors.ts";
import { featuresSchema } from "../../schema/http/tenants.ts";
import type { PostFacts, SiteFacts } from "../../schema/parties/post.ts";
import { isOperator, type Person, type Principal } from "../../schema/principal.ts";
import { isAtLeast, type SiteRole } from "../../schema/site-roles.ts";
import { facts } from "./tables.ts";

/** What decides who may do what here. */
export interface Facts {
  post: PostFacts;
  site: SiteFacts;
  removed: boolean;
}
type Learnt = Omit<Facts, "removed">;

const ONLY_ROW = 1;

export function readFacts(db: DrizzleSqliteDODatabase): Facts | undefined {
  const row = db.select().from(facts).where(eq(facts.id, ONLY_ROW)).get();
  if (row === undefined) return undefined;
  const { post, ownerId, features, members, siteVersion, removed } = row;
  return {
    post,
    site: { version: siteVersion, ownerId, members, features: featuresSchema.parse(features) },
    removed,
  };
}

/** Stores what is newer, of the post and of its site. Answers false, and stores nothing, when nothing is. */
export function writeFacts(db: DrizzleSqliteDODatabase, told: Learnt): boolean {
  const known = readFacts(db);
  if (known?.removed) return false;
  const next = known === undefined ? told : newer(known, told);
  if (known !== undefined && JSON.stringify(known) === JSON.stringify({ ...known, ...next })) return false;
  const { version: siteVersion, ownerId, members, features } = next.site;
  const set = { post: next.post, ownerId, members, features, siteVersion };
  db.insert(facts)
    .values({ id: ONLY_ROW, ...set })
    .onConflictDoUpdate({ target: facts.id, set })
    .run();
  return true;
}

/** Each half is as new as either knows it. Of one revision what was told last counts: names change without one. */
function newer(known: Learnt, told: Learnt): Learnt {
  return {
    post: told.post.revision < known.post.revision ? known.post : told.post,
    site: told.site.version <= known.site.version ? known.site : told.site,
  };
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
export async function loadFacts(db: DrizzleD1Database, tenant: string, postId: string): Promise<Learnt | undefined> {
  const [row] = await db
    .select({ post: d1.posts, author: d1.users, site: d1.tenants, members: membersOf(db, tenant) })
    .from(d1.posts)
    .innerJoin(d1.tenants, eq(d1.tenants.subdomain, d1.posts.tenant))
    .innerJoin(d1.users, eq(d1.users.id, d1.posts.authorId))
    .where(and(eq(d1.posts.id, postId), eq(d1.posts.tenant, tenant), isNull(d1.posts.deletedAt)));
  if (row === undefined) return undefined;
  const { post, author, site, members } = row;
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
    site: {
      version: site.version,
      ownerId: site.ownerId,
      members: { ...(JSON.parse(members) as Record<string, SiteRole>), [site.ownerId]: "owner" },
      features: featuresSchema.parse(site.features),
    },
  };
}

/** A site's members as a JSON object of roles by user id. */
function membersOf(db: DrizzleD1Database, tenant: string) {
  return sql<string>`${db
    .select({ all: sql`json_group_object(${d1.siteMembers.userId}, ${d1.siteMembers.role})` })
    .from(d1.siteMembers)
    .where(eq(d1.siteMembers.tenant, tenant))}`;
}

/** What somebody is on the post's site. */
export function roleIn({ site }: Facts, principal: Principal): SiteRole | undefined {
  return principal.kind === "user" ? site.members[principal.user.id] : undefined;
}

/** The site's owners and editors, the post's author for as long as they write here, and those who run the service. */
export function mayModerate(known: Facts, principal: Principal): boolean {
  if (principal.kind !== "user") return false;
  const needed = principal.user.id === known.post.author.id ? "author" : "editor";
  return isAtLeast(roleIn(known, principal), needed) || isOperator(principal);
}

/** Everybody, once it is published; members, when it is private; else those who moderate. */
export function maySee(known: Facts, principal: Principal): boolean {
  if (known.post.status === "published" || mayModerate(known, principal)) return true;
  return known.post.status === "private" && roleIn(known, principal) !== undefined;
}

/** @throws PartyError `not_found`: what someone may not see does not exist for them. */
export function requireVisible(known: Facts, principal: Principal): void {
  if (!known.removed && maySee(known, principal)) return;
  throw new PartyError("not_found", { message: "There is no such post" });
}

export function maySeeCounts(known: Facts, principal: Principal): boolean {
  return known.site.features.reactionCounts === "public" || mayModerate(known, principal);
}
