import { describeError, log } from "../../parties/kernel/index.ts";
import { postStub } from "../../parties/post/index.ts";
import type { Post } from "../../schema/http/posts.ts";
import { postFactsSchema, type SiteFacts } from "../../schema/parties/post.ts";
import type { SiteConfig, WrittenPost } from "../../schema/parties/tenant.ts";
import { wordCount } from "../../schema/text.ts";
import type { AppContext } from "../context.ts";
import { sitePartyOf } from "../tenants/party.ts";

/**
 * Tells the post's party, and that of its site, what D1 now says. D1 is the truth, so a failure here fails nothing: the
 * one reads D1 again as soon as a page shows it a newer revision, the other within the hour.
 */
export async function tellChanged(c: AppContext, site: SiteConfig, post: Post): Promise<void> {
  const facts = postFactsSchema.parse(post);
  await Promise.all([
    attempt(c, "post.party_not_told", post.id, async () => {
      await stub(c, post).postChanged({ post: facts, site: siteFacts(site) });
    }),
    attempt(c, "post.site_not_told", post.id, async () => {
      await sitePartyOf(c, { subdomain: post.tenant }).postWritten(writtenPost(post));
    }),
  ]);
}

/** Tells the post's party that it is gone: its readers leave. Deleting again tells it again. */
export async function tellRemoved(c: AppContext, post: Pick<Post, "tenant" | "id">): Promise<void> {
  await Promise.all([
    attempt(c, "post.party_not_told", post.id, async () => {
      await stub(c, post).removed({});
    }),
    attempt(c, "post.site_not_told", post.id, async () => {
      await sitePartyOf(c, { subdomain: post.tenant }).postDeleted({ postId: post.id });
    }),
  ]);
}

/** What a site's dashboard counts of a post. */
function writtenPost({ id, status, content, tags, publishedAt, updatedAt, revision }: Post): WrittenPost {
  return {
    postId: id,
    status,
    words: wordCount(content),
    tags,
    publishedAt: publishedAt === null ? null : Date.parse(publishedAt),
    updatedAt: Date.parse(updatedAt),
    revision,
  };
}

/** What a post's party must know of its site. */
export function siteFacts({ tenant, ownerId, members }: SiteConfig): SiteFacts {
  return { version: tenant.version, ownerId, members, features: tenant.features };
}

function stub(c: AppContext, { tenant, id }: Pick<Post, "tenant" | "id">) {
  return postStub(c.env, { tenant, postId: id }, c.get("traceId"));
}

async function attempt(c: AppContext, failure: string, postId: string, call: () => Promise<void>): Promise<void> {
  try {
    await call();
  } catch (error) {
    log("warn", failure, { traceId: c.get("traceId"), postId, ...describeError(error) });
  }
}
