import { z } from "zod";
import type { Identity } from "../accounts.ts";

/** As long as a name is elsewhere. */
const MAX_NAME = 80;
const MAX_PICTURE = 2_000;
/** A name of spaces without width would be nobody's. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;
/** For somebody whom their provider gives no name at all. */
const NAMELESS = "Someone";

/** As OpenID Connect Core 2 has it, without what no eye can tell apart. */
const SUBJECT = /^[\x20-\x7e]{1,255}$/;
const emailSchema = z.string().max(254).pipe(z.email());

/** What a provider tells of somebody: anything at all, until it is read here. */
export interface Told {
  provider: string;
  subject: string;
  /** The best first. */
  names: readonly unknown[];
  picture: unknown;
  email: unknown;
  emailVerified: boolean;
}

/** What may be kept of it. @throws RangeError for a subject that is none */
export function identityFrom({ provider, subject, names, picture, email, emailVerified }: Told): Identity {
  if (!SUBJECT.test(subject)) throw new RangeError("A subject is 1 to 255 printable ASCII characters");
  const address = emailSchema.safeParse(email);
  return {
    provider,
    subject,
    name: names.map(nameFrom).find((name) => name !== "") ?? NAMELESS,
    picture: pictureFrom(picture),
    email: address.success ? address.data : null,
    emailVerified: emailVerified && address.success,
  };
}

/** A name that fits on one line and turns nothing around it. Some give an address as the name: its host stays private. */
function nameFrom(given: unknown): string {
  if (typeof given !== "string") return "";
  const line = given
    .slice(0, 1_000)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  if (!VISIBLE.test(line)) return "";
  const [name = ""] = emailSchema.safeParse(line).success ? line.split("@") : [line];
  return cut(name, MAX_NAME).trim();
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

function pictureFrom(given: unknown): string | null {
  if (typeof given !== "string" || given.length > MAX_PICTURE || !URL.canParse(given)) return null;
  const { protocol, href } = new URL(given);
  return protocol === "https:" && href.length <= MAX_PICTURE ? href : null;
}
