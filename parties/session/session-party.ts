import { eq, inArray } from "drizzle-orm";
import { z } from "zod";
import { usersAddress, USERS_NAME } from "../../schema/addresses.ts";
import { PartyError } from "../../schema/errors.ts";
import type { AuditKind } from "../../schema/http/audit.ts";
import { sessionIdSchema } from "../../schema/ids.ts";
import type { SessionProtocol, SessionState } from "../../schema/parties/session.ts";
import type { Principal, UserPrincipal } from "../../schema/principal.ts";
import { DELETED_PERSON } from "../../schema/people.ts";
import { type Account, accountSchema, NEW_ACCOUNT } from "../../schema/users.ts";
import {
  type Admission,
  auditStatements,
  clearLockout,
  command,
  countFailure,
  type FrameHandlers,
  job,
  liftLock,
  lockedForMs,
  newId,
  partyOf,
  procedure,
  readLockout,
  type Socket,
} from "../kernel/index.ts";
import { learnAccount, readAccount, requireOpenAccount } from "./account.ts";
import { type Door, noteDoor, takeAllDoors, takeDoors } from "./doors.ts";
import * as input from "./inputs.ts";
import { openRefreshToken, resealed, sealRefreshToken } from "./provider-token.ts";
import {
  accessEnd,
  accessStanding,
  forgetSalts,
  GRACE_MS,
  needsRefresh,
  refusalOf,
  rotate,
  type Secrets,
  standingOf,
  successorNow,
} from "./rotation.ts";
import { expiredSessions, findLive, liveSessions, MAX_SESSIONS, nameOf, nextEnd, type SessionRow } from "./rows.ts";
import { hashOf, newSecret } from "./secrets.ts";
import { forgetShared, gamesOf, joinGame, leaveGame, mergeSettings, presenceOver } from "./shared-state.ts";
import { sessionSpec } from "./spec.ts";
import { retiredSecrets, sessions, tickets } from "./tables.ts";
import { issueTicket, useTicket } from "./tickets.ts";
import { deviceOf, devicesIn, type Scene, stateFor, togetherIn } from "./view.ts";

/** Activity is noted at most this often: a write a request would be waste. */
const ACTIVITY_STEP_MS = 60_000;
const PRESENCE_EVERY_MS = 1_000;
/** How late the users party may learn that somebody is active, and that they have signed in. */
const SEEN_WITHIN_MS = 60 * 60_000;
const LOGIN_WITHIN_MS = 500;

/** The part of a session, or of somebody who is refused one, that is written down with what happened. */
type AuditSubject = Pick<SessionRow, "deviceName" | "userAgent" | "ipAddress" | "provider"> & { id: string | null };

/** What a session's end is written down as; what time has ended is not. */
type EndKind = Extract<AuditKind, "session_revoked" | "session_displaced" | "refresh_reuse"> | "expired";

/**
 * One person, signed in on many devices.
 *
 * Name: the user's id. Truth: sessions, tickets, the lock on sign-in, and what all devices share (games, settings)
 * live here and nowhere else; the account is a copy. What is not found here is not signed in, whatever a credential
 * says. Who is connected lives on sockets only.
 */
export class SessionParty extends partyOf(sessionSpec) {
  // --- Entering and leaving

  /** Only its owner may come in, on a session that has not ended. */
  protected override enter({ principal }: { principal: Principal }): Admission {
    if (principal.kind !== "user" || principal.user.id !== this.parts.userId)
      throw new PartyError("forbidden", { message: "This is another person's" });
    this.#live(principal.sessionId);
    return { audiences: [] };
  }

