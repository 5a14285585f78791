import { createClient, SessionStore } from "../../core/index.ts";
import { forgetHere } from "./forget-here.ts";
import { showTheme } from "./show-theme.ts";

/**
 * Shows the page in the colours that the person who is signed in on it wants, wherever they change that, and calls
 * `ended` when they no longer are, wherever that was decided.
 */
export function watchSession(userId: string, ended: () => void): void {
  const store = new SessionStore();
  store.subscribe(() => {
    const { state } = store.getSnapshot();
    if (state !== undefined) showTheme(state.account.preferences.theme);
  });
  store.attach(createClient().session(userId), { loggedOut: () => void forgetHere(userId).finally(ended) });
}
