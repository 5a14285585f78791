import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../parties/kernel/index.ts";

const key = z.tuple([z.number(), z.string()]);
const code = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return "none";
};

test("a cursor gives back the key it was made of, whatever is in it, in characters that need no escaping", () => {
  fc.assert(
    fc.property(fc.integer(), fc.string({ unit: "binary" }), (n, text) => {
      fc.pre(text.isWellFormed());
      const cursor = encodeCursor("list", [n, text]);
      expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(decodeCursor("list", cursor, key)).toEqual([n, text]);
    }),
  );
});

test("a cursor of another list, of another shape or of no shape at all is a bad request", () => {
  const cursor = encodeCursor("comments pst_a", [1, "x"]);
  expect(code(() => decodeCursor("comments pst_b", cursor, key))).toBe("bad_request");
  expect(code(() => decodeCursor("comments pst_a", encodeCursor("comments pst_a", ["x", 1]), key))).toBe("bad_request");
  for (const nonsense of ["", "%", "abc", "null", btoa("null"), btoa("%"), btoa("{}"), cursor.slice(1), "🌱"]) {
    expect(code(() => decodeCursor("comments pst_a", nonsense, key))).toBe("bad_request");
  }
});

test("anything at all decodes to a key of the right shape or to a bad request", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(["none", "bad_request"]).toContain(code(() => decodeCursor("list", text, key)));
    }),
  );
});
