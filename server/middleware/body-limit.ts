import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { PartyError } from "../../schema/errors.ts";
import type { AppEnv } from "../context.ts";

/** The largest body that a JSON route takes, in bytes. A post of full length in any script fits. */
const MAX_BODY_BYTES = 1024 * 1024;
/** The same where drafts are saved: one of full length fits with every character escaped that JSON may escape. */
const MAX_DRAFT_BODY_BYTES = 4 * MAX_BODY_BYTES;
const DRAFT_PATH = /^\/api\/admin\/drafts\/[^/]+$/;

/** Takes files; how large a file may be is its site's tier to say, so the route reads its body itself. */
export const UPLOAD_PATH = "/api/admin/images";

const limitJson = upTo(MAX_BODY_BYTES);
const limitDraft = upTo(MAX_DRAFT_BODY_BYTES);

/** Counts what arrives, whatever `Content-Length` claims. */
export const limitBody = createMiddleware<AppEnv>(async (c, next) => {
  const { method, path } = c.req;
  if (method === "POST" && path === UPLOAD_PATH) return await next();
  if (method === "PUT" && DRAFT_PATH.test(path)) return await limitDraft(c, next);
  return await limitJson(c, next);
});

function upTo(maxSize: number): MiddlewareHandler {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new PartyError("too_large", { message: `A body is at most ${maxSize} bytes` });
    },
  });
}
