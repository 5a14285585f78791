import { PartyError } from "../../schema/errors.ts";
import { keyringOf, log, SealError } from "../kernel/index.ts";

/** Where a token belongs: it opens nowhere else. */
interface Place {
  userId: string;
  sessionId: string;
}

const contextOf = ({ userId, sessionId }: Place): [string, string, string] => [userId, sessionId, "refresh_token"];

export function sealRefreshToken(env: object, place: Place, token: string): string {
  return keyringOf(env).seal(token, ...contextOf(place));
}

/** @throws PartyError `gone` when its key has been retired or it is not what was sealed */
export function openRefreshToken(env: object, place: Place, sealed: string): string {
  try {
    return keyringOf(env).open(sealed, ...contextOf(place)).text;
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new PartyError("gone", { message: error.message, details: { reason: error.reason }, cause: error });
  }
}

/** The same token under the current key. What cannot be opened stays as it is: its key may come back. */
export function resealed(env: object, place: Place, sealed: string | null): string | null {
  if (sealed === null) return null;
  try {
    const { text, isCurrent } = keyringOf(env).open(sealed, ...contextOf(place));
    return isCurrent ? sealed : keyringOf(env).seal(text, ...contextOf(place));
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    log("warn", "seal.unreadable", { session: place.sessionId, reason: error.reason });
    return sealed;
  }
}
