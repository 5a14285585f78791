import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { PartyError } from "../../schema/errors.ts";
import type { AppEnv } from "../context.ts";

/** The largest body that any JSON route takes, in bytes. A post of full length in any script fits. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Takes files; how large a file may be is its site's tier to say, so the route reads its body itself. */
export const UPLOAD_PATH = "/api/admin/images";

const limitJson = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw new PartyError("too_large", { message: `A body is at most ${MAX_BODY_BYTES} bytes` });
  },
});

/** Counts what arrives, whatever `Content-Length` claims. */
export const limitBody = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.method === "POST" && c.req.path === UPLOAD_PATH) return await next();
  return await limitJson(c, next);
});
