import { and, asc, count, eq, sql } from "drizzle-orm";
import * as d1 from "../../schema/d1.ts";
import { PartyError } from "../../schema/errors.ts";
import type { Trail, TrailSave, Waypoint, WaypointStatus } from "../../schema/http/admin/trails.ts";
import { newId, type Statement } from "../kernel/index.ts";
import { excluded } from "./excluded.ts";
import type { SiteContext } from "./site-context.ts";
import { trails } from "./tables.ts";

/** Trails, as this party has them. D1 hears of a whole one at once, and of waypoints' statuses together. */

/** How late D1 may learn of a waypoint's status. */
const STATUS_WITHIN_MS = 5 * 60_000;
/** Of one site. */
export const MAX_TRAILS = 50;

export type TrailRow = typeof trails.$inferSelect;
type TrailSummary = Omit<Trail, "waypoints"> & { total: number; complete: number };

export function listTrails({ db }: SiteContext): TrailSummary[] {
  const { slug, title, description, waypoints } = trails;
  return db
    .select({
      slug,
      title,
      description,
      total: sql<number>`json_array_length(${waypoints})`,
      complete: sql<number>`(SELECT count(*) FROM json_each(${waypoints}) WHERE value ->> 'status' = 'complete')`,
    })
    .from(trails)
    .orderBy(asc(title), asc(slug))
    .all();
}

/** @throws PartyError `not_found` */
export function requireTrail(context: SiteContext, slug: string): Trail {
  return toTrail(requireRow(context, slug));
}

/**
 * Puts a whole trail in the place of the one with this slug, or makes it. Waypoints without an id get one.
 * @throws PartyError `forbidden` when there are too many trails
 */
export function setTrail(context: SiteContext, slug: string, { title, description, waypoints }: TrailSave): Trail {
  const version = versionOf(context, slug);
  if (version === 0 && howMany(context) >= MAX_TRAILS)
    throw new PartyError("forbidden", {
      message: `A site has up to ${MAX_TRAILS} trails`,
      details: { limit: MAX_TRAILS },
    });
  const named = waypoints.map(({ id, ...waypoint }): Waypoint => ({ id: id ?? newId("waypoint"), ...waypoint }));
  const row = change(context, { slug, title, description, waypoints: named, version });
  send(context, slug, savedStatement(context, row), 0);
  return toTrail(row);
}

/** @throws PartyError `not_found` for an unknown trail or waypoint */
export function setStatus(
  context: SiteContext,
  slug: string,
  { waypointId, status }: { waypointId: string; status: WaypointStatus },
): Trail {
  const current = requireRow(context, slug);
  const known = current.waypoints.find(({ id }) => id === waypointId);
  if (known === undefined) throw new PartyError("not_found", { message: "The trail has no such waypoint" });
  if (known.status === status) return toTrail(current);
  const waypoints = current.waypoints.map((waypoint) => (waypoint === known ? { ...known, status } : waypoint));
  const row = change(context, { ...current, waypoints });
  send(context, slug, savedStatement(context, row), STATUS_WITHIN_MS);
  return toTrail(row);
}

/** Deletes a trail, one that only D1 knows included. */
export function deleteTrail(context: SiteContext, slug: string): void {
  withMenu(context, () => context.db.delete(trails).where(eq(trails.slug, slug)).run());
  send(context, slug, deletedStatement(context, slug), 0);
}

/** Takes a trail as D1 has it. */
export function takeTrail(context: SiteContext, row: TrailRow): void {
  withMenu(context, () =>
    context.db.insert(trails).values(row).onConflictDoUpdate({ target: trails.slug, set: row }).run(),
  );
}

/** The first trail comes into the site's menu, and with the last they leave it. */
function withMenu(context: SiteContext, work: () => void): void {
  const hadTrails = hasTrails(context.db);
  work();
  if (hasTrails(context.db) !== hadTrails) context.changed();
}

export function hasTrails(db: SiteContext["db"]): boolean {
  return db.select({ slug: trails.slug }).from(trails).limit(1).get() !== undefined;
}

/** The version of a trail that is known; 0 for none. */
export function versionOf({ db }: SiteContext, slug: string): number {
  return db.select({ version: trails.version }).from(trails).where(eq(trails.slug, slug)).get()?.version ?? 0;
}

function howMany({ db }: SiteContext): number {
  return db.select({ rows: count() }).from(trails).get()?.rows ?? 0;
}

function findTrail({ db }: SiteContext, slug: string): TrailRow | undefined {
  return db.select().from(trails).where(eq(trails.slug, slug)).get();
}

/** Of the statement that carries a trail to D1. */
export function slotOf(slug: string): string {
  return `trail ${slug}`;
}

function requireRow(context: SiteContext, slug: string): TrailRow {
  const row = findTrail(context, slug);
  if (row === undefined) throw new PartyError("not_found", { message: "There is no such trail" });
  return row;
}

/** Stores a trail as its next version. */
function change(context: SiteContext, trail: Omit<TrailRow, "updatedAt">): TrailRow {
  const row = { ...trail, version: trail.version + 1, updatedAt: context.now() };
  takeTrail(context, row);
  return row;
}

function toTrail({ slug, title, description, waypoints }: TrailRow): Trail {
  return { slug, title, description, waypoints };
}

function send(context: SiteContext, slug: string, statement: Statement, withinMs: number): void {
  context.sendToD1(statement, { withinMs, slot: slotOf(slug) });
}

function savedStatement({ d1: db, subdomain }: SiteContext, row: TrailRow): Statement {
  return db
    .insert(d1.trails)
    .values({ tenant: subdomain, ...row })
    .onConflictDoUpdate({ target: [d1.trails.tenant, d1.trails.slug], set: excluded(d1.trails) })
    .toSQL();
}

function deletedStatement({ d1: db, subdomain }: SiteContext, slug: string): Statement {
  return db
    .delete(d1.trails)
    .where(and(eq(d1.trails.tenant, subdomain), eq(d1.trails.slug, slug)))
    .toSQL();
}
