import { createMiddleware } from "hono/factory";
import { reliesOnCookie } from "../auth/authenticate.ts";
import { type AppEnv, beginAuthentication } from "../context.ts";

/**
 * Looks at a credential when it comes, not when the body behind it has come: a slow upload may take longer than a
 * replaced cookie is good for, and shown after that it would pass for a copy and end its own session.
 */
export const authenticateEarly = createMiddleware<AppEnv>(async (c, next) => {
  const { body, headers } = c.req.raw;
  // Of a POST with nothing in it the runtime makes an empty body.
  const hasBody = body !== null && headers.get("content-length") !== "0";
  if (hasBody && (headers.has("authorization") || reliesOnCookie(c.req.raw))) beginAuthentication(c);
  await next();
});
