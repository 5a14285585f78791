import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { localSecrets, postgresUrlFrom, settingsFrom } from "../../scripts/lib/settings.ts";

/** A data directory, with what its `secrets.json` holds already. */
function newDataDir(secrets?: string): { dir: string; path: string } {
  const dir = mkdtempSync(join(tmpdir(), "understory-secrets-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const path = join(dir, "secrets.json");
  if (secrets !== undefined) writeFileSync(path, secrets);
  return { dir, path };
}

test("secrets are made once, 32 random bytes each, for their owner's eyes only", () => {
  const { dir, path } = newDataDir();
  const made = localSecrets(dir);
  const [id, key = ""] = (made["ENCRYPTION_KEYS"] ?? "").split(":");
  expect([id, Buffer.from(key, "base64").length]).toEqual(["k1", 32]);
  expect(Buffer.from(made["SESSION_SECRET"] ?? "", "base64")).toHaveLength(32);
  expect(made["SESSION_SECRET"]).not.toBe(key);
  expect(localSecrets(dir)).toEqual(made);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a secret that an older version did not know is added, and the others stay", () => {
  const { dir, path } = newDataDir('{"SESSION_SECRET":"kept","OTHER":"kept too"}');
  const secrets = localSecrets(dir);
  expect(secrets).toMatchObject({ SESSION_SECRET: "kept", OTHER: "kept too" });
  expect(secrets["ENCRYPTION_KEYS"]).toMatch(/^k1:[\w+/]{43}=$/);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(secrets);
  expect(readdirSync(dir)).toEqual(["secrets.json"]);
});

test.for(['{"SESSION_SECRET":', "{}", '{"SESSION_SECRET":""}', '{"ENCRYPTION_KEYS":"k1:x"}'])(
  "a damaged file is left as it is, and said to be damaged: %s",
  (text) => {
    const { dir, path } = newDataDir(text);
    expect(() => localSecrets(dir)).toThrow();
    expect(readFileSync(path, "utf8")).toBe(text);
  },
);

test("settings come from the environment by name, and empty ones count as unset", () => {
  const environment = { OIDC_ISSUER: "https://id.example", OIDC_NAME: "", PATH: "/bin", ENCRYPTION_KEYS: undefined };
  expect(settingsFrom(environment)).toEqual({ OIDC_ISSUER: "https://id.example" });
});

test("the address of PostgreSQL is one, or is refused without being shown", () => {
  const url = "postgres://app:secret@db.example:5432/app";
  expect(postgresUrlFrom({ USERS_POSTGRES_URL: url })).toBe(url);
  expect(postgresUrlFrom({ USERS_POSTGRES_URL: "" })).toBeUndefined();
  expect(postgresUrlFrom({})).toBeUndefined();
  for (const wrong of ["mysql://app:secret@db.example/app", "app:secret@db.example"])
    expect(() => postgresUrlFrom({ USERS_POSTGRES_URL: wrong })).toThrow(
      /^USERS_POSTGRES_URL must be like(?!.*secret)/,
    );
});
