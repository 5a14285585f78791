import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { sha256 } from "../kernel/index.ts";

const encoder = new TextEncoder();

/** A new secret: 256 random bits. It needs no slow hash, for there is nothing to guess. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

export function hashOf(secret: string): string {
  return sha256(secret);
}

/** Compares in constant time, so that an answer's delay tells nothing about the hash. */
export function matches(secret: string, hash: string): boolean {
  const given = encoder.encode(hashOf(secret));
  const known = encoder.encode(hash);
  return given.length === known.length && timingSafeEqual(given, known);
}

/**
 * The secret that follows another (HMAC-SHA256 as a key derivation, RFC 2104). Neither the old secret nor the salt,
 * which alone is stored, tells it by itself.
 */
export function derive(secret: string, salt: string, purpose: "session" | "access"): string {
  return createHmac("sha256", secret).update(`${purpose}.${salt}`).digest("base64url");
}
