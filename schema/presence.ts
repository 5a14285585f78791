import { z } from "zod";

/** How reachable a person, or one device of theirs, is. */
export const presenceSchema = z.enum(["online", "away", "offline"]);
export type Presence = z.infer<typeof presenceSchema>;
