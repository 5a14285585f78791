import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, send } from "../../scripts/lib/http.ts";
import { type OidcProvider, startOidcProvider } from "../fakes/oidc-provider.ts";
import { makeTenant, type Site, startSite } from "./harness.ts";
import { someone } from "./provider-checks.ts";
import { connect } from "./wire.ts";

/** So many characters of a secret in a row are too many. */
const PIECE = 16;
const SUBDOMAIN = "hollow";
/** Parameters of an address that are worth something to whoever reads them. */
const SECRET_PARAMETERS = ["ticket", "state", "code", "nonce"];

const random = (bytes = 32) => randomBytes(bytes).toString("base64url");

const SESSION_SECRET = randomBytes(32).toString("base64");
const NEW_KEY = randomBytes(32).toString("base64");
const OLD_KEY = randomBytes(32).toString("base64");
const CLIENT_SECRET = random();

let site: Site;
let oidc: OidcProvider;
/** Every secret that has travelled or is kept, by what it is. */
const secrets = new Map<string, string>();

beforeAll(async () => {
  oidc = await startOidcProvider({ clientSecret: CLIENT_SECRET });
  site = await startSite({
    ...oidc.settings,
    SESSION_SECRET,
    ENCRYPTION_KEYS: `k2:${NEW_KEY},k1:${OLD_KEY}`,
    ADMIN_EMAILS: "boss@understory.example",
  });
  oidc.allowRedirect(`${site.origin()}/auth/oidc/callback`);
  for (const [name, value] of Object.entries({ SESSION_SECRET, NEW_KEY, OLD_KEY, CLIENT_SECRET })) note(name, value);
});

afterAll(async () => {
  await site.stop();
  await oidc.stop();
});

/** Remembers a secret: for credentials the parts that prove something, not the ids in their middle. */
function note(what: string, text: string): void {
  const [, mac, secret] = /^(?:v1|a1|t1)\.[^:]+:[^:]+:([^.]+)\.(.+)$/.exec(decodeURIComponent(text)) ?? [];
  if (mac !== undefined) secrets.set(`the code of ${what} ${secrets.size}`, mac);
  secrets.set(`${what} ${secrets.size}`, secret ?? text);
}

/** A browser that tells all its secrets to the test. */
class Teller {
  readonly #jar = new Map<string, Map<string, string>>();

  cookie(host: string): string {
    return [...(this.#jar.get(host) ?? [])].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async ask(
    method: string,
    address: string | URL,
    headers: Record<string, string> = {},
    body?: unknown,
  ): Promise<Answer> {
    const url = new URL(address);
    for (const name of SECRET_PARAMETERS) {
      const value = url.searchParams.get(name);
      if (value !== null && value.length >= PIECE) note(`${name} in an address`, value);
    }
    const cookie = this.cookie(url.host);
    const own = { ...(cookie !== "" && { cookie }), ...(method !== "GET" && { origin: url.origin }) };
    const answer = await send(method, url, { ...own, ...headers }, body);
    this.#keep(url.host, answer, headers["cookie"] === undefined);
    for (const [name, value] of Object.entries(fieldsOf(answer.body)))
      if (/token|ticket/i.test(name) && typeof value === "string") note(name, value);
    return answer;
  }

  /** Goes where an answer sends. */
  async follow(answer: Answer, from: string | URL): Promise<{ answer: Answer; url: URL }> {
    const url = new URL(answer.headers.location ?? "", from);
    return { answer: await this.ask("GET", url), url };
  }

  /** What is set for another browser's cookies, which a request may bring along, is not this one's. */
  #keep(host: string, { headers }: Answer, isOwn: boolean): void {
    const jar = this.#jar.get(host) ?? new Map<string, string>();
    this.#jar.set(host, jar);
    for (const line of headers["set-cookie"] ?? []) {
      const [pair = "", ...attributes] = line.split("; ");
      const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      if (isOwn && attributes.includes("Max-Age=0")) jar.delete(name);
      else if (isOwn) jar.set(name, value);
      // A device's id vouches for nothing, and stands in the list of devices.
      if (value.length >= PIECE && !name.endsWith("-device")) note(`cookie ${name}`, value);
    }
  }
}

function fieldsOf(body: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
  } catch {
    return {}; // A page.
  }
}

const textOf = (body: string, field: string): string => String(fieldsOf(body)[field]);

/** Signs in by the developer's door. */
async function devLogin(teller: Teller, email = "boss@understory.example") {
  const { body } = await teller.ask("POST", `${site.origin()}/auth/dev`, {}, { email, name: "Ada" });
  return { userId: textOf(body, "userId"), sessionId: textOf(body, "sessionId"), token: textOf(body, "accessToken") };
}

