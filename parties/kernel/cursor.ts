import type { z } from "zod";
import { PartyError } from "../../schema/errors.ts";

/**
 * Makes the opaque cursor of a list: the sort key of the last row given. `list` names the list and what it belongs
 * to, so that a cursor is of no use elsewhere. It holds nothing secret.
 */
export function encodeCursor(list: string, key: readonly (string | number)[]): string {
  return btoa(encodeURIComponent(JSON.stringify([list, ...key])))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** @throws PartyError `bad_request` for a cursor that is malformed or another list's. */
export function decodeCursor<T extends z.ZodType>(list: string, cursor: string, key: T): z.output<T> {
  const values = parseCursor(cursor);
  if (Array.isArray(values) && values[0] === list) {
    const parsed = key.safeParse(values.slice(1));
    if (parsed.success) return parsed.data;
  }
  throw new PartyError("bad_request", { message: "This cursor does not belong to this list" });
}

function parseCursor(cursor: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(atob(cursor.replaceAll("-", "+").replaceAll("_", "/"))));
  } catch {
    return undefined; // Not base64, not a URI component, or not JSON: not one of ours.
  }
}
