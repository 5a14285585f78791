/** A text and what is selected in it, as offsets in UTF-16 units. */
export interface Selection {
  text: string;
  start: number;
  end: number;
}

export type Command = "bold" | "italic" | "code" | "link" | "heading" | "quote" | "bullets" | "numbers";

const MARKS = { bold: "**", italic: "*", code: "`" } as const;
const PREFIXES = {
  heading: () => "## ",
  quote: () => "> ",
  bullets: () => "- ",
  numbers: (index: number) => `${index + 1}. `,
} as const;
const PREFIX_PATTERNS = { heading: /^#{1,6} /, quote: /^> ?/, bullets: /^[-*+] /, numbers: /^\d+[.)] / } as const;

/** Applies a toolbar command to the selection. Applying bold, italic, code or a line command again takes it back. */
export function applyCommand(command: Command, selection: Selection): Selection {
  switch (command) {
    case "bold":
    case "italic":
    case "code":
      return toggleMark(MARKS[command], selection);
    case "link":
      return link(selection);
    case "heading":
    case "quote":
    case "bullets":
    case "numbers":
      return toggleLines(command, selection);
  }
}

function toggleMark(mark: string, { text, start, end }: Selection): Selection {
  const size = mark.length;
  const marked = isMarked(mark, text, start, end);
  const inner = text.slice(start, end);
  if (marked) {
    return { text: text.slice(0, start - size) + inner + text.slice(end + size), start: start - size, end: end - size };
  }
  return { text: text.slice(0, start) + mark + inner + mark + text.slice(end), start: start + size, end: end + size };
}

/** Whether exactly `mark` stands on both sides: one asterisk of a "**" is not italic. */
function isMarked(mark: string, text: string, start: number, end: number): boolean {
  const char = mark.charAt(0);
  let before = 0;
  while (text.charAt(start - 1 - before) === char) before += 1;
  let after = 0;
  while (text.charAt(end + after) === char) after += 1;
  const both = Math.min(before, after);
  // Three asterisks are bold and italic at once.
  return mark === "*" ? both === 1 || both === 3 : both >= mark.length;
}

function link({ text, start, end }: Selection): Selection {
  const inner = text.slice(start, end);
  const isAddress = /^https?:\/\/\S+$/.test(inner);
  const words = isAddress ? "" : inner;
  const address = isAddress ? inner : "https://";
  const inserted = `[${words}](${address})`;
  // Selects what is still missing: the words, or the address.
  const from = isAddress || words === "" ? start + 1 : start + words.length + 3;
  const to = isAddress || words === "" ? from : from + address.length;
  return { text: text.slice(0, start) + inserted + text.slice(end), start: from, end: to };
}

function toggleLines(command: keyof typeof PREFIXES, { text, start, end }: Selection): Selection {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", end);
  const to = lineEnd === -1 ? text.length : lineEnd;
  const lines = text.slice(from, to).split("\n");
  const pattern = PREFIX_PATTERNS[command];
  const isOn = lines.every((line) => pattern.test(line));
  const changed = lines
    .map((line, index) => (isOn ? line.replace(pattern, "") : PREFIXES[command](index) + line.replace(pattern, "")))
    .join("\n");
  const result = text.slice(0, from) + changed + text.slice(to);
  // A caret stays where it was in its line; a selection grows to whole lines.
  if (start === end) {
    const caret = Math.max(from, start + changed.length - (to - from));
    return { text: result, start: caret, end: caret };
  }
  return { text: result, start: from, end: from + changed.length };
}
