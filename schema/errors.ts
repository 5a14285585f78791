import { z } from "zod";

/**
 * The closed set of error codes, shared by HTTP, sockets and party-to-party calls.
 *
 * - `status`: the HTTP status that carries it.
 * - `close`: the WebSocket close code when the error ends the socket.
 * - `retry`: whether the same request may succeed later without being changed.
 */
export const ERRORS = {
  bad_request: { status: 400, close: 4400, retry: false },
  unauthenticated: { status: 401, close: 4401, retry: false },
  forbidden: { status: 403, close: 4403, retry: false },
  not_found: { status: 404, close: 4404, retry: false },
  conflict: { status: 409, close: 4409, retry: false },
  gone: { status: 410, close: 4404, retry: false },
  too_large: { status: 413, close: 1009, retry: false },
  unprocessable: { status: 422, close: 4400, retry: false },
  rate_limited: { status: 429, close: 4429, retry: true },
  internal: { status: 500, close: 1011, retry: true },
  unavailable: { status: 503, close: 1013, retry: true },
} as const;

export type ErrorCode = keyof typeof ERRORS;

export const errorCodeSchema = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]);

/** One thing that is wrong with an input: where (a path into it) and what. */
export const issueSchema = z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() });
export type Issue = z.infer<typeof issueSchema>;

export const errorSchema = z.object({
  code: errorCodeSchema,
  message: z.string(),
  retryAfterMs: z.number().int().positive().optional(),
  issues: z.array(issueSchema).optional(),
  traceId: z.string(),
});

/** The body of every HTTP answer that is not a success. */
export const errorBodySchema = z.object({ error: errorSchema });
export type ErrorBody = z.infer<typeof errorBodySchema>;

/** So many in so many milliseconds. */
export interface RateLimit {
  quota: number;
  windowMs: number;
}

export interface PartyErrorOptions {
  /** Shown to the caller. Defaults to the code in words. */
  message?: string;
  /** How long the caller should wait before it tries again, in milliseconds. */
  retryAfterMs?: number;
  /** The limit that was met, for `rate_limited`. */
  limit?: RateLimit;
  issues?: Issue[];
  traceId?: string;
  /** Facts that belong beside `error` in an HTTP body, such as both versions of a lost race. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** The one error that crosses boundaries: anything else that is thrown is reported as `internal` and only logged. */
export class PartyError extends Error {
  override readonly name = "PartyError";
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly limit: RateLimit | undefined;
  readonly issues: Issue[] | undefined;
  readonly traceId: string | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, options: PartyErrorOptions = {}) {
    super(
      options.message ?? code.replaceAll("_", " "),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.limit = options.limit;
    this.issues = options.issues;
    this.traceId = options.traceId;
    this.details = options.details;
  }

  get status(): (typeof ERRORS)[ErrorCode]["status"] {
    return ERRORS[this.code].status;
  }

  get closeCode(): number {
    return ERRORS[this.code].close;
  }
}

/**
 * Parses untrusted input.
 * @throws PartyError `unprocessable` (or the given code) with the paths of what is wrong.
 */
export function parse<T extends z.ZodType>(schema: T, input: unknown, code: ErrorCode = "unprocessable"): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new PartyError(code, { message: "The input is not valid", issues: issuesOf(result.error) });
}

/** Turns zod's issues into ours. */
export function issuesOf(error: z.ZodError): Issue[] {
  return error.issues.map((issue) => ({
    path: issue.path.map((part) => (typeof part === "symbol" ? String(part) : part)),
    message: issue.message,
  }));
}
