import { z } from "zod";
import { PartyError } from "../../schema/errors.ts";
import { newSitePageSchema, type SitePage, sitePageChangesSchema } from "../../schema/http/admin/pages.ts";
import { pageIdSchema, slugSchema } from "../../schema/ids.ts";
import type { SiteConfig } from "../../schema/parties/tenant.ts";
import { command, newId } from "../kernel/index.ts";
import { configOf } from "./config.ts";
import {
  addPage,
  changePage,
  countPages,
  deletePage,
  isNews,
  listPages,
  pageGoneStatement,
  type PageRow,
  pageStatement,
  requirePage,
  toSitePage,
} from "./pages.ts";
import { bySomeone, requireRole, type SiteContext } from "./site-context.ts";
import { requireWithin } from "./tier-limits.ts";

const ofPage = bySomeone.extend({ id: pageIdSchema });

/** Pages beside the posts: for editors to write. The caller has seen to it that no post has their address. */
export function pageMethods(context: SiteContext) {
  const { db } = context;

  return {
    listPages: command(bySomeone, ({ principal }) => {
      requireRole(context, principal, "editor");
      return listPages(db);
    }),

    /** @throws PartyError `not_found` */
    getPage: command(ofPage, ({ principal, id }): SitePage => {
      requireRole(context, principal, "editor");
      return toSitePage(requirePage(db, { id }));
    }),

    /** @throws PartyError `conflict` when another page has this address, `forbidden` when the tier has no room */
    createPage: command(
      bySomeone.extend({ page: newSitePageSchema }),
      ({ principal, page }): { page: SitePage; config: SiteConfig } => {
        requireRole(context, principal, "editor");
        requireWithin(context.site(), "pages", countPages(db) + 1, "pages");
        return changed(undefined, addPage(db, newId("page"), page, context.now()));
      },
    ),

    /** @throws PartyError `not_found`; `conflict` with the current `page`, or when another has this address */
    updatePage: command(
      ofPage.extend({ changes: sitePageChangesSchema }),
      ({ principal, id, changes }): { page: SitePage; config: SiteConfig } => {
        requireRole(context, principal, "editor");
        const { before, after } = changePage(db, id, changes, context.now());
        return changed(before, after);
      },
    ),

    /** @throws PartyError `not_found` */
    deletePage: command(ofPage, ({ principal, id }): { config: SiteConfig } => {
      requireRole(context, principal, "editor");
      const before = requirePage(db, { id });
      deletePage(db, id);
      context.sendToD1(pageGoneStatement(context.d1, id), { slot: slotOf(id) });
      tell(before, undefined);
      return { config: currentConfig() };
    }),

    /** What everybody reads at an address. @throws PartyError `not_found` */
    getPublicPage: command(z.object({ slug: slugSchema }), ({ slug }): SitePage => {
      const page = requirePage(db, { slug });
      if (page.status !== "published") throw new PartyError("not_found", { message: "There is no such page" });
      return toSitePage(page);
    }),
  };

  function changed(before: PageRow | undefined, after: PageRow): { page: SitePage; config: SiteConfig } {
    if (before !== after) {
      context.sendToD1(pageStatement(context.d1, context.subdomain, after), { slot: slotOf(after.id) });
      tell(before, after);
    }
    return { page: toSitePage(after), config: currentConfig() };
  }

  /** What D1 hears of a page leaves before the site's version: whoever sees the version finds the page. */
  function tell(before: PageRow | undefined, after: PageRow | undefined): void {
    if (isNews(before, after)) context.changed();
  }

  function currentConfig(): SiteConfig {
    return configOf(db, context.site());
  }
}

function slotOf(id: string): string {
  return `page ${id}`;
}
