import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyringOf, keyringSchema, SealError } from "../../parties/kernel/index.ts";

const keyOf = (seed: number) =>
  btoa(String.fromCharCode(...Array.from({ length: 32 }, (_, n) => (seed + n * 7) % 256)));
const ringOf = (...ids: number[]) => keyringSchema.parse(ids.map((id) => `k${id}:${keyOf(id)}`).join(","));

const CONTEXT = ["usr_a", "ses_b", "refresh_token"];

function failureOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof SealError ? error.reason : error;
  }
}

const decoded = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
const encoded = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
const asUrl = (base64: string) => base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
/** Nonce, ciphertext and tag. */
const bytesOf = (sealed: string) => decoded((sealed.split(".")[2] ?? "").replaceAll("-", "+").replaceAll("_", "/"));

describe("what was sealed", () => {
  test("opens again in its own context, whatever it says", () => {
    const ring = ringOf(1);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(fc.string({ unit: "binary" })), (text, context) => {
        expect(ring.open(ring.seal(text, ...context), ...context)).toEqual({ text, isCurrent: true });
      }),
    );
  });

  test("opens in no other context: each part binds, and so do their order and their borders", () => {
    const ring = ringOf(1);
    const sealed = ring.seal("token", ...CONTEXT);
    const others = [
      [],
      CONTEXT.slice(0, 2),
      [...CONTEXT, ""],
      CONTEXT.toReversed(),
      ["usr_ases_b", "", "refresh_token"],
      [CONTEXT.join(",")],
      ...CONTEXT.map((_, at) => CONTEXT.map((part, index) => (index === at ? `${part}x` : part))),
    ];
    for (const other of others) expect(failureOf(() => ring.open(sealed, ...other))).toBe("damaged");
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (context) => {
        fc.pre(JSON.stringify(context) !== JSON.stringify(CONTEXT));
        expect(failureOf(() => ring.open(sealed, ...context))).toBe("damaged");
      }),
    );
  });

  test("is AES-256-GCM with a nonce of 12 bytes and a tag of 16, as WebCrypto reads it", async () => {
    const ring = ringOf(5);
    const bytes = bytesOf(ring.seal("Zoë 🌱", ...CONTEXT));
    const key = await crypto.subtle.importKey("raw", decoded(keyOf(5)), "AES-GCM", false, ["encrypt", "decrypt"]);
    const additionalData = new TextEncoder().encode(JSON.stringify(["k5", ...CONTEXT]));
    const algorithm = { name: "AES-GCM", iv: bytes.subarray(0, 12), additionalData, tagLength: 128 };
    const opened = await crypto.subtle.decrypt(algorithm, key, bytes.subarray(12));
    expect(new TextDecoder().decode(opened)).toBe("Zoë 🌱");

    const theirs = await crypto.subtle.encrypt(algorithm, key, new TextEncoder().encode("by WebCrypto"));
    const text = `s1.k5.${asUrl(encoded(new Uint8Array([...bytes.subarray(0, 12), ...new Uint8Array(theirs)])))}`;
    expect(ring.open(text, ...CONTEXT)).toEqual({ text: "by WebCrypto", isCurrent: true });
  });

  test("holds nothing of the text in the open, and no nonce comes twice", () => {
    const ring = ringOf(1);
    const text = "provider refresh token";
    const all = Array.from({ length: 2_000 }, () => ring.seal(text, ...CONTEXT));
    for (const sealed of all) expect(atob(encoded(bytesOf(sealed)))).not.toContain("refresh");
    expect(new Set(all.map((sealed) => encoded(bytesOf(sealed).subarray(0, 12)))).size).toBe(all.length);
    expect(new Set(all.map((sealed) => encoded(bytesOf(sealed).subarray(12)))).size).toBe(all.length);
  });

  // Of 3, 2 and 1 bytes in the last group of base64: none leaves room for a second spelling.
  test.each(["token", "tokens", "refresh"])("is damaged by any change of any character (%s)", (text) => {
    const ring = ringOf(1, 2);
    const sealed = ring.seal(text, ...CONTEXT);
    for (let at = 0; at < sealed.length; at++) {
      for (const other of "AB_-91k.=+ ") {
        if (sealed[at] === other) continue;
        const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
        // A key id that is not ours is a retired one, for all that is known.
        const isKeyId = at === 3 || at === 4;
        const reasons = isKeyId && /^s1\.[a-z0-9]+\./.test(changed) ? ["retired_key", "damaged"] : ["damaged"];
        expect({ changed, reason: failureOf(() => ring.open(changed, ...CONTEXT)) }).toEqual({
          changed,
          reason: expect.toBeOneOf(reasons) as unknown,
        });
      }
      expect(failureOf(() => ring.open(sealed.slice(0, at), ...CONTEXT))).toBe("damaged");
      expect(failureOf(() => ring.open(sealed.slice(at + 1), ...CONTEXT))).toBe("damaged");
    }
    expect(failureOf(() => ring.open(`${sealed}\n`, ...CONTEXT))).toBe("damaged");
  });

  test("is damaged by any flipped bit, in nonce, text and tag alike", () => {
    const ring = ringOf(1);
    const bytes = bytesOf(ring.seal("token", ...CONTEXT));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(failureOf(() => ring.open(`s1.k1.${asUrl(encoded(flipped))}`, ...CONTEXT))).toBe("damaged");
    }
  });

  test("any other text is damaged, never an error of another kind", () => {
    const ring = ringOf(1);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.base64String().map((text) => `s1.k1.${text}`),
        ),
        (text) => {
          expect(failureOf(() => ring.open(text, ...CONTEXT))).toBeOneOf(["damaged", "retired_key"]);
        },
      ),
    );
  });
});

