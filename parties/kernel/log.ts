import { DrizzleQueryError } from "drizzle-orm";

export type LogLevel = "debug" | "info" | "warn" | "error";

/**
 * Writes one line of JSON. Fields must hold nothing secret: no credentials, no message bodies.
 * `event` is a past participle in dots, such as `job.failed`.
 */
export function log(level: LogLevel, event: string, fields: Record<string, unknown> = {}): void {
  const line = JSON.stringify({ level, event, ...fields });
  if (level === "error") console.error(line);
  else if (level === "warn") console.warn(line);
  else console.log(line);
}

/** What a log line says of a thrown value: never sent to a client. */
export function describeError(error: unknown): { error: string; stack?: string } {
  if (!(error instanceof Error)) return { error: String(error) };
  // Its own message holds the parameters, which are people's words and addresses, and leaves out what went wrong.
  if (error instanceof DrizzleQueryError) {
    const cause = describeError(error.cause);
    return { ...cause, error: `${cause.error} in ${error.query}` };
  }
  return error.stack === undefined ? { error: error.message } : { error: error.message, stack: error.stack };
}
