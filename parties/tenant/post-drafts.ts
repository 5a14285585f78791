import { and, eq, isNull, or } from "drizzle-orm";
import * as d1 from "../../schema/d1.ts";
import { deleteDraft, moveDraft } from "./drafts.ts";
import type { SiteContext } from "./site-context.ts";

/**
 * A post's draft goes where the post goes: to its new slug, or away with it. D1 has the posts, so what happened is asked
 * there; the job stands before the post changes, and so a crash between the two leaves no draft behind.
 */

/** Longer than any change of a post takes. */
const FOLLOW_AFTER_MS = 60_000;

interface Moving {
  postId: string;
  /** Where its draft is. */
  slug: string;
}

export function watchPost(context: SiteContext, post: Moving): void {
  context.once("followPost", { inMs: FOLLOW_AFTER_MS }, { id: jobOf(post), input: post });
}

export async function followPost(context: SiteContext, post: Moving): Promise<void> {
  const { id, slug, deletedAt, tenant } = d1.posts;
  const isOne = or(eq(id, post.postId), and(eq(slug, post.slug), isNull(deletedAt)));
  const rows = await context.d1
    .select({ id, slug, deletedAt })
    .from(d1.posts)
    .where(and(eq(tenant, context.subdomain), isOne));
  const own = rows.find((row) => row.id === post.postId);
  const isTaken = rows.some((row) => row.id !== post.postId);
  context.transact(() => {
    context.cancel(jobOf(post));
    if (own === undefined) return;
    if (own.deletedAt === null && own.slug !== post.slug) moveDraft(context, post.slug, own.slug);
    // Where another post lives by now, the draft is that one's.
    if (own.deletedAt !== null && !isTaken) deleteDraft(context, post.slug);
  });
}

function jobOf({ postId, slug }: Moving): string {
  return `followPost ${postId} ${slug}`;
}