describe("several keys", () => {
  test("the first seals, all of them open, and what an older one has sealed says so", () => {
    const [before, after] = [ringOf(1), ringOf(2, 1)];
    const old = before.seal("token", ...CONTEXT);
    expect(after.open(old, ...CONTEXT)).toEqual({ text: "token", isCurrent: false });
    const renewed = after.seal(after.open(old, ...CONTEXT).text, ...CONTEXT);
    expect(renewed).toMatch(/^s1\.k2\./);
    expect(after.open(renewed, ...CONTEXT)).toEqual({ text: "token", isCurrent: true });
    // The old key can go now.
    expect(ringOf(2).open(renewed, ...CONTEXT).text).toBe("token");
  });

  test("one that has been retired is told apart from damage", () => {
    const old = ringOf(1).seal("token", ...CONTEXT);
    expect(failureOf(() => ringOf(2).open(old, ...CONTEXT))).toBe("retired_key");
    expect(() => ringOf(2).open(old, ...CONTEXT)).toThrow("It was sealed with a key that has been retired");
  });

  test("the id says which key: one key under another's id opens nothing", () => {
    const old = ringOf(1).seal("token", ...CONTEXT);
    expect(failureOf(() => ringOf(1, 2).open(old.replace(".k1.", ".k2."), ...CONTEXT))).toBe("damaged");
    const renamed = keyringSchema.parse(`new:${keyOf(1)}`);
    expect(failureOf(() => renamed.open(old.replace(".k1.", ".new."), ...CONTEXT))).toBe("damaged");
  });
});

describe("the setting", () => {
  const secret = keyOf(3);

  test("may have spaces between its keys", () => {
    const ring = keyringSchema.parse(` k2:${keyOf(2)} , k1:${keyOf(1)} `);
    expect(ring.open(ringOf(1).seal("token"))).toEqual({ text: "token", isCurrent: false });
  });

  test.each([
    ["nothing", ""],
    ["a key without an id", secret],
    ["an id without a key", "k1:"],
    ["an empty id", `:${secret}`],
    ["an id in capitals", `K1:${secret}`],
    ["an id of 17 characters", `${"k".repeat(17)}:${secret}`],
    ["a key of 31 bytes", `k1:${btoa("x".repeat(31))}`],
    ["a key of 33 bytes", `k1:${btoa("x".repeat(33))}`],
    ["a key in hex", `k1:${"ab".repeat(32)}`],
    ["base64url", `k1:${secret.slice(0, 40)}-_A=`],
    ["the same id twice", `k1:${secret},k1:${keyOf(4)}`],
    ["a comma too many", `k1:${secret},`],
    ["another separator", `k1:${secret};k2:${keyOf(4)}`],
  ])("is refused with %s, and its value is not shown", (_, setting) => {
    const result = keyringSchema.safeParse(setting);
    expect(result.success).toBe(false);
    expect(() => keyringOf({ ENCRYPTION_KEYS: setting })).toThrow(/must be a list of id:key/);
    for (const shown of [String(result.error), JSON.stringify(result.error), result.error?.stack ?? ""]) {
      expect(shown).not.toContain(secret.slice(0, 16));
      expect(shown).not.toContain("xxxxxxxx");
      expect(shown).not.toContain("abababab");
    }
  });

  test("is needed", () => {
    expect(() => keyringOf({})).toThrow(/expected string/);
  });

  test("is read once for each deployment, and a keyring shows no key", () => {
    const env = { ENCRYPTION_KEYS: `k1:${secret}` };
    expect(keyringOf(env)).toBe(keyringOf(env));
    expect(JSON.stringify(keyringOf(env))).toBe("{}");
  });
});
