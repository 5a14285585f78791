import { desc, eq, inArray, lte, ne, or, sql } from "drizzle-orm";
import { z } from "zod";
import { PartyError } from "../../schema/errors.ts";
import { profileSchema, type Profile } from "../../schema/http/identity.ts";
import { sessionIdSchema } from "../../schema/ids.ts";
import type { SessionProtocol } from "../../schema/parties/session.ts";
import type { Principal, UserPrincipal } from "../../schema/principal.ts";
import { type Admission, command, type FrameHandlers, job, newId, partyOf } from "../kernel/index.ts";
import { deviceName } from "./device.ts";
import { hashOf, matches, newSecret } from "./secrets.ts";
import { sessionSpec } from "./spec.ts";
import { doors, profile, sessions, tickets } from "./tables.ts";

const IDLE_LIMIT_MS = 7 * 24 * 60 * 60_000;
const ABSOLUTE_LIMIT_MS = 30 * 24 * 60 * 60_000;
const ACCESS_LIMIT_MS = 15 * 60_000;
const TICKET_LIMIT_MS = 30_000;
/** Activity is noted at most this often: a write a request would be waste. */
const ACTIVITY_STEP_MS = 60_000;
/** Past this, the least recently used session ends. */
export const MAX_SESSIONS = 10;
const MAX_TICKETS = 100;
/** Parties whose sockets a session's end closes. One past this is left by closing its sockets, which may come back. */
export const MAX_DOORS = 200;
const ONLY_ROW = 1;

type SessionRow = typeof sessions.$inferSelect;

const destination = { party: z.string().max(32), name: z.string().max(256) };
const credential = z.object({ sessionId: sessionIdSchema, secret: z.string().max(128) });

/**
 * One person's signed-in devices.
 *
 * Name: the user's id. Truth: sessions and tickets live here and nowhere else; the profile is a copy. What is not found
 * here is not signed in, whatever a credential says.
 */
export class SessionParty extends partyOf(sessionSpec) {
  /** Only its owner may come in. */
  protected override enter({ principal }: { principal: Principal }): Admission {
    if (principal.kind === "user" && principal.user.id === this.parts.userId) return { audiences: [] };
    throw new PartyError("forbidden", { message: "This is another person's" });
  }

  protected override snapshot(): Record<string, never> {
    return {};
  }

  override readonly frames: FrameHandlers<SessionProtocol> = {};

  // --- Methods for the edge and other parties

