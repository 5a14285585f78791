import { exports } from "cloudflare:workers";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { CallReply } from "../../parties/kernel/naming.ts";
import { Party } from "../../parties/kernel/party.ts";
import { toWire } from "../../parties/kernel/wire-errors.ts";
import { PartyError } from "../../schema/errors.ts";
import { type Wakes, watchWakes } from "../helpers/calls.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { APEX, call, deployedWith, makeSite, refusal, signIn, writePost } from "./support.ts";

withD1Migrations();

describe("a body", () => {
  test.each([
    "",
    "{",
    "[]",
    "null",
    '"text"',
    '{"title":1,"content":""}',
    '{"title":"x"}',
    '{"title":"x","content":"","role":"admin"}',
  ])("of %j is refused with a code", async (body) => {
    const { host, owner } = await makeSite();
    const response = await call("POST", "/api/posts", { host, token: owner.token, body });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    const { error } = await response.json<{ error: { code: string; traceId: string } }>();
    expect(["bad_request", "unprocessable"]).toContain(error.code);
    expect(error.traceId).toBe(response.headers.get("x-trace-id"));
  });

  test("tells where it is wrong", async () => {
    const { token } = await signIn();
    const response = await call("POST", "/api/tenants", { token, body: { subdomain: "!", displayName: "" } });
    const { error } = await response.json<{ error: { issues: { path: string[] }[] } }>();
    expect(new Set(error.issues.map(({ path }) => path[0]))).toEqual(new Set(["subdomain", "displayName"]));
  });

  test("of another type than JSON is refused", async () => {
    const { host, owner } = await makeSite();
    const headers = { "content-type": "text/plain" };
    const response = await call("POST", "/api/posts", {
      host,
      token: owner.token,
      headers,
      body: '{"title":"x","content":""}',
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
  });

  test("over a megabyte is refused, whatever its length claims", async () => {
    const { token } = await signIn();
    const content = "x".repeat(1_100_000);
    expect(await refusal(await call("POST", "/api/preview", { token, body: { content } }))).toBe("413 too_large");
    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let sent = 0; sent < 20; sent++) controller.enqueue(new TextEncoder().encode("x".repeat(100_000)));
        controller.close();
      },
    });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const streamed = await exports.default.fetch(
      new Request(`http://${APEX}/api/preview`, { method: "POST", headers, body: chunks }),
    );
    expect(await refusal(streamed)).toBe("413 too_large");
  });

  test("of a full post in any script fits", async () => {
    const site = await makeSite();
    const content = "森".repeat(200_000);
    expect((await writePost(site, { content })).content).toHaveLength(200_000);
    const response = await call("POST", "/api/posts", {
      host: site.host,
      token: site.owner.token,
      body: { title: "x", content: `${content}x` },
    });
    expect(await refusal(response)).toBe("422 unprocessable");
  });
});

describe("who sends it", () => {
  const asked = (wakes: Wakes) => wakes.all.filter((wake) => wake.endsWith("validateSession"));

  test("is asked once, with a body or without", async () => {
    const { token, cookie } = await signIn();
    const wakes = await watchWakes();
    const body = { keepCurrent: true };
    await call("POST", "/api/sessions/revoke-all", { token, body });
    expect(asked(wakes)).toHaveLength(1);
    await call("POST", "/api/sessions/revoke-all", { cookie, origin: `http://${APEX}`, body });
    expect(asked(wakes)).toHaveLength(2);
    await call("POST", "/auth/refresh", { cookie, origin: `http://${APEX}`, headers: { "content-length": "0" } });
    await call("POST", "/api/preview", { body: { content: "x" } });
    expect(asked(wakes)).toHaveLength(2);
  });

  test("is asked in vain while the party is away, and the answer says so", async () => {
    const { token } = await signIn();
    const away: CallReply = { ok: false, error: toWire(new PartyError("unavailable"), "") };
    const spy = vi.spyOn(Party.prototype, "call").mockResolvedValue(away);
    onTestFinished(() => spy.mockRestore());
    const unhandled: unknown[] = [];
    const note = (event: PromiseRejectionEvent) => void unhandled.push(event.reason);
    addEventListener("unhandledrejection", note);
    onTestFinished(() => removeEventListener("unhandledrejection", note));
    const body = { keepCurrent: true };
    expect(await refusal(await call("POST", "/api/sessions/revoke-all", { token, body }))).toBe("503 unavailable");
    // This one asks nobody: what went wrong is nobody's.
    const deployment = deployedWith({ DEV_LOGIN: "0" });
    const dev = await call("POST", "/auth/dev", { deployment, token, body: { name: "Ada", email: "ada@example.com" } });
    expect(await refusal(dev)).toBe("404 not_found");
    expect(unhandled).toEqual([]);
  });
});

test("nothing of a failure's inside leaves", async () => {
  const { host } = await makeSite();
  for (const path of [
    "/api/posts/nonsense",
    "/api/posts/pst_aaaaaaaaaaaaaaaaaaaaa/comments",
    "/parties/post/x",
    "/ops/parties/x/y",
  ]) {
    const text = await (await call("GET", path, { host })).text();
    expect(text).not.toMatch(/SELECT|sqlite|stack|\.ts:\d/i);
    expect(JSON.parse(text)).toMatchObject({
      error: { code: expect.any(String) as string, traceId: expect.any(String) as string },
    });
  }
});
