import { diffLines, diffWordsWithSpace } from "diff";

/** A stretch of a text. `isChanged` for what the other text does not have there. */
export interface Piece {
  readonly text: string;
  readonly isChanged: boolean;
}

/**
 * A part of two texts: whole lines that are the same in both, or that stand in each other's place. Where one text ends,
 * its last line has no break.
 */
export interface Hunk {
  readonly isSame: boolean;
  readonly mine: readonly Piece[];
  readonly theirs: readonly Piece[];
}

/** Comparing stops after so many milliseconds, for two long texts that have nothing in common. */
const TIMEOUT_MS = 500;

/** What two texts have in common, by lines, and in lines that differ by words. */
export function compareTexts(mine: string, theirs: string): Hunk[] {
  if (mine === theirs) return mine === "" ? [] : [{ isSame: true, mine: same(mine), theirs: same(theirs) }];
  // With a line break after each, last lines that are the same are the same also where only one text goes on.
  const changes = diffLines(`${mine}\n`, `${theirs}\n`, { timeout: TIMEOUT_MS });
  if (changes === undefined) return [{ isSame: false, mine: whole(mine), theirs: whole(theirs) }];
  const hunks: Hunk[] = [];
  let [removed, added] = ["", ""];
  const close = (): void => {
    if (removed !== "" || added !== "") hunks.push(compareWords(removed, added));
    [removed, added] = ["", ""];
  };
  for (const change of changes) {
    if (change.removed) removed += change.value;
    else if (change.added) added += change.value;
    else {
      close();
      hunks.push({ isSame: true, mine: same(change.value), theirs: same(change.value) });
    }
  }
  close();
  return withoutLastBreak(withoutLastBreak(hunks, "mine"), "theirs");
}

/** Takes away the line break that was put after one of the texts. */
function withoutLastBreak(hunks: readonly Hunk[], side: "mine" | "theirs"): Hunk[] {
  const last = hunks.findLastIndex((hunk) => hunk[side].length > 0);
  return hunks.map((hunk, index) => (index === last ? { ...hunk, [side]: shortened(hunk[side]) } : hunk));
}

function shortened(pieces: readonly Piece[]): Piece[] {
  const last = pieces.length - 1;
  const shorter = pieces.map((piece, index) => (index === last ? { ...piece, text: piece.text.slice(0, -1) } : piece));
  return shorter.filter(({ text }) => text !== "");
}

function compareWords(mine: string, theirs: string): Hunk {
  const words = mine === "" || theirs === "" ? undefined : diffWordsWithSpace(mine, theirs, { timeout: TIMEOUT_MS });
  if (words === undefined) return { isSame: false, mine: whole(mine), theirs: whole(theirs) };
  return {
    isSame: false,
    mine: words.filter(({ added }) => !added).map(({ value, removed }) => ({ text: value, isChanged: removed })),
    theirs: words.filter(({ removed }) => !removed).map(({ value, added }) => ({ text: value, isChanged: added })),
  };
}

function same(text: string): Piece[] {
  return [{ text, isChanged: false }];
}

function whole(text: string): Piece[] {
  return text === "" ? [] : [{ text, isChanged: true }];
}

/** Text that says "mine below": nothing of either version is lost. */
export function bothTexts(theirs: string, mine: string): string {
  return `${theirs.trimEnd()}\n\n---\n\n${mine}`;
}
