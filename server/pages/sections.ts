import type { Section } from "../../schema/http/admin/sections.ts";
import type { AppContext } from "../context.ts";

/** What every site has, for as long as its own list cannot be read. */
const BUILT_IN: readonly Section[] = [
  builtIn("dashboard", "Dashboard", "layout-dashboard", "/admin"),
  builtIn("posts", "Blog Posts", "pen-line", "/admin/posts"),
  builtIn("pages", "Pages", "file-text", "/admin/pages"),
  builtIn("images", "Images", "images", "/admin/images"),
  builtIn("settings", "Settings", "settings", "/admin/settings"),
].map((section, sortOrder) => ({ ...section, sortOrder }));

/** The sections of a site, in order. */
export async function sectionsOf(_c: AppContext, _subdomain: string): Promise<readonly Section[]> {
  return await Promise.resolve(BUILT_IN);
}

function builtIn(id: string, label: string, icon: string, href: string): Section {
  return { id, label, icon, href, enabled: true, tier: "seedling", sortOrder: 0, kind: "builtin", locked: null };
}
