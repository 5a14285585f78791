import { Webhook } from "standardwebhooks";
import { PartyError } from "../../schema/errors.ts";

/** A message whose signature was good. */
export interface VerifiedMessage {
  messageId: string;
  /** Seconds since 1970. */
  sentAt: number;
  body: string;
}

const MAX_ID_LENGTH = 256;

/**
 * Checks a message as Svix signs it (the Standard Webhooks scheme): HMAC-SHA256 over id, time and the very bytes, by the
 * clock within five minutes. Nothing of the body has been looked at before.
 * @throws PartyError `unauthenticated`, whatever is wrong: who forges learns nothing from it. Its cause is for the log
 */
export function verifySvix(secret: string, headers: Headers, bytes: Uint8Array): VerifiedMessage {
  const messageId = headers.get("svix-id") ?? "";
  const timestamp = headers.get("svix-timestamp") ?? "";
  const signature = headers.get("svix-signature") ?? "";
  try {
    // The library reads "12 o'clock" as 12.
    if (!/^\d{1,12}$/.test(timestamp) || messageId === "" || messageId.length > MAX_ID_LENGTH)
      throw new RangeError("Not the headers of a message");
    // Bytes that are no UTF-8 would read as others that are, and a mark at the start would be lost.
    const body = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const signed = { "webhook-id": messageId, "webhook-timestamp": timestamp, "webhook-signature": signature };
    new Webhook(secret).verify(body, signed, { jsonParse: false });
    return { messageId, sentAt: Number(timestamp), body };
  } catch (cause) {
    throw new PartyError("unauthenticated", { message: "This signature is not good", cause });
  }
}
