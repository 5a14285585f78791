import { createContext, useContext } from "react";
import type { Account } from "../../../schema/users.ts";
import type { UseAccount } from "../../react/account.ts";

/** The account of whoever is signed in on this page, with what is known of it from the beginning. */
export interface OwnAccount extends UseAccount {
  readonly me: Account;
}

export const OwnAccountContext = createContext<OwnAccount | undefined>(undefined);

/** The signed-in person's own account. Only inside of what is shown to somebody who is signed in. */
export function useOwnAccount(): OwnAccount {
  const account = useContext(OwnAccountContext);
  if (account === undefined) throw new Error("nobody is signed in here");
  return account;
}
