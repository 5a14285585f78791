import { expect, test } from "vitest";
import { TIER_LIMITS } from "../../../schema/tiers.ts";
import { mayUse, sitePageAt } from "../../../client/web/pages/site-pages.ts";
import { inOrder, moved } from "../../../client/web/app/sections-store.ts";
import { sectionLock, unlockedBy } from "../../../client/web/app/tiers.ts";
import { monthsOf } from "../../../client/web/app/timeline.ts";
import type { Post } from "../../../schema/http/posts.ts";
import type { Section } from "../../../schema/http/admin/sections.ts";
import { formatsFor } from "../../../client/web/format.ts";

test("what is locked names the lowest tier that unlocks it, and how much of it", () => {
  expect(sectionLock(TIER_LIMITS.seedling, 0)).toBe("Sapling unlocks up to 2.");
  expect(sectionLock(TIER_LIMITS.sapling, 1)).toBeNull();
  expect(sectionLock(TIER_LIMITS.sapling, 2)).toBe("Oak unlocks up to 10.");
  expect(sectionLock(TIER_LIMITS.oak, 10)).toBe("Evergreen unlocks as many as you like.");
  expect(sectionLock(TIER_LIMITS.evergreen, 999)).toBeNull();
  // A site that has come down from a higher tier keeps more than it may add.
  expect(sectionLock(TIER_LIMITS.seedling, 5)).toBe("Oak unlocks up to 10.");
  expect(unlockedBy(({ sectionIcons }) => sectionIcons === "uploaded")).toBe("Evergreen");
});

test("a section is moved to a place among the others, and no further than the ends", () => {
  expect(moved(["a", "b", "c"], "a", 2)).toEqual(["b", "c", "a"]);
  expect(moved(["a", "b", "c"], "c", 0)).toEqual(["c", "a", "b"]);
  expect(moved(["a", "b", "c"], "a", -1)).toEqual(["a", "b", "c"]);
  expect(moved(["a", "b", "c"], "b", 9)).toEqual(["a", "c", "b"]);
});

test("a section that an order does not know comes last", () => {
  expect(inOrder([sectionOf("a"), sectionOf("b"), sectionOf("c")], ["c", "a"]).map(({ id }) => id)).toEqual([
    "c",
    "a",
    "b",
  ]);
});

function sectionOf(id: string): Section {
  return {
    id,
    label: id,
    icon: "leaf",
    href: "/",
    enabled: true,
    tier: "sapling",
    sortOrder: 0,
    kind: "custom",
    locked: null,
  };
}

test("a page of the app is for those whose role reaches it", () => {
  const usable = (role: "reader" | "author" | "editor" | "owner") =>
    ["/admin", "/admin/posts", "/admin/posts/new", "/admin/pages", "/admin/images", "/admin/reports", "/admin/settings"]
      .filter((path) => mayUse(role, path))
      .map((path) => path.slice("/admin/".length));
  expect(usable("reader")).toEqual([]);
  expect(usable("author")).toEqual(["posts", "posts/new", "images"]);
  expect(usable("editor")).toEqual(["posts", "posts/new", "pages", "images", "reports"]);
  expect(usable("owner")).toHaveLength(7);
  expect(mayUse(null, "/admin/posts")).toBe(false);
});

test("what a site has added to its sidebar is its owners' own", () => {
  expect(mayUse("editor", "https://example.com/wiki")).toBe(false);
  expect(mayUse("owner", "https://example.com/wiki")).toBe(true);
});

test("there is no page at a path that the app does not have", () => {
  expect(sitePageAt("/admin/nonsense")).toBeUndefined();
  expect(sitePageAt("/admin/posts/a/b")).toBeUndefined();
});

test("posts stand in the month in which they were published where the site is", () => {
  const post = (publishedAt: string | null) => ({ id: publishedAt, publishedAt }) as unknown as Post;
  const posts = [post("2026-11-30T23:30:00Z"), post("2026-11-02T12:00:00Z"), post("2026-10-31T23:30:00Z"), post(null)];
  expect(monthsOf(posts, "UTC").map(({ month, posts: within }) => [month, within.length])).toEqual([
    ["2026-11", 2],
    ["2026-10", 1],
  ]);
  expect(monthsOf(posts, "Europe/Berlin").map(({ label, posts: within }) => [label, within.length])).toEqual([
    ["December 2026", 1],
    ["November 2026", 2],
  ]);
});

test("sizes are written in the largest unit that has a whole one", () => {
  const { formatBytes } = formatsFor();
  expect(formatBytes(0)).toBe("0 bytes");
  expect(formatBytes(1_023)).toBe("1,023 bytes");
  expect(formatBytes(1_024)).toBe("1 kB");
  expect(formatBytes(2_100_000)).toBe("2 MB");
  expect(formatBytes(5e12)).toBe("4,656.6 GB");
});
