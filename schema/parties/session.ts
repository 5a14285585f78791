import { z } from "zod";
import { defineProtocol } from "../protocol.ts";

/** The session party opens no sockets yet: it answers the edge only. */
export const sessionProtocol = defineProtocol({
  party: "session",
  version: 1,
  frames: {},
  events: {},
  signals: {},
  state: z.object({}),
});
export type SessionProtocol = typeof sessionProtocol;
