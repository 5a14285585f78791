import { randomInt } from "node:crypto";
import { type Answer, send } from "../../scripts/lib/http.ts";
import type { Site } from "./harness.ts";

/** How many redirects a visitor follows: more than any sign-in takes. */
const MAX_HOPS = 12;

/**
 * Somebody with a browser that has cookies and follows links, and does nothing else. Each comes from an address of
 * their own, so that one's failures lock nobody else out.
 */
export class Visitor {
  readonly #cookies = new Map<string, string>();
  readonly #address = `10.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}`;
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  /** One request, with the cookies of its host. */
  async get(url: string | URL, headers: Record<string, string> = {}): Promise<Answer> {
    const to = new URL(url);
    const cookie = [...this.#cookies]
      .filter(([key]) => key.startsWith(`${to.host} `))
      .map(([key, value]) => `${key.slice(to.host.length + 1)}=${value}`)
      .join("; ");
    const answer = await send("GET", to, {
      "cf-connecting-ip": this.#address,
      ...(cookie !== "" && { cookie }),
      ...headers,
    });
    for (const set of answer.headers["set-cookie"] ?? []) this.#keep(to.host, set);
    return answer;
  }

  /** Follows redirects. Answers where it ended and what was there. */
  async follow(url: string | URL, until: (url: URL) => boolean = () => false): Promise<{ url: URL; answer: Answer }> {
    let at = new URL(url);
    for (let hop = 0; hop < MAX_HOPS; hop += 1) {
      const answer = await this.get(at);
      const { location } = answer.headers;
      if (location === undefined) return { url: at, answer };
      at = new URL(location, at);
      if (until(at)) return { url: at, answer };
    }
    throw new Error(`redirected too often, at last to ${at.origin}${at.pathname}`);
  }

  /** Begins at the apex and says yes at the provider. Answers the address that the visitor is sent back to. */
  async cross(provider: string, returnTo = "/"): Promise<URL> {
    const start = `${this.#site.origin()}/auth/${provider}/start?returnTo=${encodeURIComponent(returnTo)}`;
    const { url } = await this.follow(start, ({ pathname }) => pathname === `/auth/${provider}/callback`);
    if (!url.pathname.endsWith("/callback")) throw new Error(`the provider did not send anybody back: ${url.href}`);
    return url;
  }

  /** The whole way. Answers what the callback says. */
  async signIn(provider: string, returnTo = "/"): Promise<Answer> {
    return await this.get(await this.cross(provider, returnTo));
  }

  /** Who the apex takes this visitor for. */
  async me(): Promise<{ id: string; name: string; email: string | null; role: string }> {
    const { status, body } = await this.get(`${this.#site.origin()}/api/me`);
    if (status !== 200) throw new Error(`/api/me answered ${status}`);
    return (JSON.parse(body) as { user: { id: string; name: string; email: string | null; role: string } }).user;
  }

  /** The ways in to this visitor's account. */
  async identities(): Promise<{ provider: string; subject: string }[]> {
    const { body } = await this.get(`${this.#site.origin()}/api/me/export`);
    return (JSON.parse(body) as { identities: { provider: string; subject: string }[] }).identities;
  }

  /** The names of the cookies of a host. */
  cookies(host: string): string[] {
    return [...this.#cookies.keys()].filter((key) => key.startsWith(`${host} `)).map((key) => key.split(" ")[1] ?? "");
  }

  #keep(host: string, set: string): void {
    const [pair = "", ...attributes] = set.split(";");
    const name = pair.slice(0, pair.indexOf("="));
    const isEnded = attributes.some((attribute) => attribute.trim().toLowerCase() === "max-age=0");
    if (isEnded) this.#cookies.delete(`${host} ${name}`);
    else this.#cookies.set(`${host} ${name}`, pair.slice(name.length + 1));
  }
}
