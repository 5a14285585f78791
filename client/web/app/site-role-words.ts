import type { SiteRole } from "../../../schema/site-roles.ts";

/** Roles on a site in words, in the order in which they are offered. */
export const SITE_ROLE_WORDS: Readonly<Record<SiteRole, string>> = {
  reader: "Reader",
  author: "Author",
  editor: "Editor",
  owner: "Owner",
};

/** What each may do. Each may what those before may. */
export const SITE_ROLE_POWERS: Readonly<Record<SiteRole, string>> = {
  reader: "Reads what is private.",
  author: "Writes posts of their own and uploads images.",
  editor: "Changes everybody’s posts, drafts and pages, and moderates.",
  owner: "Runs the site.",
};
