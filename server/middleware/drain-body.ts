import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../context.ts";

/** How much of a refused body is read only to be thrown away, in bytes. */
const MAX_DRAINED_BYTES = 16 * 1024 * 1024;

/**
 * Reads what a refusal left unread. A connection with an unread body is reset after the answer, and then a client that
 * is still sending, or that sends its next request on it, sees a broken connection in the place of the answer.
 */
export const drainBody = createMiddleware<AppEnv>(async (c, next) => {
  const request = c.req.raw;
  await next();
  if (request.body === null || request.bodyUsed || request.body.locked) return;
  let bytes = 0;
  for await (const chunk of request.body as ReadableStream<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_DRAINED_BYTES) return;
  }
});
