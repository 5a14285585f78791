import fc from "fast-check";
import { expect, test } from "vitest";
import { bothTexts, compareTexts } from "../../../client/web/app/text-diff.ts";

const textOf = (pieces: readonly { text: string }[]): string => pieces.map(({ text }) => text).join("");

test("what differs is marked by words, in lines that differ", () => {
  const hunks = compareTexts("One\nThe hazel flowers early.\nThree\n", "One\nThe hazel flowers late.\nThree\n");
  expect(hunks.map(({ isSame }) => isSame)).toEqual([true, false, true]);
  const marked = (side: "mine" | "theirs") =>
    hunks.flatMap((hunk) => hunk[side].filter(({ isChanged }) => isChanged).map(({ text }) => text));
  expect(marked("mine")).toEqual(["early"]);
  expect(marked("theirs")).toEqual(["late"]);
});

test("both texts can be read from what was compared, whatever they are", () => {
  const text = fc
    .array(fc.constantFrom("a", "b ", "moss", "\n", "\r\n", "\n\n", "é", "👩‍🌾", "."))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, text, (mine, theirs) => {
      const hunks = compareTexts(mine, theirs);
      expect(textOf(hunks.flatMap((hunk) => hunk.mine))).toBe(mine);
      expect(textOf(hunks.flatMap((hunk) => hunk.theirs))).toBe(theirs);
      for (const { isSame, mine: ours, theirs: others } of hunks) {
        const [shorter = "", longer] = [textOf(ours), textOf(others)].toSorted((a, b) => a.length - b.length);
        if (isSame) expect([shorter, `${shorter}\n`]).toContain(longer);
      }
      expect(hunks.every(({ isSame }) => isSame)).toBe(mine === theirs);
    }),
  );
});

test("a text that goes on after the other's end differs by what it has more, and nothing before", () => {
  expect(compareTexts("One\nTwo", "One\nTwo\n\nThree").filter(({ isSame }) => !isSame)).toEqual([
    { isSame: false, mine: [], theirs: [{ text: "\nThree", isChanged: true }] },
  ]);
});

test("two long texts without a common line are compared within a second", () => {
  const long = (word: string) => Array.from({ length: 20_000 }, (_, line) => `${word} ${line}`).join("\n");
  const hunks = compareTexts(long("fern"), long("moss"));
  expect(textOf(hunks.flatMap((hunk) => hunk.mine))).toBe(long("fern"));
  expect(textOf(hunks.flatMap((hunk) => hunk.theirs))).toBe(long("moss"));
});

test("keeping both puts mine below theirs", () => {
  expect(bothTexts("Theirs.\n", "Mine.")).toBe("Theirs.\n\n---\n\nMine.");
});
