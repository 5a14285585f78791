import { createContext, createElement, useContext, type ReactElement, type ReactNode } from "react";
import { createClient, type Client } from "../core/index.ts";

const ClientContext = createContext<Client | undefined>(undefined);

let ofThisPage: Client | undefined;

/** The client of the page's own host, signed in by its cookie. Made on first use. */
export function defaultClient(): Client {
  return (ofThisPage ??= createClient());
}

/** Gives the hooks below it another client than the page's default. */
export function ClientProvider(props: { client: Client; children?: ReactNode }): ReactElement {
  return createElement(ClientContext.Provider, { value: props.client }, props.children);
}

/** The client that hooks use here. */
export function useClient(): Client {
  return useContext(ClientContext) ?? defaultClient();
}