/** The same cookie with its last character changed: a secret that is nearly right is no less secret. */
const nearly = (cookie: string) => cookie.slice(0, -1) + (cookie.endsWith("A") ? "B" : "A");

test("a whole run leaves nothing in the log that could be used, and no 16 characters of it", async () => {
  const apex = site.origin();
  const { host } = new URL(apex);
  const teller = new Teller();
  const { userId, token } = await devLogin(teller);
  await makeTenant(site, token, SUBDOMAIN, "The hollow");

  // Refreshing, tokens, wrong secrets, cookies twice, nonsense.
  const before = teller.cookie(host);
  const refreshed = await teller.ask("POST", `${apex}/auth/refresh`);
  expect(refreshed.status).toBe(200);
  await teller.ask("POST", `${apex}/auth/refresh`, { cookie: before });
  await teller.ask("GET", `${apex}/api/me`, { authorization: `Bearer ${textOf(refreshed.body, "accessToken")}` });
  await teller.ask("GET", `${apex}/api/me`, { authorization: `Bearer ${nearly(token)}` });
  await teller.ask("GET", `${apex}/api/me`, { cookie: `${before}; ${before}` });
  const nonsense = random();
  note("a made-up cookie", nonsense);
  await teller.ask("GET", `${apex}/account/devices`, { cookie: `understory=${nonsense}` });
  await teller.ask("GET", `${apex}/api/me`, { authorization: `Basic ${nonsense}` });

  // Tickets, once good and once used; sockets by cookie and by token; what they say.
  const party = { party: "session", name: userId };
  const path = `/parties/session/${userId}`;
  const { body } = await teller.ask("POST", `${apex}/api/tickets`, {}, party);
  const ticket = textOf(body, "ticket");
  const byTicket = await connect(site, `${path}?ticket=${ticket}`, { on: SUBDOMAIN, origin: null });
  await byTicket.next("initial_state");
  const again = await connect(site, `${path}?ticket=${ticket}`, { on: SUBDOMAIN, origin: null });
  expect((await again.closed).code).toBe(4401);
  const byCookie = await connect(site, path, { on: SUBDOMAIN, cookie: teller.cookie(host) });
  await byCookie.next("initial_state");
  const payload = random();
  note("a frame's payload", payload);
  await byCookie.ask({ type: "update_settings", id: "1", settings: { note: payload } });
  await byCookie.ask({ type: "broadcast_event", id: "2", event: "x", data: payload });
  await byCookie.ask({ type: "nonsense", id: "3", payload });
  byCookie.send(payload);
  await byCookie.next("error");

  // Handed over to a site, and the same ticket once more.
  const onSite = site.origin(SUBDOMAIN);
  const begun = await teller.ask("GET", `${onSite}/auth/begin?returnTo=/admin`);
  const sent = await teller.follow(begun, onSite);
  const done = await teller.follow(sent.answer, sent.url);
  expect(done.answer.headers.location).toBe("/admin");
  expect((await teller.ask("GET", done.url)).status).toBe(401);

  // A provider, whose code, tokens and secrets come by; then its refusal of a code that is nearly right.
  const provided = { access_token: random(), refresh_token: random() };
  for (const [name, value] of Object.entries(provided)) note(`provider's ${name}`, value);
  oidc.fail({ tokens: { refresh_token: provided.refresh_token } });
  oidc.signedInAs(someone());
  const visitor = new Teller();
  const started = await visitor.ask("GET", `${apex}/auth/oidc/start`);
  const atProvider = await visitor.follow(started, apex);
  const back = await visitor.follow(atProvider.answer, atProvider.url);
  expect(back.answer.status).toBe(302);
  expect((await visitor.ask("GET", back.url)).status).toBe(401);
  oidc.fail({ tokens: { access_token: provided.access_token }, claims: { nonce: random() } });
  const second = await visitor.ask("GET", `${apex}/auth/oidc/start`);
  const secondAtProvider = await visitor.follow(second, apex);
  expect((await visitor.follow(secondAtProvider.answer, secondAtProvider.url)).answer.status).toBe(401);
  for (const { form, headers } of oidc.received) {
    for (const name of ["code", "code_verifier"]) if (form.get(name) !== null) note(name, form.get(name) ?? "");
    if (headers.authorization !== undefined)
      note("what the provider is shown", headers.authorization.split(" ")[1] ?? "");
  }

  // Signing in again, a stolen cookie, the audit log, signing out.
  const thief = new Teller();
  await devLogin(thief, "victim@understory.example");
  const stolen = thief.cookie(host);
  await thief.ask("POST", `${apex}/auth/refresh`);
  await devLogin(thief, "victim@understory.example");
  await thief.ask("GET", `${apex}/api/me`, { cookie: stolen });
  const own =
    thief
      .cookie(host)
      .split("; ")
      .find((pair) => pair.startsWith("understory=")) ?? "";
  for (let n = 0; n < 12; n++) await thief.ask("POST", `${apex}/auth/refresh`, { cookie: nearly(own) });
  await thief.ask("GET", `${apex}/api/me/audit`);
  await thief.ask("POST", `${apex}/api/sessions/revoke-all`, {}, { keepCurrent: false });
  await teller.ask("GET", `${apex}/ops/parties/session/${userId}`);

  // What fails on our side: every table that these routes need is gone.
  const database = await site.server.miniflare.getD1Database("DB");
  for (const table of ["audit_log", "used_states", "users", "tenants"])
    await database.prepare(`ALTER TABLE ${table} RENAME TO ${table}_gone`).run();
  const email = `${random(12)}@understory.example`;
  note("somebody's e-mail address", email);
  const failing: [string, string, unknown?][] = [
    ["GET", `${apex}/api/me/audit`],
    ["GET", `${site.origin("nowhere")}/auth/begin`],
    ["GET", `${site.origin("nowhere")}/auth/handoff?ticket=${ticket}&challenge=${random()}&returnTo=/`],
  ];
  for (const [method, url, given] of failing) expect((await teller.ask(method, url, {}, given)).status).toBe(500);
  // Accounts have a party of their own; what D1 should know of this one fails.
  expect((await teller.ask("POST", `${apex}/auth/dev`, {}, { email, name: "Ada" })).status).toBe(200);
  const third = await visitor.ask("GET", `${apex}/auth/oidc/start`);
  const thirdAtProvider = await visitor.follow(third, apex);
  expect((await visitor.follow(thirdAtProvider.answer, thirdAtProvider.url)).answer.status).toBe(500);
  await teller.ask("POST", `${apex}/auth/logout`);
  await byCookie.closed;
  expect(await byTicket.closed).toMatchObject({ code: 4401 });

  await expect.poll(() => site.logs.filter((line) => line.includes('"path":"/auth/logout"'))).toHaveLength(1);
  expect(paths()).toEqual(
    expect.arrayContaining([
      "/api/me",
      "/api/me/audit",
      "/api/tickets",
      "/auth/begin",
      "/auth/dev",
      "/auth/handoff",
      "/auth/oidc/callback",
      "/auth/refresh",
      path,
    ]),
  );
  const events = new Set(site.logs.map((line) => String(fieldsOf(line)["event"])));
  for (const event of ["request.answered", "request.failed", "sign_in.refused", "sockets.revoked"])
    expect(events).toContain(event);
  expect(secrets.size).toBeGreaterThan(50);
  expect(leaks(site.logs)).toEqual([]);
  expect(site.logs.filter((line) => /eyJ[\w-]{10}|[?&](?:code|state|ticket)=/.test(line))).toEqual([]);
});

