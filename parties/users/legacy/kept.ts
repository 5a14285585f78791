import type { LegacyProblem } from "../../../schema/legacy.ts";
import {
  emailFrom,
  MAX_NAME_LENGTH,
  MAX_PICTURE_LENGTH,
  nameFrom,
  NAMELESS,
  pictureFrom,
} from "../../../schema/people.ts";

/** A row as it is read: long values only so far that what is kept of them can be told. */
export interface LegacyRow {
  id: string;
  name: string | null;
  email: string | null;
  picture: string | null;
  /** Bytes that its values have in PostgreSQL. */
  bytes: number;
  /** PostgreSQL's mark of the row's version: another one, another row. */
  xmin: string;
}
export type Field = "name" | "email" | "picture";
export const FIELDS = ["name", "email", "picture"] as const satisfies readonly Field[];

/** What becomes of a row in a user's record. */
export interface Kept {
  name: string;
  email: string | null;
  picture: string | null;
}

export interface Finding {
  field: Field | "id";
  problem: LegacyProblem;
  detail: string;
}

/** What is kept of a row. */
export function keptOf({ name, email, picture }: Pick<LegacyRow, Field>): Kept {
  return { name: nameFrom(name) || NAMELESS, email: emailFrom(email), picture: pictureFrom(picture) };
}

/** What is lost of a row by keeping it, one finding a field at most. */
export function findingsIn(row: Pick<LegacyRow, Field>): Finding[] {
  return [nameFinding(row.name), emailFinding(row.email), pictureFinding(row.picture)].filter(
    (finding) => finding !== undefined,
  );
}

function nameFinding(name: string | null): Finding | undefined {
  if (name === null) return { field: "name", problem: "null_name", detail: `kept as "${NAMELESS}"` };
  const kept = nameFrom(name);
  if (kept === "") return { field: "name", problem: "name_unfit", detail: `nothing to see; kept as "${NAMELESS}"` };
  if (kept === name) return undefined;
  const isCut = name.trim().length > MAX_NAME_LENGTH;
  return isCut
    ? { field: "name", problem: "name_cut", detail: `longer than ${MAX_NAME_LENGTH}; cut` }
    : { field: "name", problem: "name_unfit", detail: "not one line of plain text; kept as one" };
}

function emailFinding(email: string | null): Finding | undefined {
  if (email === null || emailFrom(email) !== null) return undefined;
  return { field: "email", problem: "email_invalid", detail: "not an e-mail address; not kept" };
}

function pictureFinding(picture: string | null): Finding | undefined {
  if (picture === null || pictureFrom(picture) !== null) return undefined;
  return picture.length > MAX_PICTURE_LENGTH
    ? { field: "picture", problem: "picture_too_large", detail: `longer than ${MAX_PICTURE_LENGTH}; not kept` }
    : { field: "picture", problem: "picture_not_https", detail: "not an https address; not kept" };
}
