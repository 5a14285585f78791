import { HTTPException } from "hono/http-exception";
import { describeError, log } from "../parties/kernel/index.ts";
import { type ErrorBody, ERRORS, PartyError } from "../schema/errors.ts";
import { ConfigError } from "./config.ts";
import type { AppContext } from "./context.ts";
import { errorPage, isSignInStep } from "./pages/error-page.ts";

/** Answers every failure: JSON with a code, or a page where people look. Nothing of a stack or a statement leaves. */
export async function answerError(error: Error, c: AppContext): Promise<Response> {
  const failure = toPartyError(error, c);
  const response = isPage(c) ? await errorPage(c, failure) : c.json(errorBody(failure, c), failure.status);
  if (failure.code === "rate_limited")
    for (const [name, value] of rateHeaders(failure)) response.headers.set(name, value);
  else if (failure.retryAfterMs !== undefined)
    response.headers.set("Retry-After", String(seconds(failure.retryAfterMs)));
  return response;
}

function toPartyError(error: Error, c: AppContext): PartyError {
  if (error instanceof PartyError) return error;
  if (error instanceof HTTPException) {
    const [code] = Object.entries(ERRORS).find(([, { status }]) => status === error.status) ?? [];
    return new PartyError((code as keyof typeof ERRORS | undefined) ?? "bad_request", { message: error.message });
  }
  log("error", error instanceof ConfigError ? "config.invalid" : "request.failed", {
    traceId: c.get("traceId"),
    ...describeError(error),
  });
  return error instanceof ConfigError
    ? new PartyError("unavailable", { message: error.message })
    : new PartyError("internal", { message: "Something went wrong on our side" });
}

function errorBody(failure: PartyError, c: AppContext): ErrorBody & Record<string, unknown> {
  const { code, message, retryAfterMs, issues, details } = failure;
  return {
    ...details,
    error: {
      code,
      message,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(issues !== undefined && { issues }),
      traceId: failure.traceId ?? c.get("traceId"),
    },
  };
}

/** Seconds, whole, at least one (RFC 9110 10.2.3; draft-ietf-httpapi-ratelimit-headers). */
function rateHeaders({ retryAfterMs = 1_000, limit }: PartyError): [string, string][] {
  const wait = seconds(retryAfterMs);
  const { quota, windowMs } = limit ?? { quota: 1, windowMs: retryAfterMs };
  return [
    ["Retry-After", String(wait)],
    ["RateLimit", `"default";r=0;t=${wait}`],
    ["RateLimit-Policy", `"default";q=${quota};w=${seconds(windowMs)}`],
  ];
}

function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}

/** Paths that programs talk to; everything else is read by people. Without valid settings there is no page to show. */
function isPage(c: AppContext): boolean {
  if ((c.get("host") as AppContext["var"]["host"] | undefined) === undefined) return false;
  if (isSignInStep(c)) return true;
  return (
    c.req.method === "GET" && !/^\/(?:api|auth|images|parties|ops|healthz|readyz|webhooks)(?:\/|$)/.test(c.req.path)
  );
}
