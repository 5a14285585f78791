import { PartyError } from "../../schema/errors.ts";
import type { PostStatus } from "../../schema/http/posts.ts";
import { isOperator, type Principal } from "../../schema/principal.ts";
import type { Site } from "../tenants/store.ts";

/** What decides who may do what to a post. */
interface Owned {
  author: { id: string };
}

/** Whether someone may write posts on a site and see those that are not public: its owner, and those who run the service. */
export function mayWrite(site: Site, principal: Principal): boolean {
  return principal.kind === "user" && (principal.user.id === site.ownerId || isOperator(principal));
}

/** Those who write here, and the post's author. */
export function mayEdit(site: Site, post: Owned, principal: Principal): boolean {
  return mayWrite(site, principal) || (principal.kind === "user" && principal.user.id === post.author.id);
}

/** @throws PartyError `forbidden` for all but those who answer for what is written here. */
export function requireModerator(site: Site, principal: Principal): void {
  if (!mayWrite(site, principal))
    throw new PartyError("forbidden", { message: "Only the site's owner sees what was reported" });
}

/** Everyone reads what is published. */
export function mayRead(site: Site, post: Owned & { status: PostStatus }, principal: Principal): boolean {
  return post.status === "published" || mayEdit(site, post, principal);
}

/** @throws PartyError `forbidden` */
export function requireWriter(site: Site, principal: Principal): void {
  if (!mayWrite(site, principal)) throw new PartyError("forbidden", { message: "Only the site's owner writes here" });
}
