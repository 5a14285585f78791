import { describe, expect, test } from "vitest";
import { excerptOf, mentionsOf, renderCommentMarkdown, renderPostMarkdown } from "../../schema/markdown.ts";

const XSS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg/onload=alert(1)>",
  "<a href='javascript:alert(1)'>x</a>",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](&#106;avascript:alert(1))",
  "[x](java&#10;script:alert(1))",
  "[x](data:text/html;base64,PHNjcmlwdD4=)",
  "[x](vbscript:msgbox(1))",
  "![x](javascript:alert(1))",
  '![x](https://a.b/"onerror="alert(1))',
  '[x](https://a.b "\\" onmouseover=alert(1) \\"")',
  "<javascript:alert(1)>",
  "[x]: javascript:alert(1)\n\n[x]",
  "`<script>`\n\n```\n<script>\n```\n\n```<script>\nx\n```",
  "| <script> |\n|-|\n| <img onerror=x> |",
  "<!--\n<script>alert(1)</script>\n-->",
  "https://a.b/<script>",
  "[^<script>]\n\n[^<script>]: x",
  "\u0000<script>",
];

const HOSTILE: Record<string, string> = {
  brackets: "[".repeat(1_000_000),
  parentheses: "(".repeat(1_000_000),
  "half links": "[a](".repeat(50_000),
  "closing brackets": "x]".repeat(100_000),
  "nested quotes": ">".repeat(200_000),
  "spaced quotes": "> ".repeat(100_000),
  "mixed emphasis": "*a_".repeat(66_000),
  tildes: "~a".repeat(100_000),
  "html comments": "a <!-- ".repeat(28_000),
  "wide tables": `${"|a".repeat(400)}\n${"|-".repeat(400)}\n${"|a".repeat(400)}${"\na".repeat(90_000)}`,
  "long tables": "|a|\n|-|\n".repeat(20_000),
  "underlined headings": "a\n=\n".repeat(50_000),
  "nested lists": "- a\n  - b\n".repeat(20_000),
  "many quotes": "> a\n\n".repeat(40_000),
  backquotes: "`x``".repeat(40_000),
};

/** Long enough that whatever is quadratic takes many times the deadline. */
const HOSTILE_LENGTH = 100_000;
/** Far more than any bounded case takes (a second), whatever else the machine does. */
const HOSTILE_DEADLINE_MS = 15_000;

function tagsIn(html: string): string[] {
  return [...html.matchAll(/<([a-z0-9]+)/gi)].map(([, tag]) => (tag ?? "").toLowerCase());
}

