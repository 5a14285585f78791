import { call } from "../api.ts";
import { APP_ROOT_ID } from "../app/bootstrap.ts";

/** What every page needs of script: signing out. */
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sign-out]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void signOut();
  });
}

async function signOut(): Promise<void> {
  await call("POST", "/auth/logout", { noRefresh: true }).catch(() => undefined);
  // A page that was loaded anew shows the truth, whichever way the call went.
  if (document.getElementById(APP_ROOT_ID) === null) location.reload();
  else location.assign("/");
}
