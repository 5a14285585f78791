import { APEX, call, type Call } from "./support.ts";

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

export interface Browser {
  /** Its cookies by name, as they are sent. */
  readonly jar: Map<string, string>;
  /** The same as `call`, from a page of the host itself, with all cookies; what the answer sets is kept. */
  call(method: string, path: string, options?: Omit<Call, "cookie" | "host">): Promise<Response>;
  /** Signs somebody in by the developer's door. */
  signIn(email: string): Promise<{ userId: string; sessionId: string; token: string }>;
}

/** A browser as one host sees it. */
export function newBrowser(host = APEX): Browser {
  const jar = new Map<string, string>();
  const browser: Browser = {
    jar,
    call: async (method, path, options = {}) => {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
      const origin = `${options.scheme ?? "http"}://${host}`;
      const response = await call(method, path, {
        host,
        ...(cookie !== "" && { cookie }),
        ...(!SAFE_METHODS.has(method) && { origin }),
        ...options,
      });
      for (const line of response.headers.getSetCookie()) keep(jar, line);
      return response;
    },
    signIn: async (email) => {
      const response = await browser.call("POST", "/auth/dev", { body: { email, name: "Ada" } });
      const body = await response.json<{ userId: string; sessionId: string; accessToken: string }>();
      return { userId: body.userId, sessionId: body.sessionId, token: body.accessToken };
    },
  };
  return browser;
}

function keep(jar: Map<string, string>, line: string): void {
  const [pair = "", ...attributes] = line.split("; ");
  const at = pair.indexOf("=");
  if (attributes.includes("Max-Age=0")) jar.delete(pair.slice(0, at));
  else jar.set(pair.slice(0, at), pair.slice(at + 1));
}
