import { z } from "zod";
import { keyringSchema } from "../parties/kernel/index.ts";
import { hasPostgres } from "../parties/users/index.ts";
import { providerSettings, requireWholeProviders } from "./auth/oauth/settings.ts";
import { legacyProviderSchema, usersModeSchema } from "../schema/legacy.ts";
import type { Env } from "./env.ts";

const flag = z
  .enum(["0", "1", "true", "false", ""])
  .default("0")
  .transform((value) => value === "1" || value === "true");

/** Bytes that a base64 secret must hold: as many as the hash that uses it (RFC 2104, section 3). */
const MIN_SECRET_BYTES = 32;

const secret = z
  .string()
  .refine(
    (value) => byteLength(value) >= MIN_SECRET_BYTES,
    `must be base64 of at least ${MIN_SECRET_BYTES} random bytes`,
  );

/** Every setting that the edge reads, with its safe default. Names are those of contract.md. */
const settingsSchema = z
  .object({
    /** The host that the apex answers on; sites are its subdomains. */
    ROOT_DOMAIN: z.string().min(1).max(200).toLowerCase().default("localhost"),
    /** Lets anyone on localhost sign in with any address. Has no effect on any other host. */
    DEV_LOGIN: flag,
    /** People with these verified addresses run the service. */
    ADMIN_EMAILS: z
      .string()
      .default("")
      .transform(
        (list) =>
          new Set(
            list
              .split(",")
              .map((email) => email.trim().toLowerCase())
              .filter((email) => email !== ""),
          ),
      ),
    /** Signs credentials: 32 random bytes or more, in base64. */
    SESSION_SECRET: secret,
    /** Encrypts what is secret at rest: `id:base64` of 32 random bytes, the newest first, separated by commas. */
    ENCRYPTION_KEYS: keyringSchema,
    /** Checks the signatures of Clerk's webhooks; without it they are answered `unavailable`. */
    CLERK_WEBHOOK_SECRET: z
      .string()
      .regex(/^whsec_(?:[A-Za-z0-9+/]{4}){4,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, "must be whsec_ and base64")
      .optional(),
    /** The OpenID provider is the Clerk instance that sends the webhooks: its subjects are the users that they tell of. */
    OIDC_IS_CLERK: flag,
    /** Which side has the truth about users while they move from PostgreSQL. */
    USERS_MODE: usersModeSchema,
    /** The sign-in provider whose subjects PostgreSQL's ids are, where they name none. */
    USERS_POSTGRES_PROVIDER: legacyProviderSchema,
    ...providerSettings,
  })
  .superRefine(requireWholeProviders);
export type Config = z.output<typeof settingsSchema>;

/** The deployment's settings are wrong; nothing can be served. The message names each faulty one and never its value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const known = new WeakMap<Env, Config>();

/**
 * The validated settings, read once per isolate.
 * @throws ConfigError
 */
export function configOf(env: Env): Config {
  let config = known.get(env);
  if (config === undefined) {
    const result = settingsSchema.safeParse(env);
    if (!result.success) {
      const faults = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
      throw new ConfigError(`These settings are missing or malformed: ${faults.join("; ")}`);
    }
    if (result.data.USERS_MODE !== "party" && !hasPostgres(env))
      throw new ConfigError(`USERS_MODE is ${result.data.USERS_MODE}, and no PostgreSQL is bound as USERS_POSTGRES`);
    config = result.data;
    known.set(env, config);
  }
  return config;
}

function byteLength(base64: string): number {
  try {
    return atob(base64).length;
  } catch {
    return 0; // Not base64.
  }
}
