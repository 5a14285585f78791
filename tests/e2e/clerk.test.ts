import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deletedEvent, newSubject, userEvent } from "../fakes/clerk-events.ts";
import { type OidcProvider, startOidcProvider } from "../fakes/oidc-provider.ts";
import type { FakePerson } from "../fakes/people.ts";
import { newMessage, newSecret, SvixSender } from "../fakes/svix-sender.ts";
import type { UserDetails } from "../../schema/http/users.ts";
import { type Site, startSite } from "./harness.ts";
import { refusal } from "./provider-checks.ts";
import { Visitor } from "./visitor.ts";

const secret = newSecret();
/** The Clerk instance, as the OpenID provider that it is as well. */
let clerk: OidcProvider;
let site: Site;
let sender: SvixSender;

beforeAll(async () => {
  clerk = await startOidcProvider();
  site = await startSite({ ...clerk.settings, OIDC_IS_CLERK: "1", CLERK_WEBHOOK_SECRET: secret });
  clerk.allowRedirect(`${site.origin()}/auth/oidc/callback`);
  sender = new SvixSender({
    secrets: [secret],
    post: async ({ headers, body }) =>
      (await fetch(`${site.origin()}/webhooks/clerk`, { method: "POST", headers, body })).status,
  });
});

afterAll(async () => {
  await site.stop();
  await clerk.stop();
});

/** Somebody new at Clerk, as its OpenID side knows them. */
function someoneAtClerk(): FakePerson {
  const subject = newSubject();
  return { subject, name: "Ada Mae Lovelace", email: `${subject}@understory.example`, emailVerified: true };
}

/** What the webhook tells when they signed up. It splits the name elsewhere than we would. */
async function tellOfSignUp({ subject: id, email }: FakePerson, at: number): Promise<void> {
  const person = { id, firstName: "Ada", lastName: "Mae Lovelace", email, hasImage: false };
  await tell(userEvent("user.created", person, { at }));
}

async function tell(event: object): Promise<void> {
  expect(await sender.send(newMessage(event))).toEqual([200]);
}

async function signInAtClerk(person: FakePerson): Promise<Visitor> {
  clerk.signedInAs(person);
  const visitor = new Visitor(site);
  const answer = await visitor.signIn("oidc");
  if (answer.status !== 302) throw new Error(`signing in answered ${answer.status}: ${answer.body}`);
  return visitor;
}

/** All that is kept of whoever is signed in, as they may take it with them. */
async function exportOf(visitor: Visitor): Promise<UserDetails> {
  return JSON.parse((await visitor.get(`${site.origin()}/api/me/export`)).body) as UserDetails;
}

describe("signing in by Clerk", () => {
  test.for(["before", "after"] as const)(
    "leads to the one account that the webhook tells of, which comes %s it",
    async (when) => {
      const person = someoneAtClerk();
      const signedUpAt = Date.now() - 2_000;
      if (when === "before") await tellOfSignUp(person, signedUpAt);
      const visitor = await signInAtClerk(person);
      if (when === "after") await tellOfSignUp(person, signedUpAt);
      const { user, identities, data } = await exportOf(visitor);
      expect(user).toMatchObject({ name: person.name, email: person.email, emailVerified: true });
      expect(identities).toMatchObject([{ provider: "clerk", subject: person.subject }]);
      expect(data).toMatchObject({
        name_history: [],
        signup_date: new Date(signedUpAt).toISOString(),
        signup_source: "clerk",
      });
      const again = await signInAtClerk(person);
      expect((await again.me()).id).toBe(user.id);
    },
  );

  test("takes what the webhook said for newer than what the sign-in says, which has no time", async () => {
    const person = someoneAtClerk();
    await signInAtClerk(person);
    const renamed = { id: person.subject, firstName: "Augusta", lastName: "King", email: person.email };
    await tell(userEvent("user.updated", renamed, { at: Date.now() }));
    expect(await (await signInAtClerk(person)).me()).toMatchObject({ name: "Augusta King" });
  });

  test("is refused to a person who is banned there, until they are not", async () => {
    const person = someoneAtClerk();
    const visitor = await signInAtClerk(person);
    const ban = async (banned: boolean) =>
      await tell(userEvent("user.updated", { id: person.subject, email: person.email, banned }, { at: Date.now() }));
    await ban(true);
    await expect.poll(async () => (await visitor.get(`${site.origin()}/api/me`)).status).toBe(401);
    expect(refusal(await new Visitor(site).signIn("oidc"))).toBe("403 forbidden");
    await ban(false);
    expect((await signInAtClerk(person)).cookies(new URL(site.origin()).host)).toContain("understory");
  });

  test.for(["known", "unknown"] as const)("is gone for a person who was deleted there, %s here or not", async (how) => {
    const person = someoneAtClerk();
    const visitor = how === "known" ? await signInAtClerk(person) : undefined;
    await tell(deletedEvent({ id: person.subject }, { at: Date.now() }));
    if (visitor !== undefined)
      await expect.poll(async () => (await visitor.get(`${site.origin()}/api/me`)).status).toBe(401);
    await tellOfSignUp(person, Date.now() - 60_000);
    clerk.signedInAs(person);
    const late = new Visitor(site);
    expect(refusal(await late.signIn("oidc"))).toBe("410 gone");
    expect(late.cookies(new URL(site.origin()).host)).not.toContain("understory");
  });
});
