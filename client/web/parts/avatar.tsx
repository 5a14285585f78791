import type { Person } from "../../../schema/principal.ts";

/** Number of `.avatar--n` colours besides the accent. */
const TINTS = 5;

/** A person's picture, or their initials on a colour of their own. Decoration only: the name stands beside it. */
export function Avatar({ person, small = false }: { person: Person; small?: boolean }) {
  const size = small ? " avatar--small" : "";
  if (person.picture !== null) {
    return (
      <img
        className={`avatar${size}`}
        src={person.picture}
        alt=""
        width={36}
        height={36}
        loading="lazy"
        referrerPolicy="no-referrer"
      />
    );
  }
  return (
    <span className={`avatar avatar--${tintOf(person.id)}${size}`} aria-hidden="true">
      {initialsOf(person.name)}
    </span>
  );
}

/** The first letters of the first and last word, upper case. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/u).filter((word) => word !== "");
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends
    .map((word) => firstLetter(word ?? ""))
    .join("")
    .toUpperCase();
}

/** The first code point, which may be two UTF-16 units. */
function firstLetter(word: string): string {
  const codePoint = word.codePointAt(0);
  return codePoint === undefined ? "" : String.fromCodePoint(codePoint);
}

function tintOf(id: string): number {
  let sum = 0;
  for (const char of id) sum = (sum * 31 + char.charCodeAt(0)) % 9973;
  return sum % TINTS;
}
