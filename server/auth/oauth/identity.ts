import { emailFrom, nameFrom, NAMELESS, pictureFrom } from "../../../schema/people.ts";
import { identityKeySchema, type Identity } from "../../../schema/users.ts";

/** What a provider tells of somebody: anything at all, until it is read here. */
export interface Told {
  provider: string;
  subject: string;
  /** The best first. */
  names: readonly unknown[];
  picture: unknown;
  email: unknown;
  emailVerified: boolean;
}

/** What may be kept of it. @throws RangeError for a subject that is none */
export function identityFrom({ names, picture, email, emailVerified, ...key }: Told): Identity {
  if (!identityKeySchema.safeParse(key).success)
    throw new RangeError("A subject is 1 to 255 printable ASCII characters");
  const address = emailFrom(email);
  return {
    ...key,
    name: names.map(nameFrom).find((name) => name !== "") ?? NAMELESS,
    picture: pictureFrom(picture),
    email: address,
    emailVerified: emailVerified && address !== null,
  };
}
