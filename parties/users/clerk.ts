import { z } from "zod";
import { emailFrom, nameFrom, NAMELESS, pictureFrom } from "../../schema/people.ts";
import { identityKeySchema, type IdentityKey } from "../../schema/users.ts";
import { placeOf } from "./names.ts";
import type { Told } from "./tables.ts";

/** Reads Clerk's webhooks. What it sends is tolerated with fields missing, null or added; see docs/webhooks.md. */

/** A moment before this, in milliseconds, was meant in seconds: one published schema has it so. It is in March 1973. */
const SECONDS_BELOW = 100_000_000_000;

/** The last millisecond of the year 9999: later ones cannot be written as the times that we tell. */
const END_OF_TIME_MS = Date.UTC(10_000, 0) - 1;

const moment = z.number().nonnegative().max(END_OF_TIME_MS);
const envelopeSchema = z.looseObject({ type: z.string().max(100) });
const addressSchema = z.looseObject({
  id: z.string(),
  email_address: z.string().nullish(),
  verification: z.looseObject({ status: z.string().nullish() }).nullish(),
});
const subjectSchema = identityKeySchema.shape.subject;
const userSchema = z.looseObject({
  id: subjectSchema,
  /** Our own id of them, where an operator has told Clerk. */
  external_id: z.string().nullish(),
  first_name: z.string().nullish(),
  last_name: z.string().nullish(),
  username: z.string().nullish(),
  image_url: z.string().nullish(),
  has_image: z.boolean().nullish(),
  primary_email_address_id: z.string().nullish(),
  email_addresses: z.array(addressSchema).nullish(),
  banned: z.boolean().nullish(),
  created_at: moment.nullish(),
  updated_at: moment.nullish(),
});
const userEventSchema = z.looseObject({ data: userSchema, timestamp: moment.nullish() });
const deletedEventSchema = z.looseObject({
  data: z.looseObject({ id: subjectSchema, external_id: z.string().nullish() }),
});

/** Something that Clerk tells. `unknown` is well formed, and nothing that we know what to do with. */
export type ClerkEvent =
  | { kind: "user"; type: string; key: IdentityKey; user: ClerkUser; at: number; version: string }
  | { kind: "deleted"; type: string; key: IdentityKey; externalId: string | null }
  | { kind: "unknown"; type: string | null; reason: string };

export type UnderstoodEvent = Exclude<ClerkEvent, { kind: "unknown" }>;

export interface ClerkUser {
  told: Told;
  firstName: string;
  lastName: string;
  externalId: string | null;
  banned: boolean;
  /** When they signed up, in milliseconds since 1970. */
  signedUpAt: number;
}

/** A message as it was signed: its id, when it was sent (seconds since 1970), and its body. */
export interface SignedMessage {
  messageId: string;
  sentAt: number;
  body: string;
}

/** What a well-signed message says. Never throws: what cannot be read is `unknown`, with the reason. */
export function readClerkEvent({ messageId, sentAt, body }: SignedMessage): ClerkEvent {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { kind: "unknown", type: null, reason: "It is not JSON" };
  }
  const envelope = envelopeSchema.safeParse(json);
  if (!envelope.success) return { kind: "unknown", type: null, reason: reasonOf(envelope.error) };
  const { type } = envelope.data;
  switch (type) {
    case "user.created":
    case "user.updated": {
      const told = userEventSchema.safeParse(json);
      if (!told.success) return { kind: "unknown", type, reason: reasonOf(told.error) };
      const { data, timestamp } = told.data;
      const at = inMs(timestamp ?? data.updated_at ?? sentAt);
      // Events of one moment: the record's own time decides, then what is the same in whatever order they come.
      const version = placeOf(at, inMs(data.updated_at ?? 0), messageId);
      return { kind: "user", type, key: keyOf(data.id), user: toUser(data, at), at, version };
    }
    case "user.deleted": {
      const told = deletedEventSchema.safeParse(json);
      if (!told.success) return { kind: "unknown", type, reason: reasonOf(told.error) };
      const { id, external_id } = told.data.data;
      return { kind: "deleted", type, key: keyOf(id), externalId: external_id ?? null };
    }
    default:
      return { kind: "unknown", type, reason: "We do nothing with messages of this type" };
  }
}

function keyOf(subject: string): IdentityKey {
  return { provider: "clerk", subject };
}

function toUser(user: z.output<typeof userSchema>, at: number): ClerkUser {
  const { first_name, last_name, username, image_url, has_image, external_id, banned, created_at } = user;
  // By its id: the first of the list may be any.
  const primary = user.email_addresses?.find(({ id }) => id === user.primary_email_address_id);
  const email = emailFrom(primary?.email_address);
  const firstName = nameFrom(first_name);
  const lastName = nameFrom(last_name);
  const name = nameFrom(`${firstName} ${lastName}`) || nameFrom(username) || NAMELESS;
  return {
    told: {
      name,
      // Without one of their own there is a placeholder.
      picture: has_image === false ? null : pictureFrom(image_url),
      email,
      emailVerified: email !== null && primary?.verification?.status === "verified",
    },
    firstName: firstName === "" && lastName === "" ? name : firstName,
    lastName,
    externalId: external_id ?? null,
    banned: banned ?? false,
    signedUpAt: created_at == null ? at : inMs(created_at),
  };
}

function inMs(time: number): number {
  return Math.trunc(time < SECONDS_BELOW ? time * 1_000 : time);
}

function reasonOf(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => `${path.join(".") || "body"}: ${message}`)
    .join("; ")
    .slice(0, 500);
}
