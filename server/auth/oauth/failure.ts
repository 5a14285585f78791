import { log } from "../../../parties/kernel/index.ts";
import { type ErrorCode, PartyError } from "../../../schema/errors.ts";
import type { AppContext } from "../../context.ts";
import { noteFailedAddress } from "../attempts.ts";
import type { ProviderKey } from "./settings.ts";

/**
 * Whose fault it is that a sign-in came to nothing.
 *
 * - `visitor`: a state that is not theirs, old or used; a code that the provider refuses. It counts towards lockout.
 * - `answer`: what came cannot be trusted or read. It may be the provider or somebody in between, so it counts against
 *   nobody.
 * - `provider`: it is away, slow, or answers something else altogether.
 * - `operator`: the provider does not know us as we are set up.
 */
export type Fault = "visitor" | "answer" | "provider" | "operator";

/** How long to wait before trying a provider again that did not say it, in milliseconds. */
const RETRY_AFTER_MS = 10_000;

const CONSEQUENCES = {
  visitor: { level: "info", event: "sign_in.refused", code: "unauthenticated" },
  answer: { level: "warn", event: "sign_in.refused", code: "unauthenticated" },
  provider: { level: "warn", event: "provider.failed", code: "unavailable" },
  operator: { level: "error", event: "provider.misconfigured", code: "unavailable" },
} as const satisfies Record<Fault, { level: string; event: string; code: ErrorCode }>;

const WORDS = {
  unauthenticated: "This sign-in could not be finished; begin again",
  unavailable: "The provider does not answer as it should; try again in a moment",
} as const;

export interface FailureFacts {
  /** Which of the provider's endpoints, without query. */
  endpoint?: string;
  /** What exactly is wrong, in fixed words. */
  detail?: string;
  retryAfterMs?: number;
}

/** A sign-in that came to nothing. Nothing in it is secret: all of it goes into the log. */
export class SignInFailure extends Error {
  override readonly name = "SignInFailure";
  readonly fault: Fault;
  readonly facts: FailureFacts;

  /** @param reason one word, for the log */
  constructor(fault: Fault, reason: string, facts: FailureFacts = {}) {
    super(reason);
    this.fault = fault;
    this.facts = facts;
  }
}

/** What the visitor is told, with where they wanted to go, so that beginning again leads there. */
export class SignInError extends PartyError {
  readonly returnTo: string | undefined;

  constructor(code: keyof typeof WORDS, returnTo: string | undefined, retryAfterMs?: number) {
    super(code, { message: WORDS[code], ...(retryAfterMs !== undefined && { retryAfterMs }) });
    this.returnTo = returnTo;
  }
}

/** Logs and counts a failure. Answers what to throw in its place; anything else that was thrown stays as it is. */
export async function noteFailure(
  c: AppContext,
  provider: ProviderKey,
  returnTo: string | undefined,
  thrown: unknown,
): Promise<unknown> {
  if (!(thrown instanceof SignInFailure)) return thrown;
  const { fault, message: reason, facts } = thrown;
  const { retryAfterMs = RETRY_AFTER_MS, ...known } = facts;
  const { level, event, code } = CONSEQUENCES[fault];
  log(level, event, { traceId: c.get("traceId"), provider, reason, ...known });
  if (fault === "visitor") await noteFailedAddress(c);
  return new SignInError(code, returnTo, code === "unavailable" ? retryAfterMs : undefined);
}
