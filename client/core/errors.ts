import type { ErrorBody, ErrorCode, ERRORS, Issue } from "../../schema/errors.ts";

type Wire = { [Code in ErrorCode]: readonly [(typeof ERRORS)[Code]["status"], (typeof ERRORS)[Code]["close"]] };

/**
 * HTTP status and close code of each error code. Repeated here so that the browser need not load the schema's
 * validator; the type makes any difference a compile error.
 */
const WIRE: Wire = {
  bad_request: [400, 4400],
  unauthenticated: [401, 4401],
  forbidden: [403, 4403],
  not_found: [404, 4404],
  conflict: [409, 4409],
  gone: [410, 4404],
  too_large: [413, 1009],
  unprocessable: [422, 4400],
  rate_limited: [429, 4429],
  internal: [500, 1011],
  unavailable: [503, 1013],
};
const CODES = Object.keys(WIRE) as ErrorCode[];
type Passing = { [Code in ErrorCode]: (typeof ERRORS)[Code]["retry"] extends true ? Code : never }[ErrorCode];
/** Codes after which the same request may succeed later. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "rate_limited",
  "internal",
  "unavailable",
] satisfies Passing[]);

/** Why something that was asked of a party did not happen. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ErrorCode;
  /** How long to wait before the same request makes sense, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Finds the failure in the server's log. */
  readonly traceId: string | undefined;
  /** What exactly is wrong with what was sent. */
  readonly issues: readonly Issue[];

  constructor(
    code: ErrorCode,
    message?: string,
    more: {
      retryAfterMs?: number | undefined;
      traceId?: string | undefined;
      issues?: readonly Issue[] | undefined;
    } = {},
  ) {
    super(message ?? code.replaceAll("_", " "));
    this.code = code;
    this.retryAfterMs = more.retryAfterMs;
    this.traceId = more.traceId;
    this.issues = more.issues ?? [];
  }
}

/** Whether the same again would be refused again: what is wrong is not the moment. */
export function isRefusal(error: unknown): error is ClientError {
  return error instanceof ClientError && !PASSING.has(error.code);
}

/** The error code that a WebSocket close code stands for, if it stands for one. */
export function codeOfClose(closeCode: number): ErrorCode | undefined {
  return CODES.find((code) => WIRE[code][1] === closeCode);
}

/** True when a socket that ends with `closeCode` may have been ended by `code`. */
export function closesWith(code: ErrorCode, closeCode: number): boolean {
  return WIRE[code][1] === closeCode;
}

/** The error in an HTTP answer that is not a success, also when a proxy wrote the body. */
export async function errorOfResponse(response: Response): Promise<ClientError> {
  const fallback = CODES.find((code) => WIRE[code][0] === response.status);
  try {
    const { error } = (await response.json()) as ErrorBody;
    return new ClientError(error.code in WIRE ? error.code : (fallback ?? "unavailable"), error.message, error);
  } catch {
    return new ClientError(fallback ?? "unavailable", `HTTP ${response.status}`);
  }
}
