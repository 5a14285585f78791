import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newId } from "../../parties/kernel/index.ts";
import { cookieName, sessionCookie } from "../../server/auth/cookies.ts";
import { mintCredential, readCredential } from "../../server/auth/credentials.ts";
import { safeReturnTo } from "../../server/auth/return-to.ts";
import { type Config, ConfigError, configOf } from "../../server/config.ts";
import type { Env } from "../../server/env.ts";

const KEY = btoa("a key of 32 bytes for these tests");
const someone = { userId: newId("user"), sessionId: newId("session"), secret: "s".repeat(43) };

describe("credentials", () => {
  test("come back as they were made, for their own kind and key only", () => {
    const text = mintCredential(KEY, "v1", someone);
    expect(readCredential(KEY, "v1", text)).toEqual(someone);
    expect(readCredential(KEY, "a1", text)).toBeUndefined();
    expect(readCredential(KEY, "a1", text.replace("v1", "a1"))).toBeUndefined();
    expect(readCredential(btoa("another key of at least 32 bytes."), "v1", text)).toBeUndefined();
  });

  test("of another person or session are not accepted under this one's code", () => {
    const text = mintCredential(KEY, "v1", someone);
    expect(readCredential(KEY, "v1", text.replace(someone.userId, newId("user")))).toBeUndefined();
    expect(readCredential(KEY, "v1", text.replace(someone.sessionId, newId("session")))).toBeUndefined();
  });

  test("of any other text are refused without a throw", () => {
    const text = mintCredential(KEY, "v1", someone);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ unit: "binary", maxLength: 3 }), (at, junk) => {
        const changed = text.slice(0, at) + junk + text.slice(at + 1);
        const read = readCredential(KEY, "v1", changed);
        // Behind the code stands the secret, which is the party's to check.
        expect(read === undefined || at > text.lastIndexOf(".") || changed === text).toBe(true);
      }),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 300 }),
        (junk) => readCredential(KEY, "v1", junk) === undefined,
      ),
    );
  });
});

describe("cookies", () => {
  const config = { ROOT_DOMAIN: "understory.test" } as Config;

  test("over TLS are secure and serve every site", () => {
    const cookie = sessionCookie(new URL("https://alice.understory.test/"), config, "x");
    expect(cookie).toMatch(/^__Secure-understory=x/);
    for (const part of ["Domain=understory.test", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"])
      expect(cookie).toContain(part);
  });

  test("on localhost belong to one host", () => {
    const url = new URL("http://localhost:5173/");
    expect(cookieName(url)).toBe("understory");
    const cookie = sessionCookie(url, { ...config, ROOT_DOMAIN: "localhost" }, "x");
    expect(cookie).not.toMatch(/Domain|Secure/);
    expect(cookie).toContain("HttpOnly");
  });
});

test.each([
  ["/a?b#c", "/a?b#c"],
  ["http://alice.localhost:5173/x", "http://alice.localhost:5173/x"],
  ["//evil.com/", "/"],
  ["https://evil.com/", "/"],
  ["/\\evil.com", "/"],
  ["/.//evil.com", "/"],
  ["/x/..//evil.com", "/"],
  ["http://localhost:5173//evil.com", "/"],
  ["http://localhost.evil.com:5173/", "/"],
  ["http://me:pw@localhost:5173/", "/"],
  ["http://localhost:9999/", "/"],
  ["javascript:alert(1)", "/"],
  [undefined, "/"],
])("a wish to return to %s leads to %s", (wish, target) => {
  expect(safeReturnTo(wish, new URL("http://localhost:5173/sign-in"), "localhost")).toBe(target);
});

describe("settings", () => {
  const KEYS = `k1:${btoa("another key of 32 bytes for this")}`;
  const settings = (given: object) => ({ SESSION_SECRET: KEY, ENCRYPTION_KEYS: KEYS, ...given }) as unknown as Env;

  test("have safe defaults", () => {
    expect(configOf(settings({}))).toMatchObject({ ROOT_DOMAIN: "localhost", DEV_LOGIN: false });
    expect(configOf(settings({ ADMIN_EMAILS: " A@x.co, b@x.co," })).ADMIN_EMAILS).toEqual(
      new Set(["a@x.co", "b@x.co"]),
    );
  });

  test.each([
    { SESSION_SECRET: undefined },
    { SESSION_SECRET: "short" },
    { SESSION_SECRET: "not base64 at all, though it is long enough" },
  ])("that are faulty are named, their values are not: %j", (given) => {
    expect(() => configOf(settings(given))).toThrow(ConfigError);
    expect(() => configOf(settings(given))).toThrow(
      /^These settings are missing or malformed: SESSION_SECRET: (?!.*(?:short|not base64))/,
    );
  });

  test.each([undefined, "", KEYS.slice(3), `${KEYS},`, `${KEYS},${KEYS}`, `k1:${btoa("short")}`])(
    "for encryption that are faulty are named, and no key is shown: %j",
    (ENCRYPTION_KEYS) => {
      expect(() => configOf(settings({ ENCRYPTION_KEYS }))).toThrow(ConfigError);
      expect(() => configOf(settings({ ENCRYPTION_KEYS }))).toThrow(
        new RegExp(`^These settings are missing or malformed: ENCRYPTION_KEYS: (?!.*${KEYS.slice(3, 19)})`),
      );
    },
  );
});
