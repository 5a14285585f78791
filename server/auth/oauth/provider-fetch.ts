import { SignInFailure } from "./failure.ts";
import { isPrivate } from "./settings.ts";

/** How long a visitor waits for all that the provider is asked on their behalf, bodies included, in milliseconds. */
const DEADLINE_MS = 10_000;
/** Far more than any token, profile or key set needs. */
const MAX_BODY_BYTES = 256 * 1024;
const JSON_TYPES: ReadonlySet<string> = new Set(["application/json", "application/jwk-set+json"]);
/** The longest wait that a provider's `Retry-After` may ask of a visitor, in milliseconds. */
const MAX_RETRY_AFTER_MS = 60 * 60_000;

/** `fetch`, as the OAuth library calls it. */
export type ProviderFetch = (url: string, init: ProviderRequest) => Promise<Response>;
export interface ProviderRequest {
  method: string;
  headers: Record<string, string>;
  body?: URLSearchParams | undefined;
}

/**
 * Asks a provider on behalf of one visitor. What comes back is hostile until it is proven: it is JSON of a bounded size
 * in a bounded time, or a failure. Redirects are not followed, for they would take secrets along.
 */
export function providerFetch(): ProviderFetch {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  return async (address, init) => {
    const url = new URL(address);
    const endpoint = (url.origin + url.pathname).slice(0, 300);
    if (!isPrivate(url)) throw new SignInFailure("operator", "insecure_endpoint", { endpoint });
    try {
      const response = await fetch(url, { ...init, body: init.body ?? null, redirect: "manual", signal });
      return await readAnswer(response, endpoint);
    } catch (error) {
      if (error instanceof SignInFailure) throw error;
      throw new SignInFailure("provider", signal.aborted ? "slow" : "unreachable", { endpoint });
    }
  };
}

/** The answer again, with a body that is whole and small. `WWW-Authenticate` stays out: the body says it better. */
async function readAnswer(response: Response, endpoint: string): Promise<Response> {
  const { status } = response;
  const reason = unfit(response);
  if (reason !== undefined) {
    await response.body?.cancel();
    const retryAfterMs = retryAfterOf(response);
    throw new SignInFailure("provider", reason, {
      endpoint,
      detail: `status ${status}`,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
  return new Response(await readText(response, endpoint), { status, headers: { "content-type": "application/json" } });
}

function unfit({ status, headers }: Response): string | undefined {
  if (status >= 300 && status < 400) return "redirected";
  if (status === 429) return "overloaded";
  if (status >= 500) return "broken";
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  return JSON_TYPES.has(type.trim().toLowerCase()) ? undefined : "not_json";
}

async function readText(response: Response, endpoint: string): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  // Leaving the loop early cancels the body.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new SignInFailure("provider", "too_large", { endpoint });
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Seconds, or a date (RFC 9110 10.2.3), which is not worth reading here. */
function retryAfterOf({ headers }: Response): number | undefined {
  const seconds = headers.get("retry-after");
  if (seconds === null || !/^\d{1,9}$/.test(seconds)) return undefined;
  return Math.min(Math.max(1_000, Number(seconds) * 1_000), MAX_RETRY_AFTER_MS);
}
