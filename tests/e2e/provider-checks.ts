import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Answer } from "../../scripts/lib/http.ts";
import type { FakePerson } from "../fakes/people.ts";
import type { Site } from "./harness.ts";
import { Visitor } from "./visitor.ts";

/** How the secrets of the fakes, what we seal, and tokens in general begin. */
const SECRET = /fake-|s1\.k1\.|eyJ/;

/** Somebody new at a provider. */
export function someone(more: Partial<FakePerson> = {}): FakePerson {
  const subject = randomUUID();
  return { subject, name: "Ada Ash", email: `${subject}@understory.example`, emailVerified: true, ...more };
}

/** Status and code of a refusal. */
export function refusal({ status, body }: Answer): string {
  return `${status} ${(JSON.parse(body) as { error: { code: string } }).error.code}`;
}

/** The reasons that were logged, from a line on, for sign-ins that came to nothing. */
export function reasonsIn(site: Site, from: number): string[] {
  const lines = site.logs.slice(from).map((line) => JSON.parse(line) as { event: string; reason?: string });
  return lines.filter(({ event }) => /^(?:sign_in|provider)\./.test(event)).map(({ reason }) => reason ?? "");
}

/**
 * Goes through the motions at a provider that is at fault, and checks that nothing comes of it: no session, no account,
 * no secret in the log. Answers the reasons that were logged.
 */
export async function nothingComesOf(site: Site, provider: string, status: string): Promise<string[]> {
  const visitor = new Visitor(site);
  const [logged, known] = [site.logs.length, await accountsOf(site)];
  const back = await visitor.cross(provider);
  expect(refusal(await visitor.get(back))).toBe(status);
  expect(visitor.cookies(back.host)).toEqual([]);
  expect(await accountsOf(site)).toBe(known);
  expectNothingSecret(site, back);
  return reasonsIn(site, logged);
}

/** Looks for secrets in all that a site has logged. `back` is an address that somebody was sent back to. */
export function expectNothingSecret(site: Site, back: URL): void {
  const own = ["state", "code"].flatMap((name) => back.searchParams.get(name) ?? []);
  const leaks = site.logs.filter((line) => SECRET.test(line) || own.some((secret) => line.includes(secret)));
  expect(leaks).toEqual([]);
}

async function accountsOf(site: Site): Promise<number | null> {
  const database = await site.server.miniflare.getD1Database("DB");
  return await database.prepare("SELECT count(*) AS count FROM users").first<number>("count");
}
