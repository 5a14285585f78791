import { createMiddleware } from "hono/factory";
import { PartyError } from "../../schema/errors.ts";
import { reliesOnCookie } from "../auth/authenticate.ts";
import type { AppEnv } from "../context.ts";

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses unsafe requests that another origin's page may have caused. Sites are siblings under one domain, so
 * `SameSite` does not tell them apart; the Origin header does. A request without a cookie may leave it out, but may
 * not name a foreign one: that is how a stranger's page would sign someone in as somebody else.
 */
export const checkRequestOrigin = createMiddleware<AppEnv>(async (c, next) => {
  const request = c.req.raw;
  const origin = request.headers.get("origin");
  if (!SAFE_METHODS.has(request.method) && !request.headers.has("authorization")) {
    const isOwn = origin === new URL(request.url).origin;
    if (!isOwn && (origin !== null || reliesOnCookie(request))) {
      throw new PartyError("forbidden", { message: "This origin may not do that here" });
    }
  }
  await next();
});
