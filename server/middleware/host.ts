import { createMiddleware } from "hono/factory";
import { configOf } from "../config.ts";
import type { AppEnv } from "../context.ts";
import { hostOf } from "../host.ts";

/** Tells the rest which of our hosts this is. */
export const readHost = createMiddleware<AppEnv>(async (c, next) => {
  const config = configOf(c.env);
  c.set("config", config);
  c.set("host", hostOf(new URL(c.req.url), config.ROOT_DOMAIN));
  await next();
});
