import { env } from "cloudflare:workers";
import { type UsersStub, usersStub } from "../../../parties/users/index.ts";
import type { Identity } from "../../../schema/users.ts";

/** The one users party. It is shared by all tests: each makes people of its own, with names that nobody else has. */
export const usersParty = (): UsersStub => usersStub(env);

/** The object itself, for eviction and alarms. A new stub each time: they do not outlive a crash. */
export const usersObject = (): DurableObjectStub => env.Users.getByName("singleton");

/** A text that no other test uses. */
export const unique = (prefix = "t"): string => `${prefix}-${crypto.randomUUID().slice(0, 13)}`;

/** What a provider tells of somebody new. */
export function identity(given: Partial<Identity> = {}): Identity {
  const subject = unique("subject");
  return {
    provider: "github",
    subject,
    name: "Ada Ash",
    picture: null,
    email: `${subject}@example.com`,
    emailVerified: true,
    ...given,
  };
}

/** Signs somebody in for the first time. Answers their account and how they came in. */
export async function givenUser(given: Partial<Identity> = {}, isAdmin = false) {
  const how = identity(given);
  const { user, account } = await usersParty().signIn({ identity: how, isAdmin });
  return { identity: how, user, account, userId: user.id };
}

/**
 * Has the users party do what is due, and waits until all that it owes others has arrived: also what a run has taken in
 * hand that real time began, for not every test holds the clock.
 */
export async function runUsers(): Promise<void> {
  await usersParty().flush({});
}
