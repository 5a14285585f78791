/** So many failures in so much time close the way in. */
const MAX_FAILURES = 10;
const WINDOW_MS = 15 * 60_000;
/** The first time for 30 s, then twice as long each time, up to an hour. */
const FIRST_LOCK_MS = 30_000;
const LONGEST_LOCK_MS = 60 * 60_000;
/** Whoever has not failed for so long starts anew. */
export const FORGIVEN_AFTER_MS = 24 * 60 * 60_000;

/** What is remembered of failed attempts: a value, changed only by the functions here. */
export interface Lockout {
  /** When the failures of the window were, oldest first; fewer than `MAX_FAILURES`. */
  failures: number[];
  /** How many locks there were since it was last forgiven. */
  locks: number;
  /** The end of the lock, or 0 when there is none. */
  lockedUntil: number;
  /** The last failure, or the end of the lock that it led to. */
  troubledAt: number;
}

export const NO_FAILURES: Lockout = { failures: [], locks: 0, lockedUntil: 0, troubledAt: 0 };

/** How many milliseconds the way in stays closed; 0 when it is open. */
export function lockedForMs({ lockedUntil }: Lockout, now: number): number {
  return Math.max(0, lockedUntil - now);
}

/** Counts a failure. While it is locked nothing is counted: a lock cannot be drawn out by hammering at it. */
export function withFailure(state: Lockout, now: number): Lockout {
  if (lockedForMs(state, now) > 0) return state;
  const locks = now - state.troubledAt >= FORGIVEN_AFTER_MS ? 0 : state.locks;
  const failures = [...state.failures.filter((at) => now - at < WINDOW_MS), now];
  if (failures.length < MAX_FAILURES) return { failures, locks, lockedUntil: 0, troubledAt: now };
  const lockedUntil = now + Math.min(FIRST_LOCK_MS * 2 ** locks, LONGEST_LOCK_MS);
  return { failures: [], locks: locks + 1, lockedUntil, troubledAt: lockedUntil };
}

/** The same after its lock is over. How often it was locked is not forgotten yet. */
export function withoutLock(state: Lockout): Lockout {
  return { ...state, lockedUntil: 0 };
}
