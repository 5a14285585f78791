/** Well within the 30 s in which a retry with the old cookie gets the same new one. */
const RETRY_AFTER_MS = 3_000;

/**
 * Exchanges the session's cookie for its successor, as the page was told to. It is quiet: a page that fails to will be
 * told again when it is loaded next.
 */
export async function refreshSession(
  post: typeof fetch = (url, init) => fetch(url, init),
  wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
): Promise<void> {
  if (await wasAnswered(post)) return;
  await wait(RETRY_AFTER_MS);
  await wasAnswered(post);
}

/** False when nobody has judged the cookie, so that asking again may help. */
async function wasAnswered(post: typeof fetch): Promise<boolean> {
  try {
    const { status } = await post("/auth/refresh", {
      method: "POST",
      credentials: "same-origin",
      headers: { accept: "application/json" },
      // The answer carries the new cookie, which must not be lost to the reader's leaving the page.
      keepalive: true,
    });
    return status < 500 && status !== 429;
  } catch {
    return false;
  }
}
