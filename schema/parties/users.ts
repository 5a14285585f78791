import { z } from "zod";
import { defineProtocol } from "../protocol.ts";

/** This party opens no sockets: it answers the edge and other parties only. */
export const usersProtocol = defineProtocol({
  party: "users",
  version: 1,
  frames: {},
  events: {},
  signals: {},
  state: z.object({}),
});
export type UsersProtocol = typeof usersProtocol;
