import { z } from "zod";
import { defineProtocol } from "../protocol.ts";

/** This party opens no sockets: it answers the edge only. */
export const attemptsProtocol = defineProtocol({
  party: "attempts",
  version: 1,
  frames: {},
  events: {},
  signals: {},
  state: z.object({}),
});
export type AttemptsProtocol = typeof attemptsProtocol;
