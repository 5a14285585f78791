import { type ErrorProps, renderError } from "../../client/web/pages/index.ts";
import type { ErrorCode, PartyError } from "../../schema/errors.ts";
import { SignInError } from "../auth/oauth/failure.ts";
import type { AppContext } from "../context.ts";
import { shellOf } from "./shell.ts";

/** What ends a sign-in; everything else that such a step answers is as anywhere. */
const SIGN_IN_FAILURES: ReadonlySet<ErrorCode> = new Set(["unauthenticated", "rate_limited", "unavailable"]);

/** The page for a request that failed. It must not fail itself, so it asks nobody who the reader is. */
export async function errorPage(c: AppContext, failure: PartyError): Promise<Response> {
  const shell = await shellOf(c, null);
  if (isSignInStep(c)) shell.signInUrl = beginAgain(shell.signInUrl, failure);
  const isUnknownSite = c.get("host").kind !== "apex" && shell.tenant === null;
  const kind = isUnknownSite ? "unknown_site" : kindOf(c, failure);
  return c.html(renderError({ shell, status: failure.status, kind, traceId: c.get("traceId") }), failure.status);
}

/** Whether a person is on their way through signing in, and so reads a page, if they can read one at all. */
export function isSignInStep({ req }: AppContext): boolean {
  return (
    req.method === "GET" &&
    /^\/auth\/(?:begin|handoff|[a-z]+\/(?:start|callback))$/.test(req.path) &&
    (req.header("accept") ?? "").includes("text/html")
  );
}

/** The way to the start, without this step's own address: codes and tickets are in it. */
function beginAgain(signInUrl: string, failure: PartyError): string {
  const [path = ""] = signInUrl.split("?");
  const returnTo = failure instanceof SignInError ? failure.returnTo : undefined;
  return returnTo === undefined ? path : `${path}?${new URLSearchParams({ returnTo })}`;
}

function kindOf(c: AppContext, { code }: PartyError): ErrorProps["kind"] {
  if (isSignInStep(c) && SIGN_IN_FAILURES.has(code)) return "sign_in_failed";
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
