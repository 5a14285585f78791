/**
 * The request as the browser sent it. A proxy that speaks TLS in front of us says so in `X-Forwarded-Proto`; without it
 * cookies would lack `Secure`, and every origin would be a foreign one. Pages of other origins cannot add the header
 * (Fetch standard, CORS-safelisted headers), and a program that forges it makes only its own cookies stricter.
 */
export function asSent(request: Request): Request {
  if (request.headers.get("x-forwarded-proto") !== "https" || request.url.startsWith("https:")) return request;
  const url = new URL(request.url);
  url.protocol = "https:";
  return new Request(url, request);
}
