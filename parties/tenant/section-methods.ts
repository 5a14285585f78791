import { z } from "zod";
import { PartyError } from "../../schema/errors.ts";
import {
  newSectionSchema,
  type Section,
  sectionChangesSchema,
  sectionOrderSchema,
} from "../../schema/http/admin/sections.ts";
import { command, newId } from "../kernel/index.ts";
import { requireNoObstacle } from "./section-limits.ts";
import {
  comparePermutation,
  customSectionsOf,
  forgetSection,
  isOwn,
  keepSection,
  type KeptSection,
  keptSections,
  requireIconName,
  requireOwnImage,
  sectionGoneStatement,
  sectionStatement,
  shownSections,
} from "./sections.ts";
import { bySomeone, requireRole, type SiteContext } from "./site-context.ts";

/** The sidebar of a site's admin, for its owner. Each change stands alone: of two at once one comes after the other. */
export function sectionMethods(context: SiteContext) {
  const { db, d1, subdomain } = context;
  const bySectionId = bySomeone.extend({ id: z.string() });

  const shown = (): Section[] => shownSections(context.site(), keptSections(db));

  const send = (id: string, statement: Parameters<SiteContext["sendToD1"]>[0]): void =>
    context.sendToD1(statement, { slot: `section ${id}` });

  const keep = (section: KeptSection): void => {
    keepSection(db, section);
    send(section.id, sectionStatement(d1, subdomain, section));
  };

  /** Of the site's own the place among them is counted from 1; of others it is 0. */
  const find = (id: string): { section: KeptSection; nth: number } => {
    const kept = keptSections(db);
    const section = kept.find((one) => one.id === id);
    if (section === undefined) throw new PartyError("not_found", { message: "There is no such section" });
    return { section, nth: kept.filter(isOwn).indexOf(section) + 1 };
  };

  const answer = (id: string): Section => {
    const section = shown().find((one) => one.id === id);
    if (section === undefined) throw new TypeError(`the section ${id} is missing`);
    return section;
  };

  return {
    /** All sections, in order. */
    listSections: command(bySomeone, ({ principal }) => {
      requireRole(context, principal, "owner");
      return shown();
    }),

    /** The same for the pages of everybody who writes on the site, which show each only what they may use. */
    getSidebar: command(bySomeone, ({ principal }) => {
      requireRole(context, principal, "author");
      return shown();
    }),

    /** The site's own. */
    getCustomSections: command(bySomeone, ({ principal }) => {
      requireRole(context, principal, "owner");
      return customSectionsOf(context);
    }),

    /** Adds one behind all others. @throws PartyError `forbidden` when the site may have no more, or not this icon */
    addSection: command(bySomeone.extend({ section: newSectionSchema }), ({ principal, section }) => {
      requireRole(context, principal, "owner");
      requireIconName(section.icon);
      const kept = keptSections(db);
      requireNoObstacle(context.site(), { nth: kept.filter(isOwn).length + 1, icon: section.icon });
      requireOwnImage(db, section.icon);
      const id = newId("section");
      const sortOrder = Math.max(...kept.map((one) => one.sortOrder)) + 1;
      keep({ id, kind: "custom", ...section, sortOrder });
      context.changed();
      return answer(id);
    }),

    /** @throws PartyError `forbidden` for what a site cannot change, or what its tier does not have */
    updateSection: command(
      bySectionId.extend({ changes: sectionChangesSchema }),
      ({ principal, id, changes: { label, icon, href, enabled } }) => {
        requireRole(context, principal, "owner");
        const { section, nth } = find(id);
        if (section.kind === "builtin")
          throw new PartyError("forbidden", { message: `Every site has the section ${section.label} as it is` });
        if (section.kind === "optional" && (label ?? icon ?? href) !== undefined)
          throw new PartyError("forbidden", { message: `The section ${section.label} can only be hidden or shown` });
        const next = {
          ...section,
          label: label ?? section.label,
          icon: icon ?? section.icon,
          href: href ?? section.href,
          enabled: enabled ?? section.enabled,
        };
        const hasNewIcon = next.icon !== section.icon;
        if (hasNewIcon) requireIconName(next.icon);
        if (isOwn(next) && (hasNewIcon || enabled === true))
          requireNoObstacle(context.site(), { nth, icon: next.icon });
        if (hasNewIcon) requireOwnImage(db, next.icon);
        if (JSON.stringify(next) !== JSON.stringify(section)) {
          keep(next);
          context.changed();
        }
        return answer(id);
      },
    ),

    removeSection: command(bySectionId, ({ principal, id }) => {
      requireRole(context, principal, "owner");
      const { section } = find(id);
      if (!isOwn(section))
        throw new PartyError("forbidden", { message: `The section ${section.label} belongs to every site` });
      forgetSection(db, id);
      send(id, sectionGoneStatement(d1, subdomain, id));
      context.changed();
    }),

    /**
     * Puts all sections into this order.
     * @throws PartyError `unprocessable` unless each is named once; `conflict` with the current `sections` when some of
     * them have come or gone since the caller looked
     */
    reorderSections: command(bySomeone.extend(sectionOrderSchema.shape), ({ principal, ids }) => {
      requireRole(context, principal, "owner");
      const kept = keptSections(db);
      switch (comparePermutation(kept, ids)) {
        case "wrong":
          throw new PartyError("unprocessable", {
            message: "The input is not valid",
            issues: [{ path: ["ids"], message: "must name each section once" }],
          });
        case "stale":
          throw new PartyError("conflict", {
            message: "Sections were added or removed in the meantime",
            details: { sections: shown() },
          });
        case "same":
      }
      const places = new Map(ids.map((id, index) => [id, index]));
      const moved = kept
        .map((section) => ({ ...section, sortOrder: places.get(section.id) ?? section.sortOrder }))
        .filter(({ sortOrder }, index) => sortOrder !== kept[index]?.sortOrder);
      for (const section of moved) keep(section);
      if (moved.length > 0) context.changed();
      return shown();
    }),
  };
}
