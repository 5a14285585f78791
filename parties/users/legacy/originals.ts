import { type Field, findingsIn, type LegacyRow } from "./kept.ts";
import { identityOf } from "./identity.ts";
import { type LegacyDatabase, MAX_ORIGINAL_BYTES, READ_LENGTH, READ_PICTURE_LENGTH } from "./postgres.ts";
import type { Originals } from "./take-over.ts";

/** Bytes of values that are in memory at a time. A row may have more: its values are looked at one by one. */
const MAX_GROUP_BYTES = 4 * 1024 * 1024;
/** Rows of one transaction, which holds up whoever asks the party for something. */
const MAX_GROUP_ROWS = 50;

/** Rows in groups that are taken over in a transaction each. */
export function* groupsOf(rows: readonly LegacyRow[]): Generator<LegacyRow[]> {
  let group: LegacyRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (group.length === MAX_GROUP_ROWS || (group.length > 0 && bytes + row.bytes > MAX_GROUP_BYTES)) {
      yield group;
      [group, bytes] = [[], 0];
    }
    group.push(row);
    bytes += row.bytes;
  }
  if (group.length > 0) yield group;
}

/** Of each value of a row that is not kept as it is, what PostgreSQL has. Values that were read in part are read again. */
export async function originalsOf(postgres: LegacyDatabase, row: LegacyRow, provider: string): Promise<Originals> {
  const originals = new Map<Field | "id", string | null>();
  const whole = async (field: Field): Promise<string | null> => {
    const read = row[field];
    const isWhole = read === null || read.length < (field === "picture" ? READ_PICTURE_LENGTH : READ_LENGTH);
    return isWhole ? read : await postgres.original(row.id, field);
  };
  for (const { field } of findingsIn(row)) if (field !== "id") originals.set(field, await whole(field));
  if (identityOf(row.id, provider) === undefined) {
    const { id, name, email } = row;
    const picture = await whole("picture");
    originals.set("id", JSON.stringify({ id, name, email, picture }).slice(0, MAX_ORIGINAL_BYTES / 4));
  }
  return originals;
}
