import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { z } from "zod";
import { newId, runtime } from "../../parties/kernel/index.ts";
import { posts, postTags } from "../../schema/d1.ts";
import { PartyError } from "../../schema/errors.ts";
import type { newPostSchema, Post, postChangesSchema } from "../../schema/http/posts.ts";
import { isReservedSlug } from "../../schema/reserved-slugs.ts";
import { slugify, suffixedSlug, wordCount } from "../../schema/text.ts";
import { isPageSlug } from "../static-pages/store.ts";
import { findPost } from "./rows.ts";

export type NewPost = z.output<typeof newPostSchema>;
export type PostChanges = z.output<typeof postChangesSchema>;

/** Attempts to find a free slug for a title; each has 4 more random letters than the plain one. */
const SLUG_ATTEMPTS = 5;
const SUFFIX_LENGTH = 4;

/**
 * Writes a new post. Without a slug of the author's choice one is made from the title, with a suffix when it is taken.
 * @throws PartyError `conflict` when the chosen slug is taken, `unprocessable` when it is one of the site's own paths.
 */
export async function createPost(
  database: D1Database,
  where: { tenant: string; authorId: string },
  input: NewPost,
): Promise<Post> {
  const id = newId("post");
  for (const slug of slugsToTry(input)) {
    if (await isPageSlug(database, where.tenant, slug)) continue;
    const now = runtime().now();
    const { title, content, tags, status } = input;
    const values = {
      id,
      ...where,
      slug,
      title,
      content,
      tags,
      status,
      publishedAt: status === "published" ? now : null,
      createdAt: now,
      updatedAt: now,
      words: wordCount(content),
    };
    const db = drizzle(database);
    const [made] = await db.batch([
      db.insert(posts).values(values).onConflictDoNothing().returning({ id: posts.id }),
      ...indexTags(db, id),
    ]);
    if (made.length > 0) return await requirePost(database, where.tenant, id);
  }
  throw slugTaken();
}

function slugsToTry({ slug, title }: NewPost): string[] {
  if (slug !== undefined) {
    requireFreePath(slug);
    return [slug];
  }
  const plain = slugify(title);
  const suffixed = Array.from({ length: SLUG_ATTEMPTS - 1 }, () => suffixedSlug(plain, slugSuffix()));
  return isReservedSlug(plain) ? suffixed : [plain, ...suffixed];
}

function slugSuffix(): string {
  return Math.floor(runtime().random() * 36 ** SUFFIX_LENGTH)
    .toString(36)
    .padStart(SUFFIX_LENGTH, "0");
}

/**
 * Changes a post if it is still at `changes.revision`.
 * @throws PartyError `conflict` with the current `post` when it is not, or when the slug is taken; `not_found`.
 */
export async function changePost(
  database: D1Database,
  tenant: string,
  id: string,
  changes: PostChanges,
): Promise<Post> {
  const { revision, ...fields } = changes;
  if (fields.slug !== undefined) await requireFreeSlug(database, tenant, id, fields.slug);
  const now = runtime().now();
  const set = {
    ...fields,
    ...(fields.content !== undefined && { words: wordCount(fields.content) }),
    // The first publication is what a reader's date means; publishing again keeps it.
    ...(fields.status === "published" && { publishedAt: sql`coalesce(${posts.publishedAt}, ${now})` }),
    updatedAt: now,
    revision: sql`${posts.revision} + 1`,
  };
  const changed = await write(database, id, set, and(isLive(tenant, id), eq(posts.revision, revision)));
  const post = await requirePost(database, tenant, id);
  if (!changed)
    throw new PartyError("conflict", { message: "The post was changed in the meantime", details: { post } });
  return post;
}

/**
 * Makes a post public, if it is at `revision` or whatever it is now. Publishing what is public changes nothing.
 * @throws PartyError `conflict`, `not_found`
 */
export async function publishPost(
  database: D1Database,
  tenant: string,
  id: string,
  revision: number | undefined,
): Promise<Post> {
  const post = await requirePost(database, tenant, id);
  if (post.status === "published" && (revision === undefined || revision === post.revision)) return post;
  return await changePost(database, tenant, id, { revision: revision ?? post.revision, status: "published" });
}

/** Deletes a post: its id stays taken, its slug is free again. Deleting it twice changes nothing. */
export async function deletePost(database: D1Database, tenant: string, id: string): Promise<void> {
  await write(database, id, { deletedAt: runtime().now(), revision: sql`${posts.revision} + 1` }, isLive(tenant, id));
}

/** Who wrote a post, deleted ones included. */
export async function findAuthor(database: D1Database, tenant: string, id: string): Promise<string | undefined> {
  const isIt = and(eq(posts.tenant, tenant), eq(posts.id, id));
  return (await drizzle(database).select({ authorId: posts.authorId }).from(posts).where(isIt).get())?.authorId;
}

/** Columns that are undefined stay as they are. */
type Assignments = { [K in keyof typeof posts.$inferInsert]?: (typeof posts.$inferInsert)[K] | SQL | undefined };

/** Updates the row and the index of tags in one transaction. Answers false when no row met the condition. */
async function write(database: D1Database, id: string, set: Assignments, condition: SQL | undefined): Promise<boolean> {
  const db = drizzle(database);
  try {
    const [changed] = await db.batch([
      db.update(posts).set(set).where(condition).returning({ id: posts.id }),
      ...indexTags(db, id),
    ]);
    return changed.length > 0;
  } catch (error) {
    if (isUniqueViolation(error)) throw slugTaken();
    throw error;
  }
}

/** Derives the post's tags anew from its row, in SQL, so that they follow whichever of two writers won. */
function indexTags(db: ReturnType<typeof drizzle>, id: string) {
  return [
    db.delete(postTags).where(eq(postTags.postId, id)),
    db.insert(postTags).select(
      sql`SELECT ${posts.tenant}, value, ${posts.publishedAt}, ${posts.id} FROM ${posts}, json_each(${posts.tags})
          WHERE ${posts.id} = ${id} AND ${posts.status} = 'published' AND ${posts.deletedAt} IS NULL`,
    ),
  ] as const;
}

function isLive(tenant: string, id: string): SQL | undefined {
  return and(eq(posts.id, id), eq(posts.tenant, tenant), isNull(posts.deletedAt));
}

async function requirePost(database: D1Database, tenant: string, id: string): Promise<Post> {
  const post = await findPost(database, tenant, { id });
  if (post === undefined) throw new PartyError("not_found", { message: "There is no such post" });
  return post;
}

function requireFreePath(slug: string): void {
  if (!isReservedSlug(slug)) return;
  const message = "this address belongs to the site itself";
  throw new PartyError("unprocessable", { message: "The input is not valid", issues: [{ path: ["slug"], message }] });
}

/** A post keeps the slug that it has, whatever else came to have it. */
async function requireFreeSlug(database: D1Database, tenant: string, id: string, slug: string): Promise<void> {
  requireFreePath(slug);
  if ((await isPageSlug(database, tenant, slug)) && (await findPost(database, tenant, { slug }))?.id !== id)
    throw slugTaken();
}

function slugTaken(): PartyError {
  return new PartyError("conflict", {
    message: "Another post or page has this address",
    issues: [{ path: ["slug"], message: "is taken" }],
  });
}

/** D1 tells of it in words only, and drizzle wraps what D1 throws. */
function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.message.includes("UNIQUE constraint failed") || isUniqueViolation(error.cause);
}
