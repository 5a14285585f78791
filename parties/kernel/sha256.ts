import { hash } from "node:crypto";

/** SHA-256 of a text, in base64url: 43 characters. In one step, for a hash object costs more than the hash. */
export function sha256(text: string): string {
  return hash("sha256", text, "base64url");
}
