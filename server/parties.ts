import { type Destination, destinationOf } from "../parties/kernel/index.ts";
import { postAddress } from "../schema/addresses.ts";

/** The parties that clients may open sockets to. What is not here does not exist for them. */
export const OPEN_PARTIES = [postAddress];

/** @throws PartyError `not_found` */
export function destinationNamed(party: string, name: string): Destination {
  return destinationOf(
    new URL(`/parties/${encodeURIComponent(party)}/${encodeURIComponent(name)}`, "https://understory.local"),
    OPEN_PARTIES,
  );
}
