import type { Changes } from "../records.ts";
import { NAMELESS } from "../../../schema/people.ts";
import { type Field, FIELDS, type Kept } from "./kept.ts";

/**
 * What of a row is news for a user's record, by a three-way merge of each field. `base` is the row as it was seen last,
 * or null when it never was: what it says then was said before the record was.
 * @param winner whose value stays where both have changed
 */
export function newsFrom(theirs: Kept, base: Kept | null, ours: Kept, winner: "postgres" | "party"): Changes {
  const news = FIELDS.filter((field) => {
    if (theirs[field] === ours[field]) return false;
    if (base === null) return winner === "postgres" && saysSomething(theirs, field);
    if (theirs[field] === base[field]) return false;
    return winner === "postgres" || ours[field] === base[field];
  });
  return {
    ...Object.fromEntries(news.map((field) => [field, theirs[field]])),
    // PostgreSQL does not know whether anybody has proved that an address is theirs.
    ...(news.includes("email") && { emailVerified: false }),
  };
}

/** What the row has to be told, by the same rules: the fields that are changed here and, where it decides, not there. */
export function newsFor(theirs: Kept, base: Kept | null, ours: Kept, winner: "postgres" | "party"): Partial<Kept> {
  const news = FIELDS.filter(
    (field) => theirs[field] !== ours[field] && (winner === "party" || base === null || theirs[field] === base[field]),
  );
  return Object.fromEntries(news.map((field) => [field, ours[field]]));
}

function saysSomething(kept: Kept, field: Field): boolean {
  return kept[field] !== null && kept[field] !== NAMELESS;
}
