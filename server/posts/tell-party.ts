import { describeError, log } from "../../parties/kernel/index.ts";
import { postStub } from "../../parties/post/index.ts";
import type { Post } from "../../schema/http/posts.ts";
import { postFactsSchema, type SiteFacts } from "../../schema/parties/post.ts";
import type { SiteConfig } from "../../schema/parties/tenant.ts";
import type { AppContext } from "../context.ts";

/**
 * Tells the post's party what D1 now says. D1 is the truth, so a failure here fails nothing: the party reads D1 again
 * as soon as a page shows it a newer revision.
 */
export async function tellChanged(c: AppContext, site: SiteConfig, post: Post): Promise<void> {
  const facts = postFactsSchema.parse(post);
  await attempt(c, post.id, async () => {
    await stub(c, post).postChanged({ post: facts, site: siteFacts(site) });
  });
}

/** Tells the post's party that it is gone: its readers leave. Deleting again tells it again. */
export async function tellRemoved(c: AppContext, post: Pick<Post, "tenant" | "id">): Promise<void> {
  await attempt(c, post.id, async () => {
    await stub(c, post).removed({});
  });
}

/** What a post's party must know of its site. */
export function siteFacts({ tenant, ownerId, members }: SiteConfig): SiteFacts {
  return { version: tenant.version, ownerId, members, features: tenant.features };
}

function stub(c: AppContext, { tenant, id }: Pick<Post, "tenant" | "id">) {
  return postStub(c.env, { tenant, postId: id }, c.get("traceId"));
}

async function attempt(c: AppContext, postId: string, call: () => Promise<void>): Promise<void> {
  try {
    await call();
  } catch (error) {
    log("warn", "post.party_not_told", { traceId: c.get("traceId"), postId, ...describeError(error) });
  }
}