describe("both dialects", () => {
  test.each(XSS)("nothing of %j runs", (source) => {
    for (const html of [renderPostMarkdown(source), renderCommentMarkdown(source)]) {
      expect(tagsIn(html).filter((tag) => ["script", "svg", "iframe", "object", "style"].includes(tag))).toEqual([]);
      const attributes = [...html.matchAll(/<[^>]*>/g)].flatMap(([tag]) => [...tag.matchAll(/ ([a-z-]+)="([^"]*)"/g)]);
      const names = attributes.map(([, name]) => name ?? "");
      expect(names.filter((name) => /^on|^style$/.test(name))).toEqual([]);
      const links = attributes
        .filter(([, name]) => name === "href" || name === "src")
        .map(([, , value]) => value ?? "");
      expect(links.filter((link) => !/^(?:https?:|mailto:|#|[^:]*$)/.test(link))).toEqual([]);
    }
  });

  test.each(Object.entries(HOSTILE))(
    "%s neither hang nor overflow",
    (_, pattern) => {
      const source = pattern.slice(0, HOSTILE_LENGTH);
      expect(renderPostMarkdown(source).length).toBeLessThan(2_000_000);
      expect(renderCommentMarkdown(source).length).toBeLessThan(200_000);
      expect(mentionsOf(source)).toEqual([]);
      expect(excerptOf(source, 200).length).toBeLessThanOrEqual(200);
    },
    HOSTILE_DEADLINE_MS,
  );

  test("a source over the limit is cut, not parsed", () => {
    expect(renderPostMarkdown("[".repeat(1_000_000))).toHaveLength(200_007);
    expect(renderCommentMarkdown("[".repeat(1_000_000))).toHaveLength(5_007);
  });

  test("a limit takes the construct and keeps the text", () => {
    const html = renderPostMarkdown(`${"a *b* _c_ ".repeat(2_000)}\n\n- item`);
    expect(html).toContain("a *b* _c_");
    expect(html).toContain("<li>item</li>");
  });
});

describe("posts", () => {
  test("headings begin below the page's title", () => {
    expect(renderPostMarkdown("# One\n\n## Two\n\n###### Six")).toBe("<h2>One</h2>\n<h3>Two</h3>\n<h6>Six</h6>");
    expect(renderPostMarkdown("## Two\n\n### Three")).toBe("<h2>Two</h2>\n<h3>Three</h3>");
  });

  test("tables, task lists and struck text are part of the dialect", () => {
    const html = renderPostMarkdown("| a |\n|---|\n| b |\n\n- [x] done\n\n~~no~~");
    expect(html).toContain("<table>");
    expect(html).toContain('type="checkbox"');
    expect(html).toContain("<del>no</del>");
  });

  test("no element carries a style, which the content policy would refuse", () => {
    expect(renderPostMarkdown("| a |\n|:-:|\n| b |\n\nx[^1]\n\n[^1]: y")).not.toContain("style=");
  });
});

describe("comments", () => {
  test("links tell search engines and the opened page to leave us alone", () => {
    const html = renderCommentMarkdown("[a](https://a.b) https://c.d <https://e.f> g@h.io");
    expect(html.match(/<a /g)).toHaveLength(4);
    expect(html.match(/<a rel="nofollow ugc noopener" href="/g)).toHaveLength(4);
  });

  test("what is not part of the dialect stays as its source", () => {
    const html = renderCommentMarkdown("# a\n\n![b](c)\n\n| d |\n|---|\n\n---\n\ne\n===\n\n~~f~~ <b>g</b>");
    expect(new Set(tagsIn(html))).toEqual(new Set(["p", "a"]));
  });

  test("emphasis, code, lists and quotes are part of it", () => {
    const html = renderCommentMarkdown("*a* **b** `c`\n\n```\nd\n```\n\n- e\n\n1. f\n\n> g");
    for (const tag of ["em", "strong", "code", "pre", "ul", "ol", "blockquote"]) expect(html).toContain(`<${tag}`);
  });
});

describe("mentions", () => {
  test.each([
    ["@Ada and (@grace), @ada again", ["ada", "grace"]],
    ["**@bold**ly _@soft_ @foo_bar", ["bold", "soft", "foo_bar"]],
    ["@Öl-, @日本 @ada-.", ["öl", "日本", "ada"]],
    ["> @quoted\n\n- @listed", ["quoted", "listed"]],
    ["`@no` `` @no ``\n\n```\n@no\n```", []],
    ["[@no](https://a.b) https://a.b/@no a@no.io <x@no.io>", []],
    ["\\@no @x @@no &#64;no user@no", []],
    [`@${"a".repeat(39)} @${"b".repeat(40)}`, ["a".repeat(39)]],
  ])("of %j are found", (source, handles) => {
    expect(mentionsOf(source)).toEqual(handles);
  });

  test("beyond ten are ignored", () => {
    expect(mentionsOf(Array.from({ length: 20 }, (_, n) => `@user${n}`).join(" "))).toHaveLength(10);
  });
});

describe("excerpts", () => {
  test("are prose without headings, code or marks", () => {
    expect(excerptOf("# Title\n\nHello *w*orld & [link](https://a.b).\n\n```\ncode\n```\n\nMore <b>.", 200)).toBe(
      "Hello world & link. More <b>.",
    );
  });

  test("end at a word, within the length", () => {
    expect(excerptOf("word ".repeat(100), 50)).toBe("word word word word word word word word word…");
    expect(excerptOf("x".repeat(500), 50)).toBe(`${"x".repeat(49)}…`);
  });

  test("never halve a character", () => {
    expect(excerptOf("🌱".repeat(100), 50)).toBe(`${"🌱".repeat(24)}…`);
  });
});
