import { z } from "zod";
import { PartyError } from "../../schema/errors.ts";
import type { AuditKind } from "../../schema/http/audit.ts";
import type { AttemptsProtocol } from "../../schema/parties/attempts.ts";
import {
  type Admission,
  auditStatements,
  clearLockout,
  command,
  countFailure,
  FORGIVEN_AFTER_MS,
  type FrameHandlers,
  job,
  liftLock,
  lockedForMs,
  log,
  partyOf,
  readLockout,
} from "../kernel/index.ts";
import { attemptsSpec } from "./spec.ts";

/**
 * Failed sign-ins from one network address, whoever they were meant for.
 *
 * Name: a keyed hash of the address. Truth: the count and the lock; each failure is a line of the audit log as well.
 * Unlike an account's own, no success clears them: the next one may be the attacker's own account.
 */
export class AttemptsParty extends partyOf(attemptsSpec) {
  protected override enter(): Admission {
    throw new PartyError("forbidden", { message: "Nobody connects here" });
  }

  protected override snapshot(): Record<string, never> {
    return {};
  }

  override readonly frames: FrameHandlers<AttemptsProtocol> = {};

  // --- Methods for the edge

  override readonly methods = {
    /** How many milliseconds sign-in from here stays closed; 0 when it is open. */
    lockedForMs: command(z.object({}), () => lockedForMs(readLockout(this.db), this.runtime.now())),

    /** Counts a failed sign-in, and writes it down for operators. Answers the same as `lockedForMs`. */
    recordFailure: command(z.object({ ipAddress: z.string().max(64) }), ({ ipAddress }) => {
      const now = this.runtime.now();
      const after = countFailure(this.db, now);
      if (after === undefined) return lockedForMs(readLockout(this.db), now);
      const waitMs = lockedForMs(after, now);
      this.#audit("sign_in_failed", ipAddress, now);
      if (waitMs > 0) {
        this.#audit("locked_out", ipAddress, now);
        log("warn", "sign_in.address_locked", { source: this.parts.source, locks: after.locks, ms: waitMs });
        this.schedule.once("endLockout", { at: after.lockedUntil });
      }
      this.schedule.once("forget", { at: after.troubledAt + FORGIVEN_AFTER_MS });
      return waitMs;
    }),
  };

  // --- Jobs

  override readonly jobs = {
    /** Opens sign-in again. By the clock it is open already; how often it was locked is kept. */
    endLockout: job(z.object({}), () => {
      this.transact(() => {
        const at = liftLock(this.db, this.runtime.now());
        if (at !== undefined) this.schedule.once("endLockout", { at });
      });
    }),
    /** Frees the row of an address that has been quiet. */
    forget: job(z.object({}), () => {
      this.transact(() => {
        const at = readLockout(this.db).troubledAt + FORGIVEN_AFTER_MS;
        if (at > this.runtime.now()) this.schedule.once("forget", { at });
        else clearLockout(this.db);
      });
    }),
  };

  #audit(kind: AuditKind, ipAddress: string, at: number): void {
    const nobody = { userId: null, sessionId: null, deviceName: null, provider: null };
    for (const { statement, options } of auditStatements(this.env.DB, { ...nobody, kind, ipAddress, at }))
      this.sendToD1(statement, options);
  }
}
