import type { Me } from "../../schema/http/identity.ts";
import type { User, UserDetails } from "../../schema/http/users.ts";
import type { Account, Profile } from "../../schema/users.ts";

/** Users as the wire has them, from whichever side they come. */

/** What D1 and the users party both have of a user. */
interface Row extends Profile {
  emailVerified: boolean;
  status: User["status"];
  createdAt: number;
  updatedAt: number;
  deleteAt: number | null;
  version: number;
}

export function toUser({ id, name, picture, email, emailVerified, role, status, version, ...times }: Row): User {
  const { createdAt, updatedAt, deleteAt } = times;
  return {
    id,
    name,
    picture,
    email,
    emailVerified,
    role,
    status,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
    deleteAt: deleteAt === null ? null : iso(deleteAt),
    version,
  };
}

export function toMe({
  id,
  name,
  picture,
  email,
  role,
  status,
  deleteAt,
  preferences,
  flags,
}: Account): Omit<Me, "session"> {
  const user = { id, name, picture, email, role, status, deleteAt: deleteAt === null ? null : iso(deleteAt) };
  return { user, preferences, flags };
}

export function toDetails(found: {
  user: Row;
  identities: { provider: string; subject: string; createdAt: number }[];
  data: UserDetails["data"];
}): UserDetails {
  const { user, identities, data } = found;
  return {
    user: toUser(user),
    identities: identities.map((identity) => ({ ...identity, createdAt: iso(identity.createdAt) })),
    data,
  };
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
