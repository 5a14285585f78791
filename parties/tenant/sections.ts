import { and, eq } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import * as d1 from "../../schema/d1.ts";
import { PartyError } from "../../schema/errors.ts";
import { imagePath } from "../../schema/http/admin/images.ts";
import { DEFAULT_SECTIONS, type Section } from "../../schema/http/admin/sections.ts";
import { sectionIdSchema } from "../../schema/ids.ts";
import { LUCIDE_ICONS } from "../../schema/lucide-icons.ts";
import type { Statement } from "../kernel/index.ts";
import type { KnownSite } from "./config.ts";
import { findRow } from "./images.ts";
import { isUploaded, obstacleTo, tierOf } from "./section-limits.ts";
import type { SiteContext } from "./site-context.ts";
import { sections } from "./tables.ts";

/**
 * The entries of the admin's sidebar. Those that every site has are in the code; a row says where one of them stands and
 * whether it is on, once somebody has changed it. The site's own are rows alone.
 */

/** As it is kept: `enabled` is what the owner wants, whatever the site's tier says. */
export type KeptSection = typeof sections.$inferSelect;

/** All of them, in order. */
export function keptSections(db: DrizzleSqliteDODatabase): KeptSection[] {
  const rows = db.select().from(sections).orderBy(sections.sortOrder, sections.id).all();
  const known = new Map(rows.map((row) => [row.id, row]));
  const defaults = DEFAULT_SECTIONS.map((section, index) => {
    const { enabled = true, sortOrder = index } = known.get(section.id) ?? {};
    return { ...section, enabled, sortOrder };
  });
  // Sorting keeps the order of what stands at the same place.
  return [...defaults, ...rows.filter(isOwn)].sort((a, b) => a.sortOrder - b.sortOrder);
}

export function isOwn({ kind }: Pick<KeptSection, "kind">): boolean {
  return kind === "custom";
}

/** As they are shown: of the site's own, those past its limits are off, and say why. */
export function shownSections(site: KnownSite, kept: readonly KeptSection[]): Section[] {
  let nth = 0;
  return kept.map((section) => {
    if (!isOwn(section)) return { ...section, tier: "seedling", locked: null };
    nth += 1;
    const wanted = { nth, icon: section.icon };
    const locked = obstacleTo(site, wanted)?.message ?? null;
    return { ...section, enabled: section.enabled && locked === null, tier: tierOf(wanted), locked };
  });
}

/** The site's own sections, in order. */
export function customSectionsOf(context: SiteContext): Section[] {
  return shownSections(context.site(), keptSections(context.db)).filter(isOwn);
}

/** @throws PartyError `unprocessable` for a name that no icon has. */
export function requireIconName(icon: string): void {
  if (!isUploaded(icon) && !LUCIDE_ICONS.has(icon)) throw noSuchIcon("is not the name of an icon");
}

/** @throws PartyError `unprocessable` for the address of an image that the site does not have. */
export function requireOwnImage(db: DrizzleSqliteDODatabase, icon: string): void {
  if (!isUploaded(icon)) return;
  const [, id = ""] = /^\/images\/([^.]+)/.exec(icon) ?? [];
  const image = findRow(db, id);
  if (image?.stored !== true || imagePath(image) !== icon) throw noSuchIcon("is not an image of this site");
}

function noSuchIcon(message: string): PartyError {
  return new PartyError("unprocessable", {
    message: "The input is not valid",
    issues: [{ path: ["icon"], message }],
  });
}

/** Whether `ids` are all sections' ids, in any order; those of the site's own may be out of date. */
export function comparePermutation(kept: readonly KeptSection[], ids: readonly string[]): "same" | "stale" | "wrong" {
  const given = new Set(ids);
  if (given.size !== ids.length) return "wrong";
  const known = new Set(kept.map(({ id }) => id));
  const isWrong =
    DEFAULT_SECTIONS.some(({ id }) => !given.has(id)) ||
    ids.some((id) => !known.has(id) && !sectionIdSchema.safeParse(id).success);
  if (isWrong) return "wrong";
  return given.size === known.size && ids.every((id) => known.has(id)) ? "same" : "stale";
}

export function keepSection(db: DrizzleSqliteDODatabase, section: KeptSection): void {
  db.insert(sections).values(section).onConflictDoUpdate({ target: sections.id, set: section }).run();
}

export function forgetSection(db: DrizzleSqliteDODatabase, id: string): void {
  db.delete(sections).where(eq(sections.id, id)).run();
}

/** Carries one to D1. */
export function sectionStatement(db: DrizzleD1Database, tenant: string, section: KeptSection): Statement {
  return db
    .insert(d1.siteSections)
    .values({ tenant, ...section })
    .onConflictDoUpdate({ target: [d1.siteSections.tenant, d1.siteSections.id], set: section })
    .toSQL();
}

export function sectionGoneStatement(db: DrizzleD1Database, tenant: string, id: string): Statement {
  return db
    .delete(d1.siteSections)
    .where(and(eq(d1.siteSections.tenant, tenant), eq(d1.siteSections.id, id)))
    .toSQL();
}
