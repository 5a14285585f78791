import { serialize } from "hono/utils/cookie";
import { newId } from "../../parties/kernel/index.ts";
import { deviceIdSchema } from "../../schema/ids.ts";
import type { AppContext } from "../context.ts";
import { cookieOptions, cookiesNamed } from "./cookies.ts";

/** As long as browsers keep any cookie, in seconds (RFC 6265bis 5.5: 400 days). */
const MAX_AGE_S = 400 * 24 * 60 * 60;

function nameFor(url: URL): string {
  return url.protocol === "https:" ? "__Secure-understory-device" : "understory-device";
}

/**
 * The id of the browser that is signing in: the one it has kept, or a new one. It names a device in its owner's list
 * and vouches for nothing.
 */
export function deviceOf(c: AppContext, handedOver?: string): string {
  const [kept] = cookiesNamed(c.req.raw, nameFor(new URL(c.req.url)));
  const known = deviceIdSchema.safeParse(handedOver ?? kept);
  return known.success ? known.data : newId("device");
}

/** Has the browser keep its id, also when it signs out. */
export function keepDevice(c: AppContext, deviceId: string): void {
  const url = new URL(c.req.url);
  const options = { ...cookieOptions(url, c.get("config")), maxAge: MAX_AGE_S };
  c.header("Set-Cookie", serialize(nameFor(url), deviceId, options), { append: true });
}
