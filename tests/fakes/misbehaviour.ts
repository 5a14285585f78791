import type { ServerResponse } from "node:http";
import { sendJson } from "./loopback-server.ts";

/**
 * How an endpoint may fail its caller.
 *
 * - `silent`: takes the request and never answers. `endless`: answers, and never ends.
 * - `redirect`: to another server. `html`: a page in the place of JSON. `huge`: 10 MB of JSON.
 * - `broken`, `overloaded`: 500, and 429 with `Retry-After`.
 * - `not_json`: says that it is JSON, and is not.
 * - `{ status, body }`: exactly that.
 */
export type Misbehaviour =
  | "silent"
  | "endless"
  | "redirect"
  | "html"
  | "huge"
  | "broken"
  | "overloaded"
  | "not_json"
  | { status: number; body: unknown };

const HUGE_BYTES = 10 * 1024 * 1024;
/** What an overloaded endpoint asks its caller to wait, in seconds. */
export const RETRY_AFTER_S = 7;

/** Answers badly. Whoever is left waiting is let go when the server stops. */
export function misbehave(how: Misbehaviour, response: ServerResponse): void {
  if (typeof how === "object") {
    sendJson(response, how.status, how.body);
    return;
  }
  switch (how) {
    case "silent":
      return;
    case "endless":
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"a":"');
      return;
    case "redirect":
      response.writeHead(302, { location: "http://127.0.0.1:9/elsewhere" });
      response.end();
      return;
    case "html":
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<!doctype html><h1>Down for maintenance</h1>");
      return;
    case "huge":
      response.writeHead(200, { "content-type": "application/json" });
      response.end(`{"a":"${"a".repeat(HUGE_BYTES)}"}`);
      return;
    case "broken":
      sendJson(response, 500, { error: "server_error" });
      return;
    case "overloaded":
      sendJson(response, 429, { error: "slow_down" }, { "retry-after": String(RETRY_AFTER_S) });
      return;
    case "not_json":
      response.writeHead(200, { "content-type": "application/json" });
      response.end("{'not': json");
  }
}
