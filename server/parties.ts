import { type Destination, destinationOf } from "../parties/kernel/index.ts";
import { postAddress, sessionAddress, tenantAddress } from "../schema/addresses.ts";
import { PartyError } from "../schema/errors.ts";

/** The parties that clients may open sockets to. What is not here does not exist for them. */
export const OPEN_PARTIES = [postAddress, sessionAddress, tenantAddress];

/** @throws PartyError `not_found` */
export function destinationNamed(party: string, name: string): Destination {
  return destinationOf(
    new URL(`/parties/${encodeURIComponent(party)}/${encodeURIComponent(name)}`, "https://understory.local"),
    OPEN_PARTIES,
  );
}

/**
 * Some parties are one person's own. They say so themselves; saying it here spares waking them for strangers.
 * @throws PartyError `forbidden`, for nobody `unauthenticated`
 */
export function requireOwnParty({ party, name }: Destination, userId: string | undefined): void {
  if (party !== sessionAddress.party || name === userId) return;
  throw userId === undefined
    ? new PartyError("unauthenticated", { message: "Sign in first" })
    : new PartyError("forbidden", { message: "This is another person's" });
}
