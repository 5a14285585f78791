import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyCommand, type Command, type Selection } from "../../../client/web/app/markdown-commands.ts";

/** A selection written with brackets: "one [two] three". */
const select = (marked: string): Selection => {
  const start = marked.indexOf("[");
  const end = marked.indexOf("]") - 1;
  return { text: marked.replace("[", "").replace("]", ""), start, end };
};
const show = ({ text, start, end }: Selection): string =>
  `${text.slice(0, start)}[${text.slice(start, end)}]${text.slice(end)}`;
const run = (command: Command, marked: string): string => show(applyCommand(command, select(marked)));

describe("applyCommand", () => {
  test("wraps the selection in marks and keeps it selected", () => {
    expect(run("bold", "a [word] b")).toBe("a **[word]** b");
    expect(run("italic", "a [word] b")).toBe("a *[word]* b");
    expect(run("code", "[]")).toBe("`[]`");
  });

  test("takes marks back, and does not take bold for italic", () => {
    expect(run("bold", "**[word]**")).toBe("[word]");
    expect(run("italic", "*[word]*")).toBe("[word]");
    expect(run("italic", "**[word]**")).toBe("***[word]***");
    expect(run("italic", "***[word]***")).toBe("**[word]**");
  });

  test("makes a link and selects what is still missing", () => {
    const words = applyCommand("link", select("see [this]"));
    expect(words.text).toBe("see [this](https://)");
    expect(words.text.slice(words.start, words.end)).toBe("https://");
    const address = applyCommand("link", select("see [https://example.org]"));
    expect(address.text).toBe("see [](https://example.org)");
    expect(address.start).toBe("see [".length);
  });

  test("marks whole lines, numbers them, and takes that back", () => {
    expect(run("bullets", "o[ne\ntw]o")).toBe("[- one\n- two]");
    expect(run("numbers", "o[ne\ntw]o")).toBe("[1. one\n2. two]");
    expect(run("quote", "> o[n]e")).toBe("[one]");
    expect(run("heading", "title[]")).toBe("## title[]");
    expect(run("heading", "## title[]")).toBe("title[]");
  });

  test("leaves a selection within the text, and bold and italic are their own inverse on plain words", () => {
    const commands = fc.constantFrom<Command>(
      "bold",
      "italic",
      "code",
      "link",
      "heading",
      "quote",
      "bullets",
      "numbers",
    );
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.nat(), commands, (text, a, b, command) => {
        const [start, end] = [a % (text.length + 1), b % (text.length + 1)].sort((x, y) => x - y) as [number, number];
        const result = applyCommand(command, { text, start, end });
        expect(result.start).toBeGreaterThanOrEqual(0);
        expect(result.start).toBeLessThanOrEqual(result.end);
        expect(result.end).toBeLessThanOrEqual(result.text.length);
      }),
    );
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z ]*$/),
        fc.constantFrom<Command>("bold", "italic", "code"),
        (text, command) => {
          const selection = { text, start: 0, end: text.length };
          expect(applyCommand(command, applyCommand(command, selection))).toEqual(selection);
        },
      ),
    );
  });
});
