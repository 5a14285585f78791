import { describeError, log } from "../../parties/kernel/index.ts";
import type { Post } from "../../schema/http/posts.ts";
import type { UserPrincipal } from "../../schema/principal.ts";
import type { AppContext } from "../context.ts";
import { sitePartyOf } from "../tenants/party.ts";

/**
 * Renames or deletes a post, and its draft with it. The site's party is told before: what happens to this request later,
 * it looks in D1 after a minute and has the draft follow.
 * @throws PartyError `unavailable`, before anything was changed, when the party is away; what `change` throws
 */
export async function withItsDraft<T>(
  c: AppContext,
  principal: UserPrincipal,
  { tenant, id, slug }: Pick<Post, "tenant" | "id" | "slug">,
  change: () => Promise<T>,
): Promise<T> {
  const party = sitePartyOf(c, { subdomain: tenant });
  const post = { principal, postId: id, slug };
  await party.watchPost(post);
  try {
    return await change();
  } finally {
    await party.followPost(post).catch((error: unknown) => {
      log("warn", "draft.not_moved", { traceId: c.get("traceId"), postId: id, ...describeError(error) });
    });
  }
}
