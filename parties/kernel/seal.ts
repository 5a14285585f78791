import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { z } from "zod";

/** AES-256-GCM (NIST SP 800-38D): a key of 32 bytes, a nonce of 12, a tag of 16. */
const ALGORITHM = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const KEY_FORM = /^([a-z0-9]{1,16}):([A-Za-z0-9+/]{43}=)$/;

/** `id:base64`, separated by commas; the first seals, all of them open. */
export const keyringSchema = z.string().transform((setting, context) => {
  const keys = new Map<string, Uint8Array>();
  for (const entry of setting.split(",")) {
    const [, id, base64] = KEY_FORM.exec(entry.trim()) ?? [];
    if (id === undefined || base64 === undefined || keys.has(id)) {
      context.addIssue(`must be a list of id:key, each id once, each key base64 of ${KEY_BYTES} random bytes`);
      return z.NEVER;
    }
    keys.set(id, fromBase64(base64));
  }
  return new Keyring(keys);
});

/**
 * What was sealed cannot be opened. `retired_key`: by a key that is no longer in the ring, so it is lost for good.
 * `damaged`: it was changed, or belongs elsewhere.
 */
export class SealError extends Error {
  override readonly name = "SealError";
  readonly reason: "retired_key" | "damaged";

  constructor(reason: SealError["reason"]) {
    super(reason === "retired_key" ? "It was sealed with a key that has been retired" : "It is not what was sealed");
    this.reason = reason;
  }
}

/** Secrets at rest: sealed with the newest key, opened with any that is still known. */
export class Keyring {
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #current: string;

  /** @param keys by id, the current one first */
  constructor(keys: ReadonlyMap<string, Uint8Array>) {
    const [current] = keys.keys();
    if (current === undefined) throw new RangeError("A keyring holds at least one key");
    this.#keys = keys;
    this.#current = current;
  }

  /**
   * Encrypts `text`. `context` says where it belongs (user, session, field); it opens nowhere else.
   * @returns `s1.{key id}.{base64url of nonce, ciphertext and tag}`
   */
  seal(text: string, ...context: string[]): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key(this.#current), nonce);
    cipher.setAAD(boundTo(this.#current, context));
    const sealed = [...nonce, ...cipher.update(text, "utf8"), ...cipher.final(), ...cipher.getAuthTag()];
    return `s1.${this.#current}.${toBase64Url(Uint8Array.from(sealed))}`;
  }

  /**
   * Decrypts what `seal` made in the same context. `isCurrent` is false when a newer key is there to seal it again.
   * @throws SealError
   */
  open(sealed: string, ...context: string[]): { text: string; isCurrent: boolean } {
    const [, id, base64] = /^s1\.([a-z0-9]+)\.([\w-]+)$/.exec(sealed) ?? [];
    if (id === undefined || base64 === undefined) throw new SealError("damaged");
    const bytes = fromBase64(base64);
    // Decoding ignores the last character's spare bits: one text has one spelling.
    if (bytes.length < NONCE_BYTES + TAG_BYTES || toBase64Url(bytes) !== base64) throw new SealError("damaged");
    const decipher = createDecipheriv(ALGORITHM, this.#key(id), bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(boundTo(id, context));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
      return { text, isCurrent: id === this.#current };
    } catch {
      throw new SealError("damaged");
    }
  }

  #key(id: string): Uint8Array {
    const key = this.#keys.get(id);
    if (key === undefined) throw new SealError("retired_key");
    return key;
  }
}

/** Associated data: no two contexts read the same. */
function boundTo(keyId: string, context: readonly string[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([keyId, ...context]));
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** Reads both alphabets. What is not base64 holds no bytes. */
function fromBase64(text: string): Uint8Array {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

const known = new WeakMap<object, Keyring>();

/**
 * The deployment's keys, read once per isolate.
 * @throws z.ZodError when the setting is missing or malformed; the edge has said so before any party runs
 */
export function keyringOf(env: object): Keyring {
  let keyring = known.get(env);
  if (keyring === undefined) {
    keyring = keyringSchema.parse((env as Record<string, unknown>)["ENCRYPTION_KEYS"]);
    known.set(env, keyring);
  }
  return keyring;
}
