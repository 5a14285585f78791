import { bodyLimit } from "hono/body-limit";
import { PartyError } from "../../schema/errors.ts";

/** The largest body that any JSON route takes, in bytes. A post of full length in any script fits. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Counts what arrives, whatever `Content-Length` claims. */
export const limitBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw new PartyError("too_large", { message: `A body is at most ${MAX_BODY_BYTES} bytes` });
  },
});
