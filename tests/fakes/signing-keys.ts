import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";

/** What may be wrong with a signature. `unknown_key`: good, but by a key that is published nowhere. */
export type SignatureFault = "foreign_key" | "unknown_key" | "tampered" | "none" | "hs256";

interface Pair {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** The keys of a provider: one is published and signs. */
export class SigningKeys {
  #pair = newPair();
  readonly #stranger = newPair();

  /** What the JWKS endpoint answers. */
  published(): { keys: object[] } {
    const { kid, publicKey } = this.#pair;
    return { keys: [{ ...publicKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" }] };
  }

  /** Signs with a new key from now on, and publishes that one only. */
  rotate(): void {
    this.#pair = newPair();
  }

  /** A JWT (RFC 7519) signed with RS256, or wrong in one way. */
  jwt(claims: object, fault?: SignatureFault): string {
    const { kid, privateKey } = this.#pair;
    switch (fault) {
      case undefined:
        return signed({ alg: "RS256", kid }, claims, privateKey);
      case "foreign_key":
        return signed({ alg: "RS256", kid }, claims, this.#stranger.privateKey);
      case "unknown_key":
        return signed({ alg: "RS256", kid: this.#stranger.kid }, claims, this.#stranger.privateKey);
      case "tampered": {
        const [header, , signature] = signed({ alg: "RS256", kid }, { ...claims, sub: "nobody" }, privateKey).split(
          ".",
        );
        return [header, part(claims), signature].join(".");
      }
      case "none":
        return `${part({ alg: "none" })}.${part(claims)}.`;
      case "hs256": {
        // The old trick: the public key as if it were a shared secret.
        const text = `${part({ alg: "HS256", kid })}.${part(claims)}`;
        const secret = this.#pair.publicKey.export({ format: "pem", type: "spki" });
        return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
      }
    }
  }
}

function newPair(): Pair {
  return { kid: randomUUID(), ...generateKeyPairSync("rsa", { modulusLength: 2_048 }) };
}

function signed(header: object, claims: object, key: KeyObject): string {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
