import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import { TenantStore, type Client, type TenantView } from "../core/index.ts";
import { useClient } from "./client-context.ts";

export interface UseTenantDashboardOptions {
  /** The site. Only its owners are let in. */
  subdomain: string;
  /** False keeps the socket closed. */
  enabled?: boolean;
  /** The site's configuration has changed, wherever that was done: time to ask for it again. */
  onConfigChanged?: (version: number) => void;
  /** Defaults to the one of the nearest ClientProvider, else to the page's own. */
  client?: Client;
}

/** Who is on the site, and what it has, as that changes. */
export interface TenantDashboard extends TenantView {
  readonly isConnected: boolean;
}

/** One site's dashboard, and what makes it another one. */
interface Held {
  readonly client: Client;
  readonly subdomain: string;
  readonly store: TenantStore;
}

/**
 * A site's dashboard, live. Connects after mounting and lets go on unmounting; on the server it renders without a state.
 * Components that use the same site's dashboard share one socket.
 */
export function useTenantDashboard(options: UseTenantDashboardOptions): TenantDashboard {
  const { subdomain, enabled = true, client: given } = options;
  const inherited = useClient();
  const client = given ?? inherited;
  const [kept, keep] = useState<Held>(() => ({ client, subdomain, store: new TenantStore() }));
  let held = kept;
  if (kept.client !== client || kept.subdomain !== subdomain) {
    held = { client, subdomain, store: new TenantStore() };
    keep(held);
  }
  const { store } = held;

  const latest = useRef(options);
  useLayoutEffect(() => {
    latest.current = options;
  });
  useEffect(() => {
    if (!enabled) return undefined;
    return store.attach(client.tenant(subdomain), {
      configChanged: (version) => latest.current.onConfigChanged?.(version),
    });
  }, [store, client, subdomain, enabled]);

  const view = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
  return { ...view, status: enabled ? view.status : "closed", isConnected: enabled && view.status === "live" };
}
