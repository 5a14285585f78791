import { z } from "zod";

/** A moment on the wire: ISO 8601 in UTC. In storage it is integer milliseconds. */
export const timeSchema = z.iso.datetime();

/** What every list takes. A cursor is opaque, and belongs to the list that gave it. */
export const pageQuerySchema = z.object({
  cursor: z.string().max(1_024).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

export const nextCursorSchema = z.string().nullable();
