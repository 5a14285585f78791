import { z } from "zod";
import { sessionIdSchema, userIdSchema } from "../../schema/ids.ts";
import type { DeadLetter } from "./outbox.ts";
import type { JobInfo } from "./scheduler.ts";
import { command, procedure } from "./spec.ts";

/** What an operator may see of one party. */
export interface PartyInspection {
  address: string;
  protocol: number;
  sockets: { open: number; people: number; anonymous: number };
  counters: { frames: number; errors: number; calls: number };
  /** First and last sequence number in the event log; 0 when it is empty. */
  events: { first: number; last: number };
  jobs: JobInfo[];
  outbox: { pending: { lane: string; rows: number; oldestDueAt: number }[]; dead: DeadLetter[] };
  storageBytes: number;
}

const whoSchema = z.object({
  userId: userIdSchema,
  /** One session of theirs, or null for all. */
  sessionId: sessionIdSchema.nullable(),
  /** False when the session lives on and its sockets may come back. */
  ended: z.boolean().default(true),
});
export type SessionToClose = z.output<typeof whoSchema>;

/** Methods that every party answers, beside its own. */
export function ownMethods(party: {
  inspect(): PartyInspection;
  retryJob(id: string): void;
  closeSession(who: SessionToClose): void;
}) {
  return {
    inspect: procedure(z.object({}), () => party.inspect()),
    /** Makes a parked or waiting job due now. `not_found` when there is none of that id. */
    retryJob: command(z.object({ id: z.string() }), ({ id }) => party.retryJob(id)),
    /** Closes the sockets of a session: with 4401 when it has ended. */
    closeSession: command(whoSchema, (who) => party.closeSession(who)),
  };
}
export type PartyOwnMethods = ReturnType<typeof ownMethods>;
