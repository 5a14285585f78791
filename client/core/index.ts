/** The client: typed, reconnecting connections to parties. Free of any framework; runs in browsers and in Node. */
export { createClient, type Client, type ClientOptions } from "./client.ts";
export type { Auth } from "./auth.ts";
export type { ConnectionStatus } from "./connection.ts";
export type { Clock, Environment } from "./environment.ts";
export { ClientError } from "./errors.ts";
export type { Acknowledgement, Snapshot } from "./party.ts";
export type { Occurrences, PartyHandle } from "./party-handle.ts";
export type { PendingComment } from "./pending-comments.ts";
export type { PostState } from "./post-state.ts";
export { PostStore, type PostView } from "./post-store.ts";
export { SessionStore, type EventData, type SessionListeners, type SessionView } from "./session-store.ts";
export { TenantStore, type TenantListeners, type TenantView } from "./tenant-store.ts";
export type { Typist } from "./typing.ts";
