import { createClient, SessionStore } from "../../core/index.ts";

/** Calls `ended` when the person who is signed in on this page no longer is, wherever that was decided. */
export function watchSession(userId: string, ended: () => void): void {
  new SessionStore().attach(createClient().session(userId), { loggedOut: ended });
}
