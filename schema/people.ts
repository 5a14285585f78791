import { z } from "zod";

/** Small pure rules on what people are called and look like, wherever that is told: by a provider, a webhook or themselves. */

/** As long as a name may be, in UTF-16 units. */
export const MAX_NAME_LENGTH = 80;
export const MAX_PICTURE_LENGTH = 2_000;
export const MAX_EMAIL_LENGTH = 254;
/** For somebody whom nobody gives a name. */
export const NAMELESS = "Someone";
/** What stands in the place of a name when an account is gone and what it wrote is not. */
export const DELETED_PERSON = "Deleted person";

/** A name of spaces without width would be nobody's. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;
/** Control characters, and what turns the direction of the text around it. */
const UNFIT = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;

export const emailSchema = z.string().max(MAX_EMAIL_LENGTH).pipe(z.email());

/** A name that somebody gives themselves: one line that can be seen. */
export const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(MAX_NAME_LENGTH)
  .refine((name) => name.isWellFormed() && name.search(UNFIT) === -1, "one line of plain text")
  .refine((name) => name === "" || VISIBLE.test(name), "something that can be seen");

export const pictureSchema = z
  .string()
  .max(MAX_PICTURE_LENGTH)
  .refine((url) => pictureFrom(url) !== null, "an https address");

/** What may be kept of a name that a service gives: one line, cut to length; empty when there is nothing to see. */
export function nameFrom(given: unknown): string {
  if (typeof given !== "string") return "";
  const line = given.slice(0, 1_000).toWellFormed().replaceAll(UNFIT, " ").replaceAll(/\s+/g, " ").trim();
  // Some give an address as the name: its host stays private.
  const [name = ""] = emailSchema.safeParse(line).success ? line.split("@") : [line];
  const kept = cut(name, MAX_NAME_LENGTH).trim();
  // Looked at last: what can be seen of a long one may be what was cut off.
  return VISIBLE.test(kept) ? kept : "";
}

/** The https address of a picture as it may be kept, or null. */
export function pictureFrom(given: unknown): string | null {
  if (typeof given !== "string" || given.length > MAX_PICTURE_LENGTH || !URL.canParse(given)) return null;
  const { protocol, href } = new URL(given);
  return protocol === "https:" && href.length <= MAX_PICTURE_LENGTH ? href : null;
}

export function emailFrom(given: unknown): string | null {
  const address = emailSchema.safeParse(given);
  return address.success ? address.data : null;
}

/** The two halves of a name as histories keep them: the last word, and what comes before it. */
export function partsOfName(name: string): { firstName: string; lastName: string } {
  const space = name.lastIndexOf(" ");
  return space === -1
    ? { firstName: name, lastName: "" }
    : { firstName: name.slice(0, space), lastName: name.slice(space + 1) };
}

/** A name of two halves as it is shown: what `partsOfName` has taken apart is the same again. */
export function nameOfParts({ firstName, lastName }: { firstName: string; lastName: string }): string {
  return cut(`${firstName} ${lastName}`.trim(), MAX_NAME_LENGTH).trim();
}

/** How searching reads a text: without case, and without marks above and below letters. */
export function foldForSearch(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
}

/** At most so many UTF-16 units, and no half of a character. */
function cut(text: string, length: number): string {
  let end = "";
  for (const character of text) {
    if (end.length + character.length > length) break;
    end += character;
  }
  return end;
}
