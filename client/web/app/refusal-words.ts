import { ApiError, messageOf } from "../api.ts";
import { TIER_WORDS } from "./tiers.ts";

/** What was refused, and which tier would allow it. */
export function wordsFor(error: unknown): string {
  const message = messageOf(error);
  if (!(error instanceof ApiError)) return message;
  const { body } = error;
  if (typeof body !== "object" || body === null || !("unlockedBy" in body)) return message;
  const { unlockedBy: tier } = body;
  const words = Object.entries(TIER_WORDS).find(([name]) => name === tier)?.[1];
  return words === undefined ? message : `${message}. ${words} has more.`;
}
