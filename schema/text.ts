/** Small pure helpers on plain text, light enough for the browser. */

/** Length limit of a slug, the same as in `slugSchema`. */
const MAX_SLUG_LENGTH = 96;
/** What a title becomes that has no letter or digit an ASCII slug can keep. */
const EMPTY_SLUG = "post";

/** Letters that Unicode does not decompose into an ASCII letter and a mark. */
const ASCII_FOLDS: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  þ: "th",
  ł: "l",
  ı: "i",
  ħ: "h",
};

/** Turns a title into a slug that `slugSchema` accepts. Never empty: falls back to "post". */
export function slugify(title: string): string {
  const folded = title
    .slice(0, MAX_SLUG_LENGTH * 4)
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/['’]/g, "")
    .replaceAll(/[ßæœøđðþłıħ]/g, (letter) => ASCII_FOLDS[letter] ?? letter)
    .replaceAll(/[^a-z0-9]+/g, "-");
  return trimHyphens(trimHyphens(folded).slice(0, MAX_SLUG_LENGTH)) || EMPTY_SLUG;
}

/** The slug with a short suffix, for when the plain one is taken. Stays within the length limit. */
export function suffixedSlug(slug: string, suffix: string): string {
  return `${trimHyphens(slug.slice(0, MAX_SLUG_LENGTH - suffix.length - 1))}-${suffix}`;
}

function trimHyphens(slug: string): string {
  return slug.replaceAll(/^-|-$/g, "");
}

/** Adults read 238 words of English a minute (Brysbaert 2019), and about 500 characters of Chinese or Japanese. */
const WORDS_PER_MINUTE = 238;
const IDEOGRAPHS_PER_MINUTE = 500;

/** How long a text takes to read, in whole minutes, at least 1. */
export function readingMinutes(source: string): number {
  const ideographs = source.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu)?.length ?? 0;
  const words = wordCount(source);
  return Math.max(1, Math.ceil(words / WORDS_PER_MINUTE + ideographs / IDEOGRAPHS_PER_MINUTE));
}

/** Words of scripts that put spaces between them. */
export function wordCount(source: string): number {
  const spaced = source.replaceAll(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu, " ");
  return spaced.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
}
