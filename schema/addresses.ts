import { z } from "zod";
import { postIdSchema, subdomainSchema, userIdSchema } from "./ids.ts";

/**
 * How the name of one kind of party is built and read.
 *
 * `build` and `parse` are each other's inverse. `parse` answers `undefined` for anything that `build` could not
 * have made, which is how the door refuses a name before an object exists.
 */
export interface Address<Parts> {
  readonly party: string;
  build(parts: Parts): string;
  parse(name: string): Parts | undefined;
}

/** No party name is longer than this; it bounds the work that a hostile URL can cause. */
const MAX_NAME_LENGTH = 256;

/**
 * An address of named parts joined by ":". Each part's schema must refuse ":" (ours allow only URL-safe
 * characters, so a name never needs percent-encoding; an encoded one is decoded once, here, and nowhere else).
 */
export function defineAddress<Shape extends Record<string, z.ZodType<string>>>(
  party: string,
  shape: Shape,
): Address<{ [K in keyof Shape]: string }> {
  type Parts = { [K in keyof Shape]: string };
  const keys: (keyof Shape & string)[] = Object.keys(shape);
  const schema = z.object(shape);
  return {
    party,
    build: (parts) => {
      const valid = schema.parse(parts) as Parts;
      return keys.map((key) => valid[key]).join(":");
    },
    parse: (name) => {
      if (name.length > MAX_NAME_LENGTH) return undefined;
      const values = decode(name)?.split(":");
      if (values?.length !== keys.length) return undefined;
      const parts = schema.safeParse(Object.fromEntries(keys.map((key, index) => [key, values[index]])));
      return parts.success ? (parts.data as Parts) : undefined;
    },
  };
}

function decode(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined; // A lone "%" or broken UTF-8.
  }
}

export const sessionAddress = defineAddress("session", { userId: userIdSchema });
/** `source` is a keyed hash of a network address: the address itself is nobody's name. */
export const attemptsAddress = defineAddress("attempts", { source: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });
export const postAddress = defineAddress("post", { tenant: subdomainSchema, postId: postIdSchema });
export const tenantAddress = defineAddress("tenant", { subdomain: subdomainSchema });
/** One local day of one site. */
export const analyticsAddress = defineAddress("analytics", { tenant: subdomainSchema, day: z.iso.date() });
/** There is one users party. */
export const USERS_NAME = "singleton";
export const usersAddress = defineAddress("users", { singleton: z.literal(USERS_NAME) });

/** Every kind of party there is. */
export const ADDRESSES: readonly Address<Record<string, string>>[] = [
  sessionAddress,
  attemptsAddress,
  postAddress,
  tenantAddress,
  analyticsAddress,
  usersAddress,
];