  override readonly methods = {
    /** Starts a session. The secrets are answered here once and kept only as hashes. */
    create: command(
      z.object({
        profile: profileSchema,
        userAgent: z.string().max(1_000).nullable(),
        ipAddress: z.string().max(64).nullable(),
      }),
      (input) => {
        const now = this.runtime.now();
        this.#rememberProfile(input.profile);
        this.#endExpired(now);
        const secret = newSecret();
        const accessSecret = newSecret();
        const row = {
          id: newId("session"),
          secretHash: hashOf(secret),
          accessHash: hashOf(accessSecret),
          accessExpiresAt: now + ACCESS_LIMIT_MS,
          createdAt: now,
          lastActive: now,
          expiresAt: now + ABSOLUTE_LIMIT_MS,
          ipAddress: input.ipAddress,
          userAgent: input.userAgent,
        };
        this.db.insert(sessions).values(row).run();
        this.#endSurplus();
        this.#scheduleExpiry();
        return {
          sessionId: row.id,
          secret,
          accessSecret,
          accessExpiresIn: ACCESS_LIMIT_MS / 1_000,
          expiresAt: row.expiresAt,
        };
      },
    ),

    /**
     * Vouches for a credential. With `socket` it also notes where the session is about to open a socket.
     * @throws PartyError `unauthenticated`, whatever the reason: a stranger learns nothing from it.
     */
    validate: command(
      credential.extend({ kind: z.enum(["cookie", "access"]), socket: z.object(destination).optional() }),
      ({ sessionId, secret, kind, socket }) => {
        const now = this.runtime.now();
        const row = this.#live(sessionId, now);
        const hash = kind === "cookie" ? row.secretHash : row.accessHash;
        if (!matches(secret, hash) || (kind === "access" && row.accessExpiresAt <= now)) throw unauthenticated();
        this.#touch(row, now);
        if (socket !== undefined) this.#noteDoor(sessionId, socket);
        return this.#vouch(sessionId);
      },
    ),

    /** Makes a new access token for the holder of the session's secret; the old one ends. */
    refresh: command(credential, ({ sessionId, secret }) => {
      const now = this.runtime.now();
      const row = this.#live(sessionId, now);
      if (!matches(secret, row.secretHash)) throw unauthenticated();
      const accessSecret = newSecret();
      this.db
        .update(sessions)
        .set({ accessHash: hashOf(accessSecret), accessExpiresAt: now + ACCESS_LIMIT_MS, lastActive: now })
        .where(eq(sessions.id, sessionId))
        .run();
      return { accessSecret, accessExpiresIn: ACCESS_LIMIT_MS / 1_000 };
    }),

    /** One session as its owner may see it. */
    describe: command(z.object({ sessionId: sessionIdSchema }), ({ sessionId }) =>
      present(this.#live(sessionId, this.runtime.now())),
    ),

    /** All live sessions, the most recently used first. */
    list: command(z.object({}), () => {
      const now = this.runtime.now();
      const rows = this.db
        .select()
        .from(sessions)
        .orderBy(desc(sessions.lastActive), desc(sql`rowid`))
        .all();
      return { sessions: rows.filter((row) => isLive(row, now)).map(present) };
    }),

    /** Ends one session and closes its sockets wherever they are. */
    revoke: command(z.object({ sessionId: sessionIdSchema }), ({ sessionId }) => ({
      revoked: this.#end([sessionId]) === 1,
    })),

    /** Ends every session, or every other. */
    revokeAll: command(z.object({ except: sessionIdSchema.optional() }), ({ except }) => {
      this.#endExpired(this.runtime.now());
      const rows = this.db
        .select({ id: sessions.id })
        .from(sessions)
        .where(except === undefined ? undefined : ne(sessions.id, except))
        .all();
      return { revoked: this.#end(rows.map((row) => row.id)) };
    }),

    /** Makes a ticket for one socket of this session: good once, for one party and name, for 30 s. */
    issueTicket: command(z.object({ sessionId: sessionIdSchema, ...destination }), ({ sessionId, party, name }) => {
      const now = this.runtime.now();
      this.#live(sessionId, now);
      this.db.delete(tickets).where(lte(tickets.expiresAt, now)).run();
      if (this.db.select().from(tickets).limit(MAX_TICKETS).all().length === MAX_TICKETS) {
        throw new PartyError("rate_limited", {
          message: "Too many tickets wait to be used",
          retryAfterMs: TICKET_LIMIT_MS,
        });
      }
      const secret = newSecret();
      this.db
        .insert(tickets)
        .values({ hash: hashOf(secret), sessionId, party, name, expiresAt: now + TICKET_LIMIT_MS })
        .run();
      return { secret };
    }),

    /** Uses a ticket up and vouches for its session. @throws PartyError `unauthenticated` */
    redeemTicket: command(
      // `opensSocket` is false for tickets that lead elsewhere, such as another host of ours.
      z.object({ secret: z.string().max(128), ...destination, opensSocket: z.boolean().default(true) }),
      ({ secret, party, name, opensSocket }) => {
        const now = this.runtime.now();
        const ticket = this.db
          .delete(tickets)
          .where(eq(tickets.hash, hashOf(secret)))
          .returning()
          .get();
        if (ticket === undefined || ticket.expiresAt <= now || ticket.party !== party || ticket.name !== name)
          throw unauthenticated();
        this.#live(ticket.sessionId, now);
        if (opensSocket) this.#noteDoor(ticket.sessionId, { party, name });
        return this.#vouch(ticket.sessionId);
      },
    ),
  };

  // --- Jobs

  override readonly jobs = {
    /** Ends what has expired. Expiry holds without it; this closes the sockets and frees the rows. */
    expire: job(z.object({}), () => {
      this.transact(() => {
        this.#endExpired(this.runtime.now());
        this.#scheduleExpiry();
      });
    }),
  };

  // --- How it works

  #live(sessionId: string, now: number): SessionRow {
    const row = this.db.select().from(sessions).where(eq(sessions.id, sessionId)).get();
    if (row === undefined || !isLive(row, now)) throw unauthenticated();
    return row;
  }

  #vouch(sessionId: string): { principal: UserPrincipal; profile: Profile } {
    const known = this.db.select().from(profile).get()?.value;
    if (known === undefined) throw unauthenticated();
    const { id, name, picture, role } = known;
    return { principal: { kind: "user", user: { id, name, picture }, role, sessionId }, profile: known };
  }

