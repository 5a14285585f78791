import { isAtLeast, type SiteRole } from "../../../schema/site-roles.ts";

/** A page of the app on a site's own host. */
export interface SitePage {
  title: string;
  /** The least that somebody must be on the site to use it. */
  role: SiteRole;
  /** True where somebody writes, and wants nothing else around. */
  focused?: boolean;
}

const PAGES: readonly [path: RegExp, page: SitePage][] = [
  [/^\/admin$/, { title: "Dashboard", role: "owner" }],
  [/^\/admin\/posts$/, { title: "Posts", role: "author" }],
  [/^\/admin\/posts\/[^/]+$/, { title: "Writing", role: "author", focused: true }],
  [/^\/admin\/pages$/, { title: "Pages", role: "editor" }],
  [/^\/admin\/pages\/[^/]+$/, { title: "Page", role: "editor", focused: true }],
  [/^\/admin\/images$/, { title: "Images", role: "author" }],
  [/^\/admin\/reports$/, { title: "Reports", role: "editor" }],
  [/^\/admin\/analytics$/, { title: "Analytics", role: "owner" }],
  [/^\/admin\/timeline$/, { title: "Timeline", role: "owner" }],
  [/^\/admin\/trails(?:\/[^/]+)?$/, { title: "Trails", role: "owner" }],
  [/^\/admin\/members$/, { title: "Members", role: "owner" }],
  [/^\/admin\/settings$/, { title: "Settings", role: "owner" }],
];

/** The app's page at a path of a site, or undefined where there is none. */
export function sitePageAt(path: string): SitePage | undefined {
  return PAGES.find(([pattern]) => pattern.test(path))?.[1];
}

/** Whether somebody may use what a sidebar's entry leads to. What a site has added itself is its owners'. */
export function mayUse(role: SiteRole | null, href: string): boolean {
  return isAtLeast(role ?? undefined, sitePageAt(href)?.role ?? "owner");
}
