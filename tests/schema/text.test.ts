import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { slugSchema } from "../../schema/ids.ts";
import { readingMinutes, slugify, suffixedSlug, wordCount } from "../../schema/text.ts";

describe("slugs", () => {
  test.each([
    ["Łódź, Æther’s Straße", "lodz-aethers-strasse"],
    ["  What's new?!  ", "whats-new"],
    ["日本語", "post"],
    ["", "post"],
    ["½ cup & 1ﬁne", "1-2-cup-1fine"],
  ])("of %j is %j", (title, slug) => {
    expect(slugify(title)).toBe(slug);
  });

  test("of any title is valid, with or without a suffix", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (title) => {
        const slug = slugify(title);
        expect(slugSchema.safeParse(slug).success).toBe(true);
        expect(slugSchema.safeParse(suffixedSlug(slug, "a1b2")).success).toBe(true);
      }),
    );
  });
});

describe("reading time", () => {
  test("is at least a minute", () => {
    expect(readingMinutes("")).toBe(1);
  });

  test("counts words, and characters where there are no spaces", () => {
    expect(readingMinutes("word ".repeat(1_000))).toBe(5);
    expect(readingMinutes("森".repeat(2_000))).toBe(4);
    expect(wordCount("It's a well-known fact.")).toBe(4);
  });
});
