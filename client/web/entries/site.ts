import { call } from "../api.ts";
import { APP_ROOT_ID } from "../app/bootstrap.ts";
import { claimLeaving, leave } from "../app/leaving.ts";
import { refreshSession } from "../app/refresh-session.ts";

/** What every page needs of script: signing out, and noticing that it was done elsewhere. */
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sign-out]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void signOut(form.dataset["signOut"] ?? "");
  });
}

async function signOut(userId: string): Promise<void> {
  claimLeaving();
  await forget(userId).catch(() => undefined);
  await call("POST", "/auth/logout", { noRefresh: true }).catch(() => undefined);
  // A page that was loaded anew shows the truth, whichever way the call went.
  if (document.getElementById(APP_ROOT_ID) === null) location.reload();
  else location.assign("/");
}

/** Removes what this browser keeps of somebody. */
async function forget(userId: string): Promise<void> {
  const { forgetHere } = await import("../app/forget-here.ts");
  await forgetHere(userId);
}

const { sessionRefresh, watchSession: signedIn } = document.body.dataset;
if (sessionRefresh !== undefined) void refreshSession();
if (signedIn !== undefined) void watch(signedIn);

/** Shows a page in its reader's colours, and as strangers see it once the reader is one. */
async function watch(userId: string): Promise<void> {
  try {
    const { watchSession } = await import("../app/watch-session.ts");
    watchSession(userId, () => leave(() => location.reload()));
  } catch {
    // The script could not be fetched: the page stays what the server made it.
  }
}
