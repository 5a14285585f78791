import { z } from "zod";
import { PartyError } from "../../schema/errors.ts";
import { type Trail, trailSaveSchema, waypointSchema, waypointStatusSchema } from "../../schema/http/admin/trails.ts";
import { slugSchema } from "../../schema/ids.ts";
import type { Principal } from "../../schema/principal.ts";
import { procedure } from "../kernel/index.ts";
import { keptSections } from "./sections.ts";
import { bySomeone, requireRole, type SiteContext } from "./site-context.ts";
import { TrailSource } from "./trail-source.ts";
import { deleteTrail, listTrails, requireTrail, setStatus, setTrail } from "./trails.ts";

const named = z.object({ slug: slugSchema });
const ofTrail = bySomeone.extend(named.shape);

/** Trails: for owners to make, for all to see unless their section is hidden. */
export function trailMethods(context: SiteContext) {
  const source = new TrailSource(context);
  const asOwner = async <T>(principal: Principal, work: () => T): Promise<T> => {
    requireRole(context, principal, "owner");
    await source.upToDate();
    return context.transact(work);
  };
  const asAnyone = async <T>(read: () => T): Promise<T> => {
    requireSection(context);
    await source.upToDate();
    return read();
  };
  const change = <T>(slug: string, work: () => T): T => {
    source.changed(slug);
    return work();
  };
  return {
    listTrails: procedure(bySomeone, async ({ principal }) =>
      asOwner(principal, () => ({ trails: listTrails(context) })),
    ),

    getTrail: procedure(ofTrail, async ({ principal, slug }) => asOwner(principal, () => requireTrail(context, slug))),

    /** Answers the trail as it is from now on. */
    setTrail: procedure(
      ofTrail.extend({ trail: trailSaveSchema }),
      async ({ principal, slug, trail }): Promise<Trail> =>
        asOwner(principal, () => change(slug, () => setTrail(context, slug, trail))),
    ),

    deleteTrail: procedure(ofTrail, async ({ principal, slug }) =>
      asOwner(principal, () => change(slug, () => deleteTrail(context, slug))),
    ),

    /** Sets one waypoint's status. D1 hears of it within five minutes. */
    queueWaypointUpdate: procedure(
      ofTrail.extend({ waypointId: waypointSchema.shape.id, status: waypointStatusSchema }),
      async ({ principal, slug, ...update }): Promise<Trail> =>
        asOwner(principal, () => change(slug, () => setStatus(context, slug, update))),
    ),

    /** Has D1 hear of all statuses now. Answers how many rows still wait because it is away. */
    flushWaypointUpdates: procedure(bySomeone, async ({ principal }) => {
      requireRole(context, principal, "owner");
      return { waiting: await context.flush() };
    }),

    /** A trail was written to D1 by somebody else: the next read asks there. */
    invalidateTrail: procedure(ofTrail, ({ principal }) => {
      requireRole(context, principal, "owner");
      source.invalidate();
    }),

    publicTrails: procedure(z.object({}), async () => asAnyone(() => ({ trails: listTrails(context) }))),

    publicTrail: procedure(named, async ({ slug }) => asAnyone(() => requireTrail(context, slug))),
  };
}

/** @throws PartyError `not_found` when the site hides its trails */
function requireSection({ db }: SiteContext): void {
  if (keptSections(db).some(({ id, enabled }) => id === "trails" && enabled)) return;
  throw new PartyError("not_found", { message: "This site shows no trails" });
}