  #rememberProfile(value: Profile): void {
    this.db
      .insert(profile)
      .values({ id: ONLY_ROW, value })
      .onConflictDoUpdate({ target: profile.id, set: { value } })
      .run();
  }

  #touch(row: SessionRow, now: number): void {
    if (now - row.lastActive < ACTIVITY_STEP_MS) return;
    this.db.update(sessions).set({ lastActive: now }).where(eq(sessions.id, row.id)).run();
  }

  /** Notes where a session is about to have a socket. Row ids keep the order of the latest visits. */
  #noteDoor(sessionId: string, { party, name }: { party: string; name: string }): void {
    this.db.run(
      sql`INSERT OR REPLACE INTO ${doors} (session_id, party, name) VALUES (${sessionId}, ${party}, ${name})`,
    );
    const surplus = this.db
      .select({ rowId: sql<number>`rowid`, party: doors.party, name: doors.name })
      .from(doors)
      .where(eq(doors.sessionId, sessionId))
      .orderBy(desc(sql`rowid`))
      .limit(Number.MAX_SAFE_INTEGER)
      .offset(MAX_DOORS)
      .all();
    for (const door of surplus) {
      this.db.run(sql`DELETE FROM ${doors} WHERE rowid = ${door.rowId}`);
      this.#closeDoor({ sessionId, party: door.party, name: door.name }, { ended: false });
    }
  }

  #closeDoor({ sessionId, party, name }: typeof doors.$inferSelect, { ended }: { ended: boolean }): void {
    this.sendToParty({ party, name }, "closeSession", { userId: this.parts.userId, sessionId, ended });
  }

  /** Ends the least recently used beyond `MAX_SESSIONS`. Of those used at the same time the newest stay. */
  #endSurplus(): void {
    const surplus = this.db
      .select({ id: sessions.id })
      .from(sessions)
      .orderBy(desc(sessions.lastActive), desc(sql`rowid`))
      .limit(Number.MAX_SAFE_INTEGER)
      .offset(MAX_SESSIONS)
      .all();
    this.#end(surplus.map((row) => row.id));
  }

  #endExpired(now: number): void {
    const expired = this.db
      .select({ id: sessions.id })
      .from(sessions)
      .where(or(lte(sessions.expiresAt, now), lte(sessions.lastActive, now - IDLE_LIMIT_MS)))
      .all();
    this.#end(expired.map((row) => row.id));
  }

  #scheduleExpiry(): void {
    const next = this.db
      .select()
      .from(sessions)
      .all()
      .reduce((soonest, row) => Math.min(soonest, endOf(row)), Infinity);
    if (next !== Infinity) this.schedule.once("expire", { at: next });
  }

  /** Removes sessions and tells every party where they had sockets. Answers how many there were. */
  #end(sessionIds: readonly string[]): number {
    if (sessionIds.length === 0) return 0;
    const open = this.db
      .delete(doors)
      .where(inArray(doors.sessionId, [...sessionIds]))
      .returning()
      .all();
    for (const door of open) this.#closeDoor(door, { ended: true });
    this.db
      .delete(tickets)
      .where(inArray(tickets.sessionId, [...sessionIds]))
      .run();
    return this.db
      .delete(sessions)
      .where(inArray(sessions.id, [...sessionIds]))
      .returning()
      .all().length;
  }
}

function endOf(row: SessionRow): number {
  return Math.min(row.expiresAt, row.lastActive + IDLE_LIMIT_MS);
}

function isLive(row: SessionRow, now: number): boolean {
  return now < endOf(row);
}

function present(row: SessionRow) {
  return {
    id: row.id,
    deviceName: deviceName(row.userAgent),
    ipAddress: row.ipAddress,
    createdAt: new Date(row.createdAt).toISOString(),
    lastActive: new Date(row.lastActive).toISOString(),
    expiresAt: new Date(endOf(row)).toISOString(),
  };
}

function unauthenticated(): PartyError {
  return new PartyError("unauthenticated", { message: "Sign in again" });
}