test("the search finds a secret that is there, a piece of it, and one in the middle of a line", () => {
  for (const [what, secret] of [...secrets].slice(0, 20)) {
    for (const line of [secret, `{"error":"Bearer ${secret}"}`, `x${secret.slice(3, 3 + PIECE)}y`])
      expect(leaks([line]).join()).toContain(what);
  }
  expect(leaks([`${[...secrets.values()][0]?.slice(0, PIECE - 1)} and no more`])).toEqual([]);
});

/** The paths of the requests that were logged. */
function paths(): string[] {
  const lines = site.logs.map(fieldsOf).filter(({ event }) => event === "request.answered");
  return [...new Set(lines.map((line) => String(line["path"])))];
}

/** Which secrets, or pieces of them, stand in these lines. */
function leaks(lines: readonly string[]): string[] {
  const pieces = new Map<string, string>();
  for (const line of lines)
    for (let at = 0; at + PIECE <= line.length; at++) pieces.set(line.slice(at, at + PIECE), line);
  return [...secrets].flatMap(([what, secret]) => {
    if (secret.length < PIECE) throw new Error(`${what} is too short to be told from anything else`);
    for (let at = 0; at + PIECE <= secret.length; at++) {
      const line = pieces.get(secret.slice(at, at + PIECE));
      if (line !== undefined) return [`${what}: ${line}`];
    }
    return [];
  });
}
