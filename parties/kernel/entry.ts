import { z } from "zod";
import { PartyError } from "../../schema/errors.ts";
import { type Principal, principalSchema } from "../../schema/principal.ts";

/**
 * How the door tells a party who comes in. Only the door can write it: everything that a client sent under this
 * prefix, or PartyServer's own, is dropped there.
 */
export const PRINCIPAL_HEADER = "x-understory-principal";

/** One socket that asks to come in, after the door has vouched for it. */
export interface Entry {
  principal: Principal;
  /** The last `seq` it has seen, when it comes back. */
  since: number | undefined;
  batch: boolean;
}

const sinceSchema = z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

export function encodePrincipal(principal: Principal): string {
  // Header values are Latin-1; names are not.
  return encodeURIComponent(JSON.stringify(principal));
}

/** @throws PartyError `forbidden` when the request did not come through the door, `bad_request` for a malformed `since`. */
export function entryOf(request: Request): Entry {
  const header = request.headers.get(PRINCIPAL_HEADER);
  if (header === null) throw new PartyError("forbidden", { message: "Sockets come through the door" });
  const query = new URL(request.url).searchParams;
  const given = query.get("since");
  const since = given === null ? undefined : sinceSchema.safeParse(given);
  if (since !== undefined && (!since.success || given === "")) {
    throw new PartyError("bad_request", { message: "`since` is a sequence number" });
  }
  return {
    principal: principalSchema.parse(JSON.parse(decodeURIComponent(header))),
    since: since?.data,
    batch: query.get("batch") === "1",
  };
}
