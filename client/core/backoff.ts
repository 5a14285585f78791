/** Upper bound of the first wait, so that a blip costs less than a second. */
export const FIRST_DELAY_CAP_MS = 1_000;
/** No wait is longer than this, so that a client finds a server that came back. */
export const MAX_DELAY_MS = 30_000;
/** What a client that was closed for flooding waits at least. */
export const FLOOD_DELAY_MS = 10_000;

/**
 * How long to wait before reconnecting, in milliseconds: "full jitter", uniform in [0, cap), the cap doubling with
 * each attempt. It spreads a crowd that lost its server at one moment evenly
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param attempt 0 for the first retry since the connection was last stable
 * @param random uniform in [0, 1)
 */
export function reconnectDelayMs(attempt: number, random: () => number): number {
  return random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_CAP_MS * 2 ** attempt);
}
