import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { z } from "zod";
import type { EventType } from "../../schema/analytics.ts";
import { PartyError } from "../../schema/errors.ts";
import type { TenantProtocol } from "../../schema/parties/tenant.ts";
import { isOperator, type Principal, principalSchema, type UserPrincipal } from "../../schema/principal.ts";
import type { SignalOf } from "../../schema/protocol.ts";
import { isAtLeast, type SiteRole } from "../../schema/site-roles.ts";
import type { Statement } from "../kernel/index.ts";
import type { KnownSite } from "./config.ts";
import { members } from "./tables.ts";
import { eq } from "drizzle-orm";

/**
 * What the parts of a site's party (sections, drafts, trails...) get of it. Each part is a file of pure functions over
 * `db`, and one that makes its methods; the party puts them together.
 */
export interface SiteContext {
  readonly subdomain: string;
  readonly env: { readonly Images: R2Bucket };
  readonly db: DrizzleSqliteDODatabase;
  /** Words statements for `sendToD1`; what may wait (a procedure, a job) may ask it. */
  readonly d1: DrizzleD1Database;
  now(): number;
  transact<T>(work: () => T): T;
  /** The site. @throws PartyError `not_found` when D1 has none of this name. */
  site(): KnownSite;
  /** Says that what everybody knows of the site has changed, `set` of its row included: its version rises. Part of the running transaction. */
  changed(set?: Partial<KnownSite>): void;
  /** A D1 statement, see the kernel. */
  sendToD1(statement: Statement, options?: { withinMs?: number; slot?: string }): void;
  /** Slots of statements that D1 has yet to get. */
  unsentSlots(): Set<string>;
  /** Makes all that waits for D1 and other parties leave now. Answers how much still waits, because one is away. */
  flush(): Promise<number>;
  /** Something happened on the site, to be counted. */
  record(type: EventType): void;
  /** Whether a dashboard is open. */
  isWatched(): boolean;
  /** Tells open dashboards what is true just now, see the kernel. */
  signal(key: string, everyMs: number, make: () => SignalOf<TenantProtocol>): void;
  /** A job of the party, see the kernel. */
  once(job: string, due: { at: number } | { inMs: number }, options?: { id?: string; input?: unknown }): void;
  /** Takes such a job back. */
  cancel(jobId: string): void;
}

/** Every admin method is told who calls. */
export const bySomeone = z.object({ principal: principalSchema });

export function roleOf(db: DrizzleSqliteDODatabase, userId: string): SiteRole | undefined {
  return db.select({ role: members.role }).from(members).where(eq(members.userId, userId)).get()?.role;
}

/** @throws PartyError `unauthenticated` */
export function requireSignedIn(principal: Principal): UserPrincipal {
  if (principal.kind === "user") return principal;
  throw new PartyError("unauthenticated", { message: "Sign in first" });
}

/** Whether somebody is a member with at least this role, or runs the service. */
export function hasRole({ db }: SiteContext, principal: Principal, needed: SiteRole): boolean {
  return principal.kind === "user" && (isOperator(principal) || isAtLeast(roleOf(db, principal.user.id), needed));
}

/**
 * Refuses all but members with at least this role, and those who run the service.
 * @throws PartyError `unauthenticated`, `forbidden`
 */
export function requireRole(context: SiteContext, principal: Principal, needed: SiteRole): UserPrincipal {
  const someone = requireSignedIn(principal);
  if (hasRole(context, someone, needed)) return someone;
  throw new PartyError("forbidden", { message: `Only for those who are at least ${needed} of this site` });
}
