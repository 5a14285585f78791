import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { drizzle as drizzleStorage } from "drizzle-orm/durable-sqlite";
import { onTestFinished, vi } from "vitest";
import { newId } from "../../../parties/kernel/index.ts";
import { analyticsStub } from "../../../parties/analytics/index.ts";
import { type TenantStub, tenantStub, toSiteRow } from "../../../parties/tenant/index.ts";
import { images } from "../../../parties/tenant/tables.ts";
import * as d1 from "../../../schema/d1.ts";
import type { Tier } from "../../../schema/http/tenants.ts";
import type { RequestFacts, SiteAdmission } from "../../../schema/parties/tenant.ts";
import type { UserPrincipal } from "../../../schema/principal.ts";
import type { SiteRole } from "../../../schema/site-roles.ts";
import { addMember } from "../../helpers/members.ts";
import { person } from "../../helpers/principals.ts";
import { join, openSocket } from "../../helpers/sockets.ts";

/** A site that D1 has; its party knows nothing of it yet. */
export interface TestSite {
  readonly subdomain: string;
  readonly owner: UserPrincipal;
  /** When D1 says that it was made. */
  readonly createdAt: number;
  /** A new stub each time: they do not outlive a crash. */
  readonly party: TenantStub;
  readonly object: DurableObjectStub;
  /** One request, of a signed-in person unless told otherwise. */
  admit(facts?: Partial<RequestFacts>): Promise<SiteAdmission>;
  /** What the analytics party of a day has counted. */
  counted(day: string): ReturnType<ReturnType<typeof analyticsStub>["getStats"]>;
  /** Opens the dashboard's socket. */
  open(principal: UserPrincipal): ReturnType<typeof openSocket>;
  join(principal: UserPrincipal): ReturnType<typeof join>;
}

export async function givenSite(
  given: { tier?: Tier; timeZone?: string; owner?: UserPrincipal; createdAt?: number } = {},
): Promise<TestSite> {
  const owner = given.owner ?? person({ name: "Olive" });
  const subdomain = `s${crypto.randomUUID().slice(0, 18)}`;
  const createdAt = given.createdAt ?? Date.UTC(2026, 0, 2);
  const row = await drizzle(env.DB)
    .insert(d1.tenants)
    .values({
      subdomain,
      displayName: "Olive & Sons",
      ownerId: owner.user.id,
      tier: given.tier ?? "seedling",
      timeZone: given.timeZone ?? "UTC",
      theme: { accent: "moss", font: "literata" },
      features: { comments: true, commentPolicy: "everyone", reactionCounts: "public" },
      createdAt,
    })
    .returning()
    .get();
  const to = { party: "tenant", name: subdomain };
  const actor = newId("user");
  return {
    subdomain,
    owner,
    createdAt,
    get party() {
      return tenantStub(env, { subdomain });
    },
    get object() {
      return env.Tenant.getByName(subdomain);
    },
    admit: async (facts) =>
      await tenantStub(env, { subdomain }).admit({
        actor,
        keys: ["requests"],
        known: null,
        row: toSiteRow(row),
        ...facts,
      }),
    counted: async (day) => await analyticsStub(env, { tenant: subdomain, day }).getStats({}),
    open: async (principal) => await openSocket({ ...to, principal }),
    join: async (principal) => await join({ ...to, principal }),
  };
}

/** A site that its party knows. */
export async function openSite(given: Parameters<typeof givenSite>[0] = {}): Promise<TestSite> {
  const site = await givenSite(given);
  await site.admit();
  return site;
}

/** Somebody who was made a member of a site. */
export async function givenMember({ subdomain }: TestSite, role: SiteRole): Promise<UserPrincipal> {
  const member = person({ name: role });
  await addMember(subdomain, member.user.id, role);
  return member;
}

/** An image of a site, with or without its file. Answers its path. */
export async function givenImage(site: TestSite, given: { size?: number; stored?: boolean } = {}): Promise<string> {
  const id = newId("image");
  const { size = 1_000, stored = true } = given;
  await runInDurableObject(site.object, (_, { storage }) => {
    const facts = { name: "icon.png", type: "png" as const, width: 32, height: 32, uploaderId: site.owner.user.id };
    drizzleStorage(storage)
      .insert(images)
      .values({ id, ...facts, size, stored, uploadedAt: site.createdAt })
      .run();
  });
  return `/images/${id}.png`;
}

/** A page that somebody looked at. */
export const aView = (path = "/", visitor = "192.0.2.1") => ({ path, address: visitor, userAgent: "Test/1.0" });

/** Counts the times that D1 is asked for something of a site. Once a test. */
export function countReads(subdomain: string): () => number {
  const prototype = Object.getPrototypeOf(env.DB.prepare("SELECT 1")) as D1PreparedStatement;
  let reads = 0;
  const real = prototype.raw;
  const spy = vi.spyOn(prototype, "raw").mockImplementation(async function raw(this: D1PreparedStatement, ...rest) {
    if ((this as unknown as { params: unknown[] }).params.includes(subdomain)) reads += 1;
    return await (real as (...args: unknown[]) => Promise<never>).apply(this, rest);
  });
  onTestFinished(() => spy.mockRestore());
  return () => reads;
}
