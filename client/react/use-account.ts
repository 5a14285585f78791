import { useEffect, useState, useSyncExternalStore } from "react";
import type { Flags, Preferences } from "../../schema/user-data.ts";
import type { Account } from "../../schema/users.ts";
import { AccountStore, defaultAccountStorage, type AccountStorage, type AccountView } from "../core/account.ts";
import type { Client } from "../core/index.ts";
import { useClient } from "./client-context.ts";

export interface UseAccountOptions {
  userId: string;
  /** What the server rendered: shown until something newer is known. Only the first for each person counts. */
  initial?: Account;
  /** False keeps the socket closed; what is changed meanwhile is kept and sent later. */
  enabled?: boolean;
  /** Defaults to the one of the nearest ClientProvider, else to the page's own. */
  client?: Client;
  /** Defaults to IndexedDB where there is a browser. Only the first counts. */
  storage?: AccountStorage;
}

type AccountActions = Pick<AccountStore, "setPreferences" | "setProfile" | "dismiss">;

/** What useAccount gives: a view that changes, and actions that never do. */
export interface UseAccount extends AccountView, AccountActions {
  readonly preferences: Preferences | undefined;
  readonly flags: Flags | undefined;
}

/** One person's account, and what makes it another one. */
interface Held {
  readonly userId: string;
  readonly store: AccountStore;
  readonly actions: AccountActions;
}

/**
 * Who is signed in here, live: profile, preferences and feature flags. Renders `initial` on the server and first in the
 * browser; connects after mounting and lets go on unmounting. Components that use the same person's account, or session,
 * share one socket.
 */
export function useAccount({ userId, initial, enabled = true, client: given, storage }: UseAccountOptions): UseAccount {
  const inherited = useClient();
  const client = given ?? inherited;
  const [kept, keep] = useState(() => begin(userId, storage, initial));
  let held = kept;
  if (kept.userId !== userId) {
    held = begin(userId, storage, initial);
    keep(held);
  }
  const { store, actions } = held;

  useEffect(() => {
    if (!enabled) return undefined;
    return store.attach(client.session(userId), client);
  }, [store, client, userId, enabled]);

  const view = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
  return {
    ...view,
    ...actions,
    status: enabled ? view.status : "closed",
    preferences: view.me?.preferences,
    flags: view.me?.flags,
  };
}

function begin(userId: string, storage: AccountStorage | undefined, initial: Account | undefined): Held {
  const store = new AccountStore(userId, storage ?? defaultAccountStorage(), initial);
  // Functions that may be passed on by themselves.
  const actions: AccountActions = {
    setPreferences: (fields) => store.setPreferences(fields),
    setProfile: (fields) => store.setProfile(fields),
    dismiss: () => store.dismiss(),
  };
  return { userId, store, actions };
}
