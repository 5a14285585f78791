import { errorCodeSchema, PartyError } from "../../schema/errors.ts";
import { describeError, log } from "./log.ts";
import type { WireError } from "./naming.ts";

/**
 * Makes a coded error of anything thrown. What is not coded already becomes `internal`: the caller learns a trace id,
 * the log learns the rest.
 */
export function toPartyError(error: unknown, traceId: string, where: Record<string, unknown>): PartyError {
  if (error instanceof PartyError) return error;
  log("error", "handler.failed", { traceId, ...where, ...describeError(error) });
  return new PartyError("internal", { message: "Something went wrong on our side", traceId });
}

/** Custom errors lose their class and fields across RPC, so they travel as data. */
export function toWire(error: PartyError, traceId: string): WireError {
  return {
    code: error.code,
    message: error.message,
    traceId: error.traceId ?? traceId,
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    ...(error.limit !== undefined && { limit: error.limit }),
    ...(error.issues !== undefined && { issues: error.issues }),
    ...(error.details !== undefined && { details: JSON.stringify(error.details) }),
  };
}

export function fromWire(error: WireError): PartyError {
  const code = errorCodeSchema.safeParse(error.code);
  return new PartyError(code.success ? code.data : "internal", {
    message: error.message,
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    ...(error.limit !== undefined && { limit: error.limit }),
    ...(error.issues !== undefined && { issues: error.issues }),
    ...(error.traceId !== undefined && { traceId: error.traceId }),
    ...(error.details !== undefined && { details: JSON.parse(error.details) as Record<string, unknown> }),
  });
}
