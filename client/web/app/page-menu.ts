import type { SitePageList } from "../../../schema/http/admin/pages.ts";

export type PageSummary = SitePageList["pages"][number];

/** The pages of the menu, from first to last. Of those at the same place the address decides, as on the site. */
export function menuOf(pages: readonly PageSummary[]): PageSummary[] {
  return pages
    .filter(({ menuOrder }) => menuOrder !== null)
    .toSorted((a, b) => (a.menuOrder ?? 0) - (b.menuOrder ?? 0) || (a.slug < b.slug ? -1 : 1));
}

/** First the menu, then the others by title. */
export function inOrder(pages: readonly PageSummary[]): PageSummary[] {
  const others = pages.filter(({ menuOrder }) => menuOrder === null);
  return [...menuOf(pages), ...others.toSorted((a, b) => a.title.localeCompare(b.title))];
}

/** The pages with one of the menu so many places further down, or up. */
export function moved(pages: readonly PageSummary[], id: string, by: number): PageSummary[] {
  const ids = menuOf(pages).map((page) => page.id);
  const from = ids.indexOf(id);
  if (from === -1 || from + by < 0 || from + by >= ids.length) return [...pages];
  return withMenu(pages, ids.toSpliced(from, 1).toSpliced(from + by, 0, id));
}

/** The pages with one last in the menu, or outside of it. */
export function withPlace(pages: readonly PageSummary[], id: string, isIn: boolean): PageSummary[] {
  const others = menuOf(pages).flatMap((page) => (page.id === id ? [] : [page.id]));
  return withMenu(pages, isIn ? [...others, id] : others);
}

function withMenu(pages: readonly PageSummary[], ids: readonly string[]): PageSummary[] {
  return pages.map((page) => {
    const place = ids.indexOf(page.id);
    return { ...page, menuOrder: place === -1 ? null : place };
  });
}
