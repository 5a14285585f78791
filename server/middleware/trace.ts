import { createMiddleware } from "hono/factory";
import { log, runtime } from "../../parties/kernel/index.ts";
import type { AppEnv } from "../context.ts";

/** Gives each request an id, sends it back in `X-Trace-Id`, and writes one line of JSON when the answer is ready. */
export const trace = createMiddleware<AppEnv>(async (c, next) => {
  const start = runtime().now();
  const traceId = runtime().token();
  c.set("traceId", traceId);
  await next();
  c.header("X-Trace-Id", traceId);
  const url = new URL(c.req.url);
  // Neither query nor cookies: tickets and codes travel there.
  log("info", "request.answered", {
    traceId,
    method: c.req.method,
    host: url.host.slice(0, 100),
    path: withoutSecrets(url.pathname).slice(0, 200),
    status: c.res.status,
    ms: runtime().now() - start,
  });
});

/** Whoever has the link of an invitation can take it up. */
function withoutSecrets(path: string): string {
  return path.replace(/^((?:\/api)?\/invitations\/)[^/]+/, "$1…");
}
