import { z } from "zod";
import { analyticsEventSchema } from "../analytics.ts";
import { defineProtocol } from "../protocol.ts";
import { timeZoneSchema } from "../zones.ts";

/** Events of one site and one of its local days. A batch that comes again counts nothing. */
export const eventBatchSchema = z.object({
  batchId: z.string().max(64),
  timeZone: timeZoneSchema,
  events: z.array(analyticsEventSchema).max(1_000),
});

/** This party opens no sockets: the tenant party writes to it, the edge reads. */
export const analyticsProtocol = defineProtocol({
  party: "analytics",
  version: 1,
  frames: {},
  events: {},
  signals: {},
  state: z.object({}),
});
export type AnalyticsProtocol = typeof analyticsProtocol;
