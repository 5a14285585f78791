import { call } from "../api.ts";

/** What every page needs of script: signing out. */
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sign-out]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void signOut();
  });
}

async function signOut(): Promise<void> {
  await call("POST", "/auth/logout", { noRefresh: true }).catch(() => undefined);
  // The reload shows the truth, whichever way the call went.
  location.assign("/");
}
