import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createHmac } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Answer, send } from "../../scripts/lib/http.ts";
import { type Served, serve } from "../../scripts/serve.ts";

/** A Worker of another service: it asks ours what it was told to ask, over RPC. */
const SIBLING = `
export default {
  async fetch(request, env) {
    const { method, shown } = await request.json();
    try {
      const answer = method === "fetch" ? env.SESSIONS.fetch("http://x/") : env.SESSIONS[method](...shown);
      return Response.json(await answer);
    } catch (error) {
      return Response.json({ thrown: String(error) }, { status: 500 });
    }
  },
};
`;

const signedInSchema = z.object({ userId: z.string(), sessionId: z.string(), accessToken: z.string() });
const secretsSchema = z.object({ SESSION_SECRET: z.string() });

let server: Served;
let dataDir: string;
const logs: string[] = [];

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "understory-sibling-"));
  server = await serve({
    port: 0,
    dataDir,
    settings: { DEV_LOGIN: "1", ADMIN_EMAILS: "boss@understory.example" },
    onLog: (line) => logs.push(line),
    siblings: [{ name: "sibling", script: SIBLING, entrypoints: { SESSIONS: "SessionService" } }],
  });
});

afterAll(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** What the sibling is told when it shows this. */
async function ask(...shown: unknown[]): Promise<unknown> {
  return await callAs("validate", ...shown);
}

async function callAs(method: string, ...shown: unknown[]): Promise<unknown> {
  const sibling = await server.miniflare.getWorker("sibling");
  const answer = await sibling.fetch("http://sibling/", { method: "POST", body: JSON.stringify({ method, shown }) });
  return await answer.json();
}

async function post(path: string, headers: Record<string, string>, body?: unknown): Promise<Answer> {
  const origin = `http://localhost:${server.port}`;
  return await send("POST", new URL(path, origin), { origin, ...headers }, body);
}

/** The session cookie that an answer sets, as a browser sends it back. */
function cookieOf({ headers }: Answer): string {
  return headers["set-cookie"]?.find((line) => line.startsWith("understory="))?.split(";")[0] ?? "";
}

async function signIn(email = `${crypto.randomUUID()}@understory.example`) {
  const answer = await post("/auth/dev", {}, { email, name: "Ada" });
  const { accessToken: bearer, ...ids } = signedInSchema.parse(JSON.parse(answer.body));
  return { ...ids, bearer, cookie: cookieOf(answer) };
}

const INVALID = { valid: false };

describe("another Worker may ask", () => {
  test("whose cookie and whose token it was shown", async () => {
    const { userId, sessionId, cookie, bearer } = await signIn();
    const verdict = { valid: true, userId, sessionId, role: "user", needsRefresh: false };
    expect(await ask({ cookie })).toEqual(verdict);
    expect(await ask({ cookie: `theme=dark; ${cookie}; other=1` })).toEqual(verdict);
    expect(await ask({ bearer })).toEqual(verdict);
  });

  test("and learns the role", async () => {
    const { bearer } = await signIn("boss@understory.example");
    expect(await ask({ bearer })).toMatchObject({ valid: true, role: "super_admin" });
  });

  test("and is told when the client should refresh", async () => {
    const { cookie, userId } = await signIn();
    const refreshed = await post("/auth/refresh", { cookie });
    expect(refreshed.status).toBe(200);
    // The answer may have been lost: the client still shows the cookie before.
    expect(await ask({ cookie })).toMatchObject({ valid: true, userId, needsRefresh: true });
    expect(await ask({ cookie: cookieOf(refreshed) })).toMatchObject({ valid: true, userId, needsRefresh: false });
  });

  test("at once after a session has ended, and is told so", async () => {
    const { cookie, bearer } = await signIn();
    expect(await ask({ cookie })).toMatchObject({ valid: true });
    await post("/auth/logout", { cookie });
    expect([await ask({ cookie }), await ask({ bearer })]).toEqual([INVALID, INVALID]);
  });

  test("many times at once", async () => {
    const people = await Promise.all(Array.from({ length: 10 }, async () => await signIn()));
    const verdicts = await Promise.all(people.map(async ({ cookie }) => await ask({ cookie })));
    expect(verdicts).toMatchObject(people.map(({ userId, sessionId }) => ({ valid: true, userId, sessionId })));
  });
});

describe("what is not good is refused alike", () => {
  test("forged: another's parts, another key, another kind", async () => {
    const [ada, eve] = [await signIn(), await signIn()];
    const value = ada.cookie.slice("understory=".length);
    const [kind, routing = "", secret = ""] = decodeURIComponent(value).split(".");
    const mac = createHmac("sha256", "a key of ours it is not").update(`v1.${ada.userId}:${ada.sessionId}`);
    const forged = [
      `${kind}.${routing.replace(ada.userId, eve.userId)}.${secret}`,
      `${kind}.${routing.replace(ada.sessionId, eve.sessionId)}.${secret}`,
      `${kind}.${ada.userId}:${ada.sessionId}:${mac.digest("base64url")}.${secret}`,
      `${kind}.${routing}.${"A".repeat(43)}`,
      ada.bearer,
    ];
    for (const text of forged)
      expect({ text, verdict: await ask({ cookie: `understory=${text}` }) }).toEqual({ text, verdict: INVALID });
    for (const text of [...forged.slice(0, 4), decodeURIComponent(value)])
      expect(await ask({ bearer: text })).toEqual(INVALID);
    expect(await ask({ cookie: ada.cookie.replace("understory=", "__Secure-understory=") })).toEqual(INVALID);
    expect(await ask({ cookie: `${ada.cookie}; ${eve.cookie}` })).toEqual(INVALID);
  });

  test("truncated anywhere", async () => {
    const { cookie, bearer } = await signIn();
    for (let length = 0; length < cookie.length; length += 7)
      expect(await ask({ cookie: cookie.slice(0, length) })).toEqual(INVALID);
    for (let length = 0; length < bearer.length; length += 7)
      expect(await ask({ bearer: bearer.slice(0, length) })).toEqual(INVALID);
    expect(await ask({ cookie })).toMatchObject({ valid: true });
  });

  test.each([
    ["nothing at all", []],
    ["null", [null]],
    ["a text", ["understory=x"]],
    ["an empty object", [{}]],
    ["a number", [{ cookie: 1 }]],
    ["a list", [{ bearer: ["x"] }]],
    ["both at once", [{ cookie: "understory=x", bearer: "x" }]],
    ["something more", [{ bearer: "x", socket: { party: "post", name: "x" } }]],
    ["empty texts", [{ cookie: "" }]],
    ["an empty token", [{ bearer: "" }]],
    ["a line end", [{ cookie: "understory=x\r\nauthorization: Bearer x" }]],
    ["a line end in a token", [{ bearer: "x\ny" }]],
    ["a null character", [{ cookie: "understory=\u0000" }]],
    ["other scripts", [{ cookie: "understory=森🌱" }]],
    ["other scripts in a token", [{ bearer: "森🌱" }]],
    ["a lone surrogate", [{ bearer: "\ud800" }]],
    ["a token of two words", [{ bearer: "a b" }]],
    ["a cookie header of 20 KB", [{ cookie: `understory=${"x".repeat(20_000)}` }]],
    ["a token of 2 KB", [{ bearer: "x".repeat(2_000) }]],
  ])("malformed: %s", async (_, shown) => {
    expect(await ask(...shown)).toEqual(INVALID);
  });

  test.each(["fetch", "env", "ctx", "authenticate", "vouchFor"])("there is no other way in: %s", async (method) => {
    expect(await callAs(method)).toEqual({ thrown: expect.any(String) as unknown });
  });
});

test("nothing that was shown is in the log", async () => {
  const { cookie, bearer } = await signIn();
  await ask({ cookie });
  await ask({ bearer });
  const { SESSION_SECRET } = secretsSchema.parse(JSON.parse(readFileSync(join(dataDir, "secrets.json"), "utf8")));
  const text = logs.join("\n");
  expect(logs.length).toBeGreaterThan(0);
  for (const secret of [cookie.split(".")[2], bearer.split(".")[2], SESSION_SECRET]) {
    expect(secret).toBeTruthy();
    expect(text).not.toContain(secret);
  }
});
