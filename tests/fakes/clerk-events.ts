/** The bodies of Clerk's webhooks, as it sends them and with everything odd about them. */

/** A person as Clerk tells of them. Left out: as most have it. */
export interface ClerkPerson {
  id: string;
  firstName?: string | null;
  lastName?: string | null;
  username?: string | null;
  email?: string | null;
  verified?: boolean;
  picture?: string;
  hasImage?: boolean;
  banned?: boolean;
  externalId?: string | null;
  createdAt?: number;
}

export interface EventOptions {
  /** When it happened, in milliseconds since 1970. */
  at: number;
  /** Fields of `data`, changed; undefined leaves one out. */
  data?: Record<string, unknown>;
  /** Fields of the envelope, changed; undefined leaves one out. */
  envelope?: Record<string, unknown>;
}

export function newSubject(): string {
  return `user_${crypto.randomUUID().replaceAll("-", "")}`;
}

/** A `user.created` or `user.updated`. */
export function userEvent(
  type: "user.created" | "user.updated",
  person: ClerkPerson,
  { at, data, envelope }: EventOptions,
): Record<string, unknown> {
  return { ...enveloped(type, { ...userData(person, at), ...data }, at), ...envelope };
}

/** A `user.deleted`. It has no time of its own but the envelope's. */
export function deletedEvent(
  { id, externalId }: ClerkPerson,
  { at, data, envelope }: EventOptions,
): Record<string, unknown> {
  const gone = { id, object: "user", deleted: true, ...(externalId != null && { external_id: externalId }), ...data };
  return { ...enveloped("user.deleted", gone, at), ...envelope };
}

function enveloped(type: string, data: unknown, at: number): Record<string, unknown> {
  return {
    data,
    object: "event",
    type,
    timestamp: at,
    instance_id: "ins_understory",
    event_attributes: { http_request: { client_ip: "192.0.2.7", user_agent: "Mozilla/5.0" } },
  };
}

function userData(person: ClerkPerson, at: number): Record<string, unknown> {
  const { id, firstName = "Ada", lastName = "Ash", username = null, email = `${id}@understory.example` } = person;
  const addressId = `idn_${id}`;
  // The first is not the primary one.
  const others = [{ ...address("idn_other", "other@understory.example", true), linked_to: [] }];
  return {
    object: "user",
    id,
    external_id: person.externalId ?? null,
    username,
    first_name: firstName,
    last_name: lastName,
    image_url: person.picture ?? `https://img.clerk.example/${id}`,
    has_image: person.hasImage ?? true,
    primary_email_address_id: email === null ? null : addressId,
    email_addresses: email === null ? [] : [...others, address(addressId, email, person.verified ?? true)],
    phone_numbers: [],
    external_accounts: [],
    public_metadata: {},
    private_metadata: null,
    unsafe_metadata: {},
    banned: person.banned ?? false,
    locked: false,
    last_sign_in_at: null,
    last_active_at: at,
    locale: null,
    created_at: person.createdAt ?? at,
    updated_at: at,
  };
}

function address(id: string, email: string, isVerified: boolean) {
  const verification = isVerified
    ? { status: "verified", strategy: "email_code", attempts: 1, expire_at: null }
    : { status: "unverified", strategy: "email_code", attempts: null, expire_at: null };
  return { id, object: "email_address", email_address: email, verification, linked_to: [] };
}
