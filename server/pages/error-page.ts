import { type ErrorProps, renderError } from "../../client/web/pages/index.ts";
import type { PartyError } from "../../schema/errors.ts";
import type { AppContext } from "../context.ts";
import { shellOf } from "./shell.ts";

/** The page for a request that failed. It must not fail itself, so it asks nobody who the reader is. */
export async function errorPage(c: AppContext, failure: PartyError): Promise<Response> {
  const shell = await shellOf(c, null);
  const isUnknownSite = c.get("host").kind !== "apex" && shell.tenant === null;
  const kind = isUnknownSite ? "unknown_site" : kindOf(failure);
  return c.html(renderError({ shell, status: failure.status, kind, traceId: c.get("traceId") }), failure.status);
}

function kindOf({ code }: PartyError): ErrorProps["kind"] {
  switch (code) {
    case "forbidden":
    case "unauthenticated":
      return "forbidden";
    case "rate_limited":
      return "rate_limited";
    case "internal":
    case "unavailable":
      return "internal";
    case "not_found":
    case "gone":
    case "bad_request":
    case "unprocessable":
    case "conflict":
    case "too_large":
      return "not_found";
  }
}
