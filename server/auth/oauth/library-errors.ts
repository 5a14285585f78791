import * as oauth from "oauth4webapi";
import { type Fault, SignInFailure } from "./failure.ts";

/** What an error code of OAuth means for us (RFC 6749 4.1.2.1 and 5.2; the last three are GitHub's). */
const OAUTH_ERRORS: Readonly<Record<string, Fault>> = {
  invalid_grant: "visitor",
  access_denied: "visitor",
  server_error: "provider",
  temporarily_unavailable: "provider",
  invalid_client: "operator",
  invalid_request: "operator",
  invalid_scope: "operator",
  unauthorized_client: "operator",
  unsupported_grant_type: "operator",
  unsupported_response_type: "operator",
  bad_verification_code: "visitor",
  incorrect_client_credentials: "operator",
  redirect_uri_mismatch: "operator",
};

/** Runs one step with the library, and turns what it throws into a failure that names the step. */
export async function step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failureOf(error, name);
  }
}

/** Whether the provider has signed with a key that we have not seen. */
export function isUnknownKey(error: unknown): boolean {
  return error instanceof oauth.OperationProcessingError && error.code === oauth.KEY_SELECTION;
}

/** Whoever pressed "Cancel" there. */
export function isDenied(error: unknown): boolean {
  return error instanceof oauth.AuthorizationResponseError && error.error === "access_denied";
}

function failureOf(error: unknown, name: string): unknown {
  if (error instanceof SignInFailure || isDenied(error)) return error;
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError) {
    const fault = OAUTH_ERRORS[error.error];
    // A word that is not on the list is not repeated: it may be anything.
    return fault === undefined
      ? new SignInFailure("provider", `${name}_refused`)
      : new SignInFailure(fault, error.error, { detail: name });
  }
  if (error instanceof oauth.OperationProcessingError) {
    if (error.code === oauth.RESPONSE_IS_NOT_CONFORM) return new SignInFailure("provider", `${name}_refused`);
    return new SignInFailure("answer", reasonOf(error, name), { detail: error.message });
  }
  // Whatever else a hostile answer makes the library stumble over, such as a key that is none.
  return new SignInFailure("answer", `bad_${name}`);
}

function reasonOf({ code, cause }: oauth.OperationProcessingError, name: string): string {
  if (code !== oauth.JWT_CLAIM_COMPARISON && code !== oauth.JWT_TIMESTAMP_CHECK) return `bad_${name}`;
  return typeof cause === "object" && cause !== null && "claim" in cause
    ? `wrong_${String(cause.claim)}`
    : "wrong_claim";
}
