import { describe, expect, test } from "vitest";
import { z } from "zod";
import { deadLinks, writtenPages } from "../../scripts/docs/pages.ts";
import { bodyText, typeText } from "../../scripts/docs/type-text.ts";

describe("a schema in words", () => {
  const id = z.string().regex(/^x$/);
  const thing = z.object({ id, tags: z.array(z.string()), next: id.nullable(), note: z.string().max(5).optional() });
  const names = z.registry<{ id: string }>();
  names.add(id, { id: "Id" }).add(thing, { id: "Thing" });

  test("uses the names that it knows", () => {
    expect(typeText(z.object({ thing, mine: z.array(thing) }), names, "output")).toBe(
      "{ thing: Thing; mine: Array<Thing> }",
    );
    expect(typeText(thing, names, "output")).toBe("Thing");
  });

  test("is spelled out for a name's own definition", () => {
    expect(bodyText(thing, names, "output")).toBe(
      "{ id: Id; tags: Array<string>; next: Id | null; note?: string /* 0 to 5 characters */ }",
    );
    expect(bodyText(id, names, "output")).toBe("string");
  });

  test("tells choices, records and empty objects", () => {
    const kind = z.enum(["a", "b"]);
    expect(typeText(kind, names, "input")).toBe('"a" | "b"');
    expect(typeText(z.record(kind, z.number().int()), names, "input")).toBe('Record<"a" | "b", number>');
    expect(typeText(z.object({}), names, "input")).toBe("{}");
  });

  test("leaves out what goes in by default, and not what comes out", () => {
    const schema = z.object({ limit: z.number().default(20) });
    expect(typeText(schema, names, "input")).toBe("{ limit?: number }");
    expect(typeText(schema, names, "output")).toBe("{ limit: number }");
  });
});

test("every link of every page leads somewhere", () => {
  expect(writtenPages()).toContain("README.md");
  expect(writtenPages().flatMap((page) => deadLinks(page).map((target) => `${page}: ${target}`))).toEqual([]);
});
