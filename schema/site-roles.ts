import { z } from "zod";

/**
 * What a member may do on one site. Readers see what is private; authors write posts of their own and upload images;
 * editors change everybody's posts, drafts and pages, and moderate; owners run the site. Each may what those before may.
 */
export const SITE_ROLES = ["reader", "author", "editor", "owner"] as const;
export const siteRoleSchema = z.enum(SITE_ROLES);
export type SiteRole = z.infer<typeof siteRoleSchema>;

/** Whether somebody with a role may do what needs at least another; nobody (undefined) may nothing. */
export function isAtLeast(role: SiteRole | undefined, needed: SiteRole): boolean {
  return role !== undefined && SITE_ROLES.indexOf(role) >= SITE_ROLES.indexOf(needed);
}
