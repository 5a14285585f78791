import { z } from "zod";
import { slugSchema } from "../../ids.ts";

export const WAYPOINT_STATUSES = ["planned", "in_progress", "complete", "deferred"] as const;
export const waypointStatusSchema = z.enum(WAYPOINT_STATUSES);
export type WaypointStatus = z.infer<typeof waypointStatusSchema>;

const linkSchema = z.strictObject({
  label: z.string().trim().min(1).max(80),
  href: z.url({ protocol: /^https?$/ }).max(500),
});

export const waypointSchema = z.object({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  title: z.string().trim().min(1).max(120),
  description: z.string().max(2_000),
  status: waypointStatusSchema,
  /** A Lucide icon's name. */
  icon: z
    .string()
    .max(64)
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
    .nullable(),
  links: z.array(linkSchema).max(10),
});
export type Waypoint = z.infer<typeof waypointSchema>;

/** Bytes of a trail's waypoints as JSON, in which they are stored. */
export const MAX_TRAIL_BYTES = 500_000;

/** A plan that readers can follow: waypoints in order. */
export const trailSchema = z.object({
  slug: slugSchema,
  title: z.string(),
  description: z.string(),
  waypoints: z.array(waypointSchema),
});
export type Trail = z.infer<typeof trailSchema>;
export const trailListSchema = z.object({
  trails: z.array(
    trailSchema.omit({ waypoints: true }).extend({ total: z.number().int(), complete: z.number().int() }),
  ),
});

export type TrailList = z.infer<typeof trailListSchema>;

/** A whole trail. Waypoints without an id get one. */
export const trailSaveSchema = z.strictObject({
  title: z.string().trim().min(1).max(120),
  description: z.string().max(2_000).default(""),
  waypoints: z
    .array(
      z.strictObject({
        id: waypointSchema.shape.id.optional(),
        title: waypointSchema.shape.title,
        description: waypointSchema.shape.description.default(""),
        status: waypointStatusSchema.default("planned"),
        icon: waypointSchema.shape.icon.default(null),
        links: waypointSchema.shape.links.default([]),
      }),
    )
    .max(200)
    .refine((waypoints) => hasNoDouble(waypoints.flatMap(({ id }) => id ?? [])), "each id once")
    .refine(
      (waypoints) => new TextEncoder().encode(JSON.stringify(waypoints)).length <= MAX_TRAIL_BYTES,
      `at most ${MAX_TRAIL_BYTES} bytes`,
    )
    .default([]),
});
export type TrailSave = z.output<typeof trailSaveSchema>;
export const waypointChangeSchema = z.strictObject({ status: waypointStatusSchema });

function hasNoDouble(ids: readonly string[]): boolean {
  return new Set(ids).size === ids.length;
}
