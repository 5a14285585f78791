/**
 * Who leads away from this page. The end of a session is noticed in several places at once (a button, a socket, the
 * answer to a call); the first of them decides where to go.
 */
let isLeaving = false;

/** Claims the way out for the caller, who will use it in a moment. */
export function claimLeaving(): void {
  isLeaving = true;
}

/** Goes, unless somebody is leading away already. */
export function leave(go: () => void): void {
  if (isLeaving) return;
  claimLeaving();
  go();
}

/** A page that was left for good must not come back out of the browser's memory as it was. */
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && isLeaving) location.reload();
});
