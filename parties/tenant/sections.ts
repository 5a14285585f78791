import type { Section } from "../../schema/http/admin/sections.ts";
import type { SiteContext } from "./site-context.ts";

/** The site's own sections, in order. */
export function customSectionsOf(_context: SiteContext): Section[] {
  return [];
}
