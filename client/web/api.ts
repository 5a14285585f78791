import type { ErrorBody, ErrorCode, Issue } from "../../schema/errors.ts";

/** A request that did not succeed: the server's coded error, or `unavailable` when it could not be reached. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly issues: Issue[];
  readonly traceId: string | undefined;
  /** The answer's body: a 409 holds both versions beside `error`. */
  readonly body: unknown;

  constructor(error: Partial<ErrorBody["error"]> & { code: ErrorCode }, body?: unknown, cause?: unknown) {
    super(error.message ?? error.code.replaceAll("_", " "), { cause });
    this.code = error.code;
    this.retryAfterMs = error.retryAfterMs;
    this.issues = error.issues ?? [];
    this.traceId = error.traceId;
    this.body = body;
  }

  /** What is wrong with one field of the request, if anything. */
  issueAt(field: string): string | undefined {
    return this.issues.find((issue) => issue.path[0] === field)?.message;
  }
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

interface CallOptions {
  /** Sent as JSON, unless it is a form. */
  body?: unknown;
  signal?: AbortSignal;
  /** True for what must be answered also when the page is left meanwhile. */
  keepalive?: boolean;
  /** True for calls whose 401 is an answer and not a lapsed session. */
  noRefresh?: boolean;
}

/**
 * Calls the page's own host and answers the JSON body, or `undefined` where there is none. A lapsed session is
 * refreshed once.
 * @throws ApiError
 */
export async function call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
  let response = await send(method, path, options);
  if (response.status === 401 && options.noRefresh !== true) {
    if (await isRefreshed()) response = await send(method, path, options);
  }
  return resultOf<T>(response.status, await response.text());
}

/** Whether a lapsed session goes on. */
export async function isRefreshed(): Promise<boolean> {
  return (await send("POST", "/auth/refresh", { keepalive: true })).ok;
}

/**
 * The JSON body of an answer that is none of an error.
 * @throws ApiError
 */
export function resultOf<T>(status: number, text: string): T {
  const body = readJson(text);
  // The one place where the wire's JSON gets its type: the server validates what it sends by the same schemas.
  if (status >= 200 && status < 300) return body as T;
  throw new ApiError(isErrorBody(body) ? body.error : { code: codeOf(status) }, body);
}

/** The failure of a request that nobody has answered. */
export function notReached(cause?: unknown): ApiError {
  const message = "The server could not be reached. Check your connection.";
  return new ApiError({ code: "unavailable", message }, undefined, cause);
}

async function send(method: Method, path: string, { body, signal, keepalive = false }: CallOptions): Promise<Response> {
  // A form says by itself what it is.
  const isJson = body !== undefined && !(body instanceof FormData);
  try {
    return await fetch(path, {
      method,
      credentials: "same-origin",
      keepalive,
      headers: isJson
        ? { accept: "application/json", "content-type": "application/json" }
        : { accept: "application/json" },
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw notReached(cause);
  }
}

function readJson(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // A proxy's HTML page, say.
  }
}

function isErrorBody(body: unknown): body is ErrorBody {
  return (
    typeof body === "object" &&
    body !== null &&
    "error" in body &&
    typeof body.error === "object" &&
    body.error !== null &&
    "code" in body.error
  );
}

const CODES: Record<number, ErrorCode> = {
  400: "bad_request",
  401: "unauthenticated",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  410: "gone",
  413: "too_large",
  422: "unprocessable",
  429: "rate_limited",
  503: "unavailable",
};

function codeOf(status: number): ErrorCode {
  return CODES[status] ?? "internal";
}

/** What to tell a person about a failure. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) {
    const [issue] = error.issues;
    return issue === undefined ? error.message : `${error.message}: ${issue.path.join(".")} ${issue.message}`;
  }
  return "Something went wrong. Please try again.";
}

/** True for the error that aborting a call makes. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
