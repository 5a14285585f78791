import { useEffect, useRef } from "react";
import type { OlderComments } from "./use-older-comments.ts";

/** How many pages are fetched for one link at most: beyond that its comment is left to be looked for. */
const MAX_PAGES = 20;

/** Follows a link to a comment that the page does not show yet: fetches earlier ones until it is there. */
export function usePermalink({ comments, state, problem, load }: OlderComments, ready: boolean): void {
  const wanted = useRef<string | null>(null);
  const pages = useRef(0);
  useEffect(() => {
    const id = location.hash.slice(1);
    // What the server rendered, the browser has found by itself.
    if (id.startsWith("cmt_") && document.getElementById(id) === null) wanted.current = id;
  }, []);
  useEffect(() => {
    const id = wanted.current;
    if (id === null || !ready) return;
    if (document.getElementById(id) !== null) {
      wanted.current = null;
      // Scrolls there and marks it, as it would have been at first.
      location.replace(`#${id}`);
    } else if (state === "more" && problem === null && pages.current < MAX_PAGES) {
      pages.current += 1;
      load();
    }
  }, [comments, state, problem, load, ready]);
}
