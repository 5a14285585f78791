import { PartyError } from "../../schema/errors.ts";
import type { PostStatus } from "../../schema/http/posts.ts";
import type { SiteConfig } from "../../schema/parties/tenant.ts";
import { isOperator, type Principal } from "../../schema/principal.ts";
import { isAtLeast, type SiteRole } from "../../schema/site-roles.ts";

/** What decides who may do what to a post. */
interface Owned {
  author: { id: string };
}

/** What somebody is on a site; those who run the service are everything. */
export function roleIn(site: SiteConfig, principal: Principal): SiteRole | undefined {
  if (principal.kind !== "user") return undefined;
  return isOperator(principal) ? "owner" : site.members[principal.user.id];
}

/** Whether somebody is at least this on a site. */
export function isIn(site: SiteConfig, principal: Principal, role: SiteRole): boolean {
  return isAtLeast(roleIn(site, principal), role);
}

/** @throws PartyError `forbidden` for all who are less than this on a site */
export function requireIn(site: SiteConfig, principal: Principal, role: SiteRole): void {
  if (!isIn(site, principal, role))
    throw new PartyError("forbidden", { message: `Only for those who are at least ${role} of this site` });
}

/** Whether someone may write posts on a site. */
export function mayWrite(site: SiteConfig, principal: Principal): boolean {
  return isIn(site, principal, "author");
}

/** Editors, and the post's author for as long as they write here. */
export function mayEdit(site: SiteConfig, post: Owned, principal: Principal): boolean {
  if (principal.kind !== "user") return false;
  return isIn(site, principal, "editor") || (principal.user.id === post.author.id && mayWrite(site, principal));
}

/** Everyone reads what is published, members what is private. */
export function mayRead(site: SiteConfig, post: Owned & { status: PostStatus }, principal: Principal): boolean {
  if (post.status === "published" || mayEdit(site, post, principal)) return true;
  return post.status === "private" && isIn(site, principal, "reader");
}

/** @throws PartyError `forbidden` for all but those who answer for what is written here. */
export function requireModerator(site: SiteConfig, principal: Principal): void {
  if (!isIn(site, principal, "editor"))
    throw new PartyError("forbidden", { message: "Only the site's owner and editors see what was reported" });
}

/** @throws PartyError `forbidden` */
export function requireWriter(site: SiteConfig, principal: Principal): void {
  if (!mayWrite(site, principal))
    throw new PartyError("forbidden", { message: "Only the site's owner and authors write here" });
}
