import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** What the worker reads from its environment, and what an operator may set under the same name here. */
const SETTING_NAMES = [
  "ROOT_DOMAIN",
  "DEV_LOGIN",
  "ADMIN_EMAILS",
  "SESSION_SECRET",
  "ENCRYPTION_KEYS",
  "CLERK_WEBHOOK_SECRET",
  "GITHUB_CLIENT_ID",
  "GITHUB_CLIENT_SECRET",
  "GITHUB_BASE_URL",
  "GOOGLE_CLIENT_ID",
  "GOOGLE_CLIENT_SECRET",
  "GOOGLE_BASE_URL",
  "OIDC_ISSUER",
  "OIDC_CLIENT_ID",
  "OIDC_CLIENT_SECRET",
  "OIDC_NAME",
  "OIDC_IS_CLERK",
  "USERS_MODE",
  "USERS_POSTGRES_PROVIDER",
] as const;

/** Bytes of a generated secret: the block that HMAC-SHA256 and AES-256 keys are made of. */
const SECRET_BYTES = 32;

/** `ENCRYPTION_KEYS` is missing in a file that an older version wrote. */
const secretsSchema = z
  .object({ SESSION_SECRET: z.string().min(1), ENCRYPTION_KEYS: z.string().min(1).optional() })
  .catchall(z.string());

/** Bindings of plain text for the worker, by name. */
export type Settings = Record<string, string>;

/** The settings that the environment gives; unset and empty ones are left to the worker's defaults. */
export function settingsFrom(environment: Readonly<Record<string, string | undefined>>): Settings {
  const settings: Settings = {};
  for (const name of SETTING_NAMES) {
    const value = environment[name];
    if (value !== undefined && value !== "") settings[name] = value;
  }
  return settings;
}

/**
 * The address of the PostgreSQL that an older application keeps its users in, if there is one. The worker gets it as
 * Cloudflare's network gives it one: as a Hyperdrive binding.
 * @throws Error naming the setting when it is no address; the value may hold a password and is not shown
 */
export function postgresUrlFrom(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const url = environment["USERS_POSTGRES_URL"];
  if (url === undefined || url === "") return undefined;
  if (/^postgres(?:ql)?:$/.test(URL.parse(url)?.protocol ?? "")) return url;
  throw new Error("USERS_POSTGRES_URL must be like postgres://user:password@host:5432/database");
}

/**
 * The secrets of a local installation, made on first use and kept in `secrets.json` of its data directory. One that
 * an older version did not know is added; the others stay.
 * @throws when the file is there but damaged: new secrets would sign everybody out without a word.
 */
export function localSecrets(dataDir: string): Settings {
  const path = join(dataDir, "secrets.json");
  const text = readIfPresent(path);
  const kept = text === undefined ? { SESSION_SECRET: newSecret() } : secretsSchema.parse(JSON.parse(text));
  const { ENCRYPTION_KEYS = `k1:${newSecret()}` } = kept;
  const secrets = { ...kept, ENCRYPTION_KEYS };
  if (kept.ENCRYPTION_KEYS !== undefined) return secrets;
  mkdirSync(dataDir, { recursive: true });
  // Written aside and renamed, so that a kill in between leaves no half of a file.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(secrets), { mode: 0o600 });
  renameSync(draft, path);
  return secrets;
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64");
}

/**
 * A port number out of the environment.
 * @throws RangeError naming the setting when it is no port.
 */
export function portFrom(value: string | undefined, fallback: number): number {
  if (value === undefined || value === "") return fallback;
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new RangeError(`PORT must be a number from 1 to 65535, and is ${JSON.stringify(value)}`);
  }
  return port;
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
