import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/durable-sqlite";
import { members } from "../../parties/tenant/tables.ts";
import type { SiteRole } from "../../schema/site-roles.ts";

/** Makes somebody a member of a site, in its party alone. */
export async function addMember(subdomain: string, userId: string, role: SiteRole): Promise<void> {
  await runInDurableObject(env.Tenant.getByName(subdomain), (_, { storage }) => {
    drizzle(storage).insert(members).values({ userId, role, joinedAt: 0 }).run();
  });
}
