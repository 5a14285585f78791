import { eq, lte } from "drizzle-orm";
import type { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { PartyError } from "../../schema/errors.ts";
import { hashOf, newSecret } from "./secrets.ts";
import { tickets } from "./tables.ts";

const TICKET_LIMIT_MS = 30_000;
const MAX_TICKETS = 100;

interface Target {
  party: string;
  name: string;
}

/**
 * Makes a ticket: good once, for one party and name, for 30 s. Answers its secret.
 * @throws PartyError `rate_limited` when too many wait to be used
 */
export function issueTicket(db: DrizzleSqliteDODatabase, sessionId: string, to: Target, now: number): string {
  db.delete(tickets).where(lte(tickets.expiresAt, now)).run();
  if (db.select().from(tickets).limit(MAX_TICKETS).all().length === MAX_TICKETS) {
    throw new PartyError("rate_limited", {
      message: "Too many tickets wait to be used",
      retryAfterMs: TICKET_LIMIT_MS,
    });
  }
  const secret = newSecret();
  db.insert(tickets)
    .values({ hash: hashOf(secret), sessionId, party: to.party, name: to.name, expiresAt: now + TICKET_LIMIT_MS })
    .run();
  return secret;
}

/** Uses a ticket up. Answers whose session it was, or undefined when it is not good for this. */
export function useTicket(db: DrizzleSqliteDODatabase, secret: string, to: Target, now: number): string | undefined {
  const ticket = db
    .delete(tickets)
    .where(eq(tickets.hash, hashOf(secret)))
    .returning()
    .get();
  if (ticket === undefined || ticket.expiresAt <= now) return undefined;
  return ticket.party === to.party && ticket.name === to.name ? ticket.sessionId : undefined;
}
