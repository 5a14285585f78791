import { expect, test } from "vitest";
import { inOrder, menuOf, moved, type PageSummary, withPlace } from "../../../client/web/app/page-menu.ts";

function page(slug: string, menuOrder: number | null): PageSummary {
  return {
    id: `id of ${slug}`,
    slug,
    title: slug.toUpperCase(),
    status: "published",
    menuOrder,
    updatedAt: "2026-01-01T00:00:00.000Z",
    revision: 1,
  };
}
const slugs = (pages: readonly PageSummary[]): string[] => pages.map(({ slug }) => slug);

test("the menu comes first, in its order, then the other pages by title", () => {
  const pages = [page("zebra", null), page("b", 2), page("apple", null), page("a", 2), page("c", 0)];
  expect(slugs(inOrder(pages))).toEqual(["c", "a", "b", "apple", "zebra"]);
});

test("a page of the menu moves up and down, and not beyond its ends", () => {
  const pages = [page("a", 0), page("b", 0), page("c", 7), page("other", null)];
  expect(slugs(menuOf(moved(pages, "id of c", -1)))).toEqual(["a", "c", "b"]);
  expect(slugs(menuOf(moved(pages, "id of a", 1)))).toEqual(["b", "a", "c"]);
  expect(moved(pages, "id of a", -1)).toEqual(pages);
  expect(moved(pages, "id of c", 1)).toEqual(pages);
  expect(moved(pages, "id of other", 1)).toEqual(pages);
});

test("a page goes into the menu as its last, and out of it again", () => {
  const pages = [page("a", 4), page("b", 9), page("c", null)];
  const inMenu = withPlace(pages, "id of c", true);
  expect(menuOf(inMenu).map(({ slug, menuOrder }) => [slug, menuOrder])).toEqual([
    ["a", 0],
    ["b", 1],
    ["c", 2],
  ]);
  expect(slugs(menuOf(withPlace(inMenu, "id of a", false)))).toEqual(["b", "c"]);
});