  protected override snapshot({ principal }: Socket): SessionState {
    return stateFor(this.#live(sessionIdOf(principal)), this.#scene);
  }

  protected override entered(): void {
    this.#tellPresence();
  }

  protected override left(): void {
    this.#tellPresence();
  }

  // --- Frames

  override readonly frames: FrameHandlers<SessionProtocol> = {
    join_game: ({ gameId }, socket) => {
      this.#actOn(socket);
      const isNew = joinGame(this.db, gameId);
      const activeGames = gamesOf(this.db);
      if (isNew) this.emit({ type: "game_joined", gameId, activeGames });
      return { activeGames };
    },
    leave_game: ({ gameId }, socket) => {
      this.#actOn(socket);
      const wasThere = leaveGame(this.db, gameId);
      const activeGames = gamesOf(this.db);
      if (wasThere) this.emit({ type: "game_left", gameId, activeGames });
      return { activeGames };
    },
    update_presence: ({ presence }, socket) => {
      const { id } = this.#actOn(socket);
      this.db.update(sessions).set({ presence }).where(eq(sessions.id, id)).run();
      this.#tellPresence();
      return { presence: presenceOver(devicesIn(this.#scene)) };
    },
    update_settings: ({ settings: change }, socket) => {
      this.#actOn(socket);
      const settings = mergeSettings(this.db, change);
      this.emit({ type: "settings_updated", settings });
      return { settings };
    },
    broadcast_event: ({ event, data }, socket) => {
      const { deviceId } = this.#actOn(socket);
      this.emit({ type: "event", event, data, deviceId });
      return {};
    },
    logout_all: (_, socket) => {
      this.#actOn(socket);
      return { revoked: this.#endAll(undefined) };
    },
    sync_state: (_, socket) => {
      const state = stateFor(this.#live(sessionIdOf(socket.principal)), this.#scene);
      this.tell(socket, { type: "state", ...state });
      return state;
    },
    ping: (_, socket) => {
      this.#live(sessionIdOf(socket.principal));
      this.tell(socket, { type: "pong" });
      return {};
    },
  };

  // --- Methods for the edge and other parties: a session's life

  override readonly methods = {
    /**
     * Starts a session. The secrets are answered here once and kept only as hashes.
     * @throws PartyError `rate_limited` while sign-in to this account is locked, `forbidden` while it is suspended,
     *   `gone` once it is deleted
     */
    createSession: command(input.newSession, ({ account, replaces, expiresIn, refreshToken, ...given }) => {
      const now = this.runtime.now();
      this.#requireUnlocked(now);
      this.#learn(account);
      requireOpenAccount(this.db);
      this.#endExpired(now);
      if (replaces !== null) this.#displace(replaces, now);
      const expiresAt = now + expiresIn * 1_000;
      const accessExpiresAt = accessEnd(expiresAt, now);
      const secrets = { secret: newSecret(), accessSecret: newSecret(), accessExpiresAt };
      const id = newId("session");
      const row = this.db
        .insert(sessions)
        .values({
          id,
          ...given,
          secretHash: hashOf(secrets.secret),
          accessHash: hashOf(secrets.accessSecret),
          accessExpiresAt,
          createdAt: now,
          lastActive: now,
          expiresAt,
          refreshToken: refreshToken === null ? null : sealRefreshToken(this.env, this.#sealedAt(id), refreshToken),
        })
        .returning()
        .get();
      this.#end(liveSessions(this.db, now).slice(MAX_SESSIONS), "session_displaced");
      clearLockout(this.db);
      this.#audit("sign_in", row);
      this.#tellUsers({ login: { ...row, success: true } });
      this.#scheduleExpiry();
      this.#tellPresence();
      return { sessionId: id, ...toHolder(secrets, now), expiresAt };
    }),

    /**
     * Whether a credential is good, and whose it is. With `socket` it also notes where the session is about to open one.
     * A secret that was replaced and is no retry ends its session: somebody has a copy.
     */
    validateSession: command(input.shownCredential, ({ sessionId, secret, kind, socket }) => {
      const now = this.runtime.now();
      const row = findLive(this.db, sessionId, now);
      if (row === undefined) return INVALID;
      const standing = kind === "cookie" ? standingOf(this.db, row, secret, now) : accessStanding(row, secret, now);
      if (standing === "reused") this.#end([row], "refresh_reuse");
      if (standing === "reused" || standing === "unknown") return INVALID;
      this.#touch(row, now);
      if (socket !== undefined) this.#noteDoor({ sessionId, ...socket });
      return { ...this.#vouch(row.id), needsRefresh: standing === "replaced" || needsRefresh(row, now) };
    }),

    /**
     * Gives the holder of the session's secret the next one, and a new access token. A retry within 30 s gets what the
     * first try got; after that, a replaced secret ends the session.
     */
    refreshSession: command(input.refresh, ({ sessionId, secret, ...from }) => {
      const now = this.runtime.now();
      const row = findLive(this.db, sessionId, now);
      if (row === undefined) return REFUSED;
      const standing = standingOf(this.db, row, secret, now);
      if (standing === "reused") this.#end([row], "refresh_reuse");
      if (standing === "unknown") {
        const waitMs = lockedForMs(readLockout(this.db), now);
        if (waitMs > 0) return { state: "locked" as const, retryAfterMs: waitMs };
        this.#noteFailure(now, { ...from, provider: null });
      }
      if (standing === "reused" || standing === "unknown") return REFUSED;
      forgetSalts(this.db, row, now);
      const refusal = standing === "current" ? refusalOf(this.db, row) : undefined;
      if (refusal === "often") return { state: "locked" as const, retryAfterMs: GRACE_MS };
      if (refusal === "spent") this.#end([row], "expired");
      if (refusal !== undefined) return REFUSED;
      const secrets = standing === "current" ? rotate(this.db, row, secret, now) : successorNow(this.db, row, secret);
      if (secrets === undefined) return REFUSED;
      this.#write(row, { lastActive: now });
      return { state: "refreshed" as const, ...toHolder(secrets, now) };
    }),

    /** Ends one session and closes its sockets wherever they are. */
    revokeSession: command(input.bySession, ({ sessionId }) => {
      const row = findLive(this.db, sessionId, this.runtime.now());
      return { revoked: row !== undefined && this.#end([row], "session_revoked") === 1 };
    }),

    /** Ends every session, or every other. */
    revokeAllSessions: command(z.object({ except: sessionIdSchema.optional() }), ({ except }) => ({
      revoked: this.#endAll(except),
    })),

    /** Ends the session of this credential: its browser has signed in as somebody else. */
    displaceSession: command(input.credential, (shown) => {
      this.#displace(shown, this.runtime.now());
    }),

    /** All live sessions, the most recently used first. */
    listSessions: command(z.object({}), () => ({ sessions: devicesIn(this.#scene) })),

    /** One session as its owner may see it. @throws PartyError `unauthenticated` */
    describeSession: command(input.bySession, ({ sessionId }) =>
      deviceOf(this.#live(sessionId), this.#scene.connected),
    ),

    /**
     * Counts a try to sign in. Ten failures within 15 minutes lock sign-in for 30 s, then for twice as long each time, up
     * to an hour; sessions that exist are not touched. `lockoutRemaining` is in seconds.
     */
    recordLoginAttempt: command(input.loginAttempt, ({ success, ...from }) => {
      const now = this.runtime.now();
      if (!success) this.#noteFailure(now, from);
      // A lock stands for its time, or one good guess would lift it for all that follow.
      else if (lockedForMs(readLockout(this.db), now) === 0) clearLockout(this.db);
      const waitMs = lockedForMs(readLockout(this.db), now);
      return waitMs === 0 ? { allowed: true } : { allowed: false, lockoutRemaining: Math.ceil(waitMs / 1_000) };
    }),

    // --- What the users party tells of the account

    /**
     * Takes a newer copy of the account. A suspended person's sessions end; one with another role has their sockets open
     * anew, so that each carries the rights that they have now.
     */
    updateAccount: command(accountSchema, (account) => {
      const before = this.#learn(account);
      if (account.status === "suspended") this.#endAll(undefined);
      else if (before !== undefined && before.role !== account.role) this.#reopenDoors();
    }),

    /** The account is gone: everything here goes, and nobody signs in to it again. */
    closeAccount: command(z.object({ version: z.number().int() }), ({ version }) => {
      this.#endAll(undefined);
      forgetShared(this.db);
      clearLockout(this.db);
      learnAccount(this.db, { ...deletedAccount(this.parts.userId), version, isDeleted: true });
    }),

    // --- Tickets, state, and the provider's token

    /** Makes a ticket for one socket of this session: good once, for one party and name, for 30 s. */
    issueTicket: command(input.newTicket, ({ sessionId, ...to }) => ({
      secret: issueTicket(this.db, this.#live(sessionId).id, to, this.runtime.now()),
    })),

    /** Uses a ticket up and vouches for its session. */
    redeemTicket: command(input.shownTicket, ({ secret, opensSocket, ...to }) => {
      const now = this.runtime.now();
      const sessionId = useTicket(this.db, secret, to, now);
      const row = sessionId === undefined ? undefined : findLive(this.db, sessionId, now);
      if (row === undefined) return INVALID;
      if (opensSocket) this.#noteDoor({ sessionId: row.id, ...to });
      return { ...this.#vouch(row.id), deviceId: row.deviceId, provider: row.provider, expiresAt: row.expiresAt };
    }),

    /** What all devices share, as one of them sees it. @throws PartyError `unauthenticated` */
    readState: command(input.bySession, ({ sessionId }) => stateFor(this.#live(sessionId), this.#scene)),

    /**
     * The provider's refresh token of one session, or null when there is none.
     * @throws PartyError `gone` when it was sealed with a key that has been retired: the person signs in again
     */
    readRefreshToken: procedure(input.bySession, ({ sessionId }) => {
      const { refreshToken, provider: from } = this.#live(sessionId);
      if (refreshToken === null || from === null) return null;
      return { provider: from, refreshToken: openRefreshToken(this.env, this.#sealedAt(sessionId), refreshToken) };
    }),
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
    /** Opens sign-in again. By the clock it is open already; how often it was locked is kept. */
    endLockout: job(z.object({}), () => {
      this.transact(() => {
        const at = liftLock(this.db, this.runtime.now());
        if (at !== undefined) this.schedule.once("endLockout", { at });
      });
    }),
  };

  // --- How it works: the beginning and the end of sessions

  /** @throws PartyError `unauthenticated`, whatever the reason: a stranger learns nothing from it. */
  #live(sessionId: string): SessionRow {
    const row = findLive(this.db, sessionId, this.runtime.now());
    if (row === undefined) throw new PartyError("unauthenticated", { message: "Sign in again" });
    return row;
  }

  /** Takes a session down when its own secret, or one that it replaced, is shown. */
  #displace({ sessionId, secret }: z.output<typeof input.credential>, now: number): void {
    const row = findLive(this.db, sessionId, now);
    if (row !== undefined && standingOf(this.db, row, secret, now) !== "unknown") this.#end([row], "session_displaced");
  }

  #endAll(except: string | undefined): number {
    const now = this.runtime.now();
    this.#endExpired(now);
    return this.#end(
      liveSessions(this.db, now).filter(({ id }) => id !== except),
      "session_revoked",
    );
  }

  #endExpired(now: number): void {
    this.#end(expiredSessions(this.db, now), "expired");
  }

  /** Removes sessions and tells every party where they had sockets. Answers how many there were. */
  #end(rows: readonly SessionRow[], kind: EndKind): number {
    if (rows.length === 0) return 0;
    const ids = rows.map(({ id }) => id);
    for (const door of takeDoors(this.db, ids)) this.#closeDoor(door, { ended: true });
    this.db.delete(tickets).where(inArray(tickets.sessionId, ids)).run();
    this.db.delete(retiredSecrets).where(inArray(retiredSecrets.sessionId, ids)).run();
    this.db.delete(sessions).where(inArray(sessions.id, ids)).run();
    if (kind !== "expired") for (const row of rows) this.#audit(kind, row);
    this.#tellPresence();
    return rows.length;
  }

  #scheduleExpiry(): void {
    const at = nextEnd(this.db);
    if (at !== undefined) this.schedule.once("expire", { at });
  }

  /** Takes in what is told of the account, and tells every device of it. Answers what was known before, if this is news. */
  #learn(told: Account): Account | undefined {
    const { before, isNews } = learnAccount(this.db, told);
    if (!isNews || before === undefined) return undefined;
    this.emit({ type: "account_updated", account: told });
    return before;
  }

  /** Closes every socket of this person, wherever it is. They come back by themselves, with what is true now. */
  #reopenDoors(): void {
    for (const door of takeAllDoors(this.db)) this.#closeDoor(door, { ended: false });
  }

  #noteDoor(door: Pick<Door, "sessionId" | "party" | "name">): void {
    const left = noteDoor(this.db, door, this.runtime.now());
    if (left !== undefined) this.#closeDoor(left, { ended: false });
  }

  #closeDoor({ sessionId, party, name }: Door, { ended }: { ended: boolean }): void {
    this.sendToParty({ party, name }, "closeSession", { userId: this.parts.userId, sessionId, ended });
  }

  // --- What is known of people and failures

  #vouch(sessionId: string): { valid: true; principal: UserPrincipal; account: Account } {
    const account = readAccount(this.db);
    const { id, name, picture, role } = account;
    return { valid: true, principal: { kind: "user", user: { id, name, picture }, role, sessionId }, account };
  }

  #requireUnlocked(now: number): void {
    const retryAfterMs = lockedForMs(readLockout(this.db), now);
    if (retryAfterMs === 0) return;
    throw new PartyError("rate_limited", {
      message: "Too many failed sign-ins to this account: wait a little",
      retryAfterMs,
    });
  }

  #noteFailure(now: number, from: Pick<AuditSubject, "userAgent" | "ipAddress" | "provider">): void {
    const after = countFailure(this.db, now);
    // During a lock nothing is written down either: whoever hammers at it costs no rows.
    if (after === undefined) return;
    const subject = { id: null, deviceName: null, ...from };
    this.#audit("sign_in_failed", subject);
    this.#tellUsers({ login: { ...subject, success: false } });
    if (lockedForMs(after, now) === 0) return;
    this.#audit("locked_out", subject);
    this.schedule.once("endLockout", { at: after.lockedUntil });
  }

  #audit(kind: AuditKind, subject: AuditSubject): void {
    const { id: sessionId, ipAddress, provider: from } = subject;
    const line = {
      userId: this.parts.userId,
      kind,
      at: this.runtime.now(),
      sessionId,
      deviceName: nameOf(subject),
      ipAddress,
      provider: from,
    };
    for (const { statement, options } of auditStatements(this.env.DB, line)) this.sendToD1(statement, options);
  }

  // --- Activity, and what all devices share

  /** Notes that the session was used, at most once a minute. */
  #touch(row: SessionRow, now: number): void {
    if (now - row.lastActive < ACTIVITY_STEP_MS) return;
    this.#write(row, { lastActive: now });
    this.#tellUsers({});
  }

  /**
   * Lets the users party know that the person was here, and how they came in. Mere activity may wait for an hour and is
   * told once: it wakes the party that all accounts share.
   */
  #tellUsers({ login }: { login?: AuditSubject & { success: boolean } }): void {
    const seen = { userId: this.parts.userId, at: this.runtime.now() };
    const how = login && { device: nameOf(login), ip: login.ipAddress, success: login.success };
    this.sendToParty(
      { party: usersAddress.party, name: usersAddress.build({ singleton: USERS_NAME }) },
      "noteActivity",
      { ...seen, login: how ?? null },
      how === undefined ? { withinMs: SEEN_WITHIN_MS, slot: "seen" } : { withinMs: LOGIN_WITHIN_MS },
    );
  }

  /** Whoever writes a session's row seals its token anew when there is a newer key. */
  #write(row: SessionRow, change: Partial<SessionRow>): void {
    const refreshToken = resealed(this.env, this.#sealedAt(row.id), row.refreshToken);
    this.db
      .update(sessions)
      .set({ ...change, refreshToken })
      .where(eq(sessions.id, row.id))
      .run();
  }

  #sealedAt(sessionId: string) {
    return { userId: this.parts.userId, sessionId };
  }

  /** The live session of a socket that asks for something. @throws PartyError `unauthenticated` */
  #actOn({ principal }: Socket): SessionRow {
    const row = this.#live(sessionIdOf(principal));
    this.#touch(row, this.runtime.now());
    return row;
  }

  /** Who is here at this moment. */
  get #scene(): Scene {
    const connected = new Set([...this.sockets].map(({ principal }) => sessionIdOf(principal)));
    return { db: this.db, connected, now: this.runtime.now() };
  }

  /** Tells every device who is reachable and where the account is signed in. */
  #tellPresence(): void {
    // A signal holds a timer, and a timer keeps the party awake.
    if (this.people === 0) return;
    this.signal("presence", PRESENCE_EVERY_MS, () => ({ type: "presence_updated", ...togetherIn(this.#scene) }));
  }
}

/** What is left of an account that is gone. */
function deletedAccount(id: string): Account {
  return { id, name: DELETED_PERSON, picture: null, email: null, role: "user", ...NEW_ACCOUNT };
}

const INVALID = { valid: false } as const;
const REFUSED = { state: "refused" } as const;

/** What a holder is told, with seconds where tokens speak of seconds. */
function toHolder({ secret, accessSecret, accessExpiresAt }: Secrets, now: number) {
  return { secret, accessSecret, accessExpiresIn: Math.max(1, Math.floor((accessExpiresAt - now) / 1_000)) };
}

/** `enter` lets only people in. */
function sessionIdOf(principal: Principal): string {
  return principal.kind === "user" ? principal.sessionId : "";
}
