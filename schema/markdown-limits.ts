/**
 * Limits that keep micromark's work linear. Its cost grows with the square of three things: nested containers,
 * emphasis marks in one paragraph, and (in output) table columns times rows.
 */

/** Quotes and lists deeper than this are shown as text; browsers cut trees off at 512 levels anyway. */
const MAX_NESTING = 16;
/** Sum over paragraphs of (emphasis runs)²: 1,000 runs in one paragraph, or 400 paragraphs of 50. About 20 ms. */
const MAX_EMPHASIS_COST = 1_000_000;
/** Columns of the widest table times lines of the source. */
const MAX_TABLE_CELLS = 100_000;
/** Brackets; each opens or closes a possible link. */
const MAX_BRACKETS = 10_000;
const LINK_CONSTRUCTS = ["labelStartLink", "labelStartImage", "labelEnd"];
/** Brackets beyond which footnotes are off: each "]" searches back through the whole paragraph for a footnote's start. */
const MAX_FOOTNOTE_BRACKETS = 2_000;
const FOOTNOTE_CONSTRUCTS = ["gfmFootnoteCall", "gfmPotentialFootnoteCall", "gfmFootnoteDefinition"];

const CONTAINER_PREFIX = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))+/;
const CONTAINER_MARK = /[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))/y;

/** Escapes the container marks of a line beyond the nesting limit. Any other line comes back unchanged. */
export function boundNesting(source: string): string {
  return source
    .split("\n")
    .map((line) => (deeperThanLimit(line) ? escapeBeyondLimit(line) : line))
    .join("\n");
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
    ...(tableCells(source) > MAX_TABLE_CELLS ? ["table"] : []),
    ...(brackets > MAX_BRACKETS ? LINK_CONSTRUCTS : []),
    ...(brackets > MAX_FOOTNOTE_BRACKETS ? FOOTNOTE_CONSTRUCTS : []),
  ];
}

function emphasisCost(source: string): number {
  let cost = 0;
  // A blank line always ends a paragraph; emphasis never crosses it.
  for (const paragraph of source.split(/\n[ \t]*\r?\n/)) cost += count(paragraph, /\*+|_+|~+/g) ** 2;
  return cost;
}

function tableCells(source: string): number {
  const lines = source.split(/\r\n?|\n/);
  let columns = 0;
  for (const line of lines) {
    if (line.includes("|") && /^[\s>|:-]+$/.test(line)) columns = Math.max(columns, count(line, /\|/g) + 1);
  }
  return columns * lines.length;
}

function count(text: string, pattern: RegExp): number {
  let found = 0;
  for (const _match of text.matchAll(pattern)) found++;
  return found;
}
