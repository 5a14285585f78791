/**
 * Limits that keep micromark's work bounded. Its cost grows with the square of nested containers, of the lines and the
 * emphasis marks in one paragraph, of table rows, and of underlined headings in one document. The limits are far above
 * what people write; the largest hostile post takes a few seconds at most.
 */

/** Quotes and lists deeper than this are shown as text; browsers cut trees off at 512 levels anyway. */
const MAX_NESTING = 16;
/** Sum over paragraphs of (emphasis runs)²: 1,000 runs in one paragraph, or 400 paragraphs of 50. About 20 ms. */
const MAX_EMPHASIS_COST = 1_000_000;
/** Columns times lines of one table: short rows are filled up in the output. */
const MAX_TABLE_CELLS = 100_000;
/** Sum over tables of (lines)²: one table of 2,000 lines. */
const MAX_TABLE_COST = 4_000_000;
/** A blank line is put in after this many lines without one. */
const MAX_PARAGRAPH_LINES = 2_000;
/** Quotes and lists that are opened; the items of one flat list, and the lines of one quote, count once. */
const MAX_CONTAINERS = 1_000;
/** Headings underlined by "=" or "-" instead of begun by "#". */
const MAX_SETEXT_HEADINGS = 200;
/** Brackets; each opens or closes a possible link. */
const MAX_BRACKETS = 10_000;
const LINK_CONSTRUCTS = ["labelStartLink", "labelStartImage", "labelEnd"];
/** Brackets beyond which footnotes are off: each "]" searches back through the whole paragraph for a footnote's start. */
const MAX_FOOTNOTE_BRACKETS = 2_000;
const FOOTNOTE_CONSTRUCTS = ["gfmFootnoteCall", "gfmPotentialFootnoteCall", "gfmFootnoteDefinition"];

/** Ends every paragraph and table; emphasis never crosses it. */
const BLANK_LINE = /\n[ \t]*\r?\n/;
const CONTAINER_PREFIX = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))+/;
const CONTAINER_MARK = /[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))/y;

/** Escapes container marks beyond the nesting limit and breaks endless paragraphs. Other text comes back unchanged. */
export function boundStructure(source: string): string {
  let unbroken = 0;
  let bounded = "";
  for (const line of source.split(/(?<=\r\n|\r(?!\n)|\n)/)) {
    unbroken = line.trim() === "" ? 0 : unbroken + 1;
    if (unbroken > MAX_PARAGRAPH_LINES) {
      bounded += "\n";
      unbroken = 1;
    }
    bounded += deeperThanLimit(line) ? escapeBeyondLimit(line) : line;
  }
  return bounded;
}

function deeperThanLimit(line: string): boolean {
  // Each mark is at least one character, so short prefixes need no counting.
  return (CONTAINER_PREFIX.exec(line)?.[0].length ?? 0) > MAX_NESTING;
}

function escapeBeyondLimit(line: string): string {
  let end = 0;
  for (let marks = 0; marks < MAX_NESTING; marks++) {
    CONTAINER_MARK.lastIndex = end;
    const mark = CONTAINER_MARK.exec(line);
    if (mark === null) return line;
    end += mark[0].length;
  }
  // Behind a visible character nothing on this line opens a container any more.
  const rest = line.slice(end).trimStart();
  return /^(?:>|[-*+]|\d)/.test(rest) ? `${line.slice(0, end)} \\${rest}` : line;
}

/** Names of the micromark constructs that this source must do without, because it would make them too expensive. */
export function unaffordableConstructs(source: string): string[] {
  const brackets = count(source, /[[\]]/g);
  return [
    ...(emphasisCost(source) > MAX_EMPHASIS_COST ? ["attention", "strikethrough"] : []),
    ...(hasCostlyTable(source) ? ["table"] : []),
    ...(count(source, /^[ \t>]*(?:=+|-+)[ \t]*$/gm) > MAX_SETEXT_HEADINGS ? ["setextUnderline"] : []),
    ...(containers(source) > MAX_CONTAINERS ? ["list", "blockQuote"] : []),
    ...(brackets > MAX_BRACKETS ? LINK_CONSTRUCTS : []),
    ...(brackets > MAX_FOOTNOTE_BRACKETS ? FOOTNOTE_CONSTRUCTS : []),
  ];
}

function containers(source: string): number {
  let opened = 0;
  let previous = "";
  for (const line of source.split(/\r\n?|\n/)) {
    const prefix = (CONTAINER_PREFIX.exec(line)?.[0] ?? "").replaceAll(/\d+/g, "1");
    const startsItem = /\S\s*\S/.test(prefix) && !/^[\s>]+$/.test(prefix);
    if (prefix !== "" && (prefix !== previous || startsItem)) opened++;
    previous = prefix;
  }
  return opened;
}

function emphasisCost(source: string): number {
  let cost = 0;
  for (const paragraph of source.split(BLANK_LINE)) cost += count(paragraph, /\*+|_+|~+/g) ** 2;
  return cost;
}

function hasCostlyTable(source: string): boolean {
  let cost = 0;
  for (const paragraph of source.split(BLANK_LINE)) {
    const lines = paragraph.split(/\r\n?|\n/);
    const delimiters = lines.filter((line) => line.includes("|") && /^[\s>|:-]+$/.test(line));
    if (delimiters.length === 0) continue;
    const columns = delimiters.reduce((widest, line) => Math.max(widest, count(line, /\|/g) + 1), 0);
    cost += lines.length ** 2;
    if (cost > MAX_TABLE_COST || columns * lines.length > MAX_TABLE_CELLS) return true;
  }
  return false;
}

function count(text: string, pattern: RegExp): number {
  let found = 0;
  for (const _match of text.matchAll(pattern)) found++;
  return found;
}
