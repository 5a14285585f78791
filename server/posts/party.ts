import { describeError, log } from "../../parties/kernel/index.ts";
import { type PostStub, postStub } from "../../parties/post/index.ts";
import { postAddress } from "../../schema/addresses.ts";
import { PartyError } from "../../schema/errors.ts";
import type { SiteFacts } from "../../schema/parties/post.ts";
import type { Principal } from "../../schema/principal.ts";
import { type AppContext, principalOf, requireSite } from "../context.ts";
import type { Asked } from "../tenants/admission.ts";
import { siteFacts } from "./tell-party.ts";
import { findAuthor } from "./write.ts";

/** Names of posts that an isolate remembers to have been written. An entry is about 150 bytes. */
const MAX_REMEMBERED = 10_000;

/** Deleted posts stay in: their parties exist, and know. */
const written = new Set<string>();

/** Who calls a post's party, and what was just learnt of its site. */
export async function callerOf(c: AppContext): Promise<{ principal: Principal; site: SiteFacts }> {
  return { principal: await principalOf(c), site: siteFacts(await requireSite(c)) };
}

/**
 * The party of one of this site's posts; it knows itself who may see what.
 * @throws PartyError `not_found`
 */
export async function partyOfPost(c: AppContext, postId: string, asked: Asked = {}): Promise<PostStub> {
  const { tenant } = await requireSite(c, asked);
  const post = { tenant: tenant.subdomain, postId };
  await requireWritten(c, post);
  return postStub(c.env, post, c.get("traceId"));
}

/**
 * Refuses an id that no post ever had. A party that was called is stored for good, so whoever makes up ids must not
 * reach one.
 * @throws PartyError `not_found`
 */
export async function requireWritten(c: AppContext, post: { tenant: string; postId: string }): Promise<void> {
  const name = postAddress.build(post);
  if (written.has(name)) return;
  const found = await wasWritten(c, post);
  if (found === "unknown") return;
  if (found === "no") throw new PartyError("not_found", { message: "There is no such post" });
  const oldest = written.values().next().value;
  if (written.size >= MAX_REMEMBERED && oldest !== undefined) written.delete(oldest);
  written.add(name);
}

async function wasWritten(
  c: AppContext,
  { tenant, postId }: { tenant: string; postId: string },
): Promise<"yes" | "no" | "unknown"> {
  try {
    return (await findAuthor(c.env.DB, tenant, postId)) === undefined ? "no" : "yes";
  } catch (error) {
    // D1 is away: discussions go on from what their parties know.
    log("warn", "post.not_looked_up", { traceId: c.get("traceId"), postId, ...describeError(error) });
    return "unknown";
  }
}
