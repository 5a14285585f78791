import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../context.ts";

/**
 * Scripts and styles are files of ours, nothing inline. Vite's development client puts styles into the page itself and
 * talks over a socket of its own; only there styles are looser.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  import.meta.env.DEV ? "style-src 'self' 'unsafe-inline'" : "style-src 'self'",
  "img-src 'self' https: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join("; ");

const HEADERS = {
  "Content-Security-Policy": POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "strict-origin-when-cross-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};
const TWO_YEARS_S = 2 * 365 * 24 * 60 * 60;

/**
 * Puts the security headers on every answer that does not say otherwise itself. CORS stays closed: no answer allows
 * another origin.
 */
export const securityHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  // A socket's answer is a handshake, and its headers cannot be changed.
  if (c.res.webSocket !== null) return;
  for (const [name, value] of Object.entries(HEADERS)) if (!c.res.headers.has(name)) c.header(name, value);
  // Answers that say nothing of it hold tokens, or what one person may see.
  if (!c.res.headers.has("cache-control")) c.header("Cache-Control", "no-store");
  if (c.req.url.startsWith("https:"))
    c.header("Strict-Transport-Security", `max-age=${TWO_YEARS_S}; includeSubDomains`);
});
