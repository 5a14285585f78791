import { describe, expect, test } from "vitest";
import { subdomainSchema } from "../../../schema/ids.ts";
import { subdomainProblem, suggestSubdomain } from "../../../client/web/app/subdomain.ts";
import { formatsFor } from "../../../client/web/format.ts";
import { typingLine } from "../../../client/web/post/typing-line.ts";
import { toScriptJson } from "../../../client/web/render.ts";
import { withScrollers } from "../../../client/web/scrollers.ts";
import { initialsOf } from "../../../client/web/parts/avatar.tsx";

const { count, formatAgo, formatUntil } = formatsFor();

describe("words on the page", () => {
  test("an age is told in the unit that fits, and as a date after a week", () => {
    const now = Date.parse("2026-11-20T12:00:00.000Z");
    expect(formatAgo("2026-11-20T11:59:40.000Z", now)).toBe("just now");
    expect(formatAgo("2026-11-20T11:55:00.000Z", now)).toBe("5 minutes ago");
    expect(formatAgo("2026-11-20T09:00:00.000Z", now)).toBe("3 hours ago");
    expect(formatAgo("2026-11-19T09:00:00.000Z", now)).toBe("yesterday");
    expect(formatAgo("2026-11-01T09:00:00.000Z", now)).toBe("Nov 1, 2026");
    expect(formatAgo("2026-11-20T12:00:09.000Z", now)).toBe("just now");
  });

  test("what is to come is told in the unit that fits", () => {
    const now = Date.parse("2026-11-20T12:00:00.000Z");
    expect(formatUntil("2026-11-27T12:00:00.000Z", now)).toBe("in 7 days");
    expect(formatUntil("2026-11-27T11:59:00.000Z", now)).toBe("in 7 days");
    expect(formatUntil("2026-11-21T11:00:00.000Z", now)).toBe("in 23 hours");
    expect(formatUntil("2026-11-20T12:00:30.000Z", now)).toBe("in 1 minute");
    expect(formatUntil("2026-11-20T11:00:00.000Z", now)).toBe("this minute");
  });

  test("dates and numbers are written in the reader's language and time zone", () => {
    const german = formatsFor({ language: "de", timezone: "Pacific/Kiritimati" });
    expect(german.formatDate("2026-11-20T12:00:00.000Z")).toBe("21. November 2026");
    expect(german.formatMoment("2026-11-20T12:00:00.000Z")).toBe("21.11.2026, 02:00");
    expect(german.formatNumber(1_234.5)).toBe("1.234,5");
    expect(german.formatAgo("2026-11-20T12:00:00.000Z", Date.parse("2026-11-20T12:00:09.000Z"))).toBe("jetzt");
    expect(formatsFor({ language: "en-GB", timezone: "UTC" }).formatDate("2026-11-20T12:00:00.000Z")).toBe(
      "20 November 2026",
    );
  });

  test("a language or a time zone that this machine does not know is no reason to write nothing", () => {
    const strange = formatsFor({ language: "tlh", timezone: "Moon/Tranquility" });
    expect(strange.formatDate("2026-11-20T23:00:00.000Z")).toBe("November 20, 2026");
  });

  test("a count is told with its noun", () => {
    expect([count(0, "word"), count(1, "word"), count(1_200, "word")]).toEqual(["0 words", "1 word", "1,200 words"]);
  });

  test("who is typing is told by name for two people and counted from three", () => {
    expect(typingLine([])).toBe("");
    expect(typingLine(["Ada"])).toBe("Ada is typing…");
    expect(typingLine(["Ada", "Ben"])).toBe("Ada and Ben are typing…");
    expect(typingLine(["Ada", "Ben", "Mia"])).toBe("Ada and 2 others are typing…");
  });

  test("initials are the first letters of the first and last name", () => {
    expect(["Ada Lovelace", "mia", "Ana  de la Cruz", ""].map(initialsOf)).toEqual(["AL", "M", "AC", ""]);
  });
});

describe("JSON in a page", () => {
  test("cannot end its script element, and reads back the same", () => {
    const hostile = { text: "</script><script>alert(1)</script><!--", line: "\u2028" };
    expect(toScriptJson(hostile)).not.toContain("<");
    expect(JSON.parse(toScriptJson(hostile))).toEqual(hostile);
  });
});

describe("wide parts of a text", () => {
  test("can be reached by keyboard", () => {
    expect(withScrollers("<pre><code>x</code></pre><table></table>")).toBe(
      '<pre tabindex="0"><code>x</code></pre><div class="scroller" tabindex="0"><table></table></div>',
    );
  });
});

describe("a site's address", () => {
  test("is judged as the server judges it", () => {
    for (const name of [
      "abc",
      "a-b-c",
      "ab",
      "-abc",
      "abc-",
      "Abc",
      "ab--cd",
      "a.b.c",
      "",
      "x".repeat(63),
      "x".repeat(64),
      "a1",
    ]) {
      expect([name, subdomainProblem(name) === null]).toEqual([name, subdomainSchema.safeParse(name).success]);
    }
  });

  test("is suggested from the site's name", () => {
    expect(suggestSubdomain("The Slow Garden")).toBe("the-slow-garden");
    expect(suggestSubdomain("  ")).toBe("");
    expect(suggestSubdomain(`${"a".repeat(62)} b`)).toBe("a".repeat(62));
  });
});
