import { randomBytes } from "node:crypto";
import { sha256 } from "../kernel/index.ts";

/** How long a day's salt is kept: events of yesterday may still come in. */
export const SALT_LIFE_MS = 48 * 60 * 60_000;

/**
 * Tells the visitors of one day apart without knowing who they are: a hash of address, browser and site under a salt that
 * is destroyed after two days. No address is stored.
 */
export function visitorHash(
  salt: string,
  who: { site: string; address: string | null; userAgent: string | null },
): string {
  const text = JSON.stringify([salt, who.site, who.address, who.userAgent]);
  return sha256(text).slice(0, 22);
}

/** The salt of a day, made when it is first asked for. `isNew` says that it was. */
export function saltOf(sql: SqlStorage, day: string): { salt: string; isNew: boolean } {
  const [known] = sql.exec<{ salt: string }>("SELECT salt FROM salts WHERE day = ?", day).toArray();
  if (known !== undefined) return { salt: known.salt, isNew: false };
  const salt = randomBytes(32).toString("base64url");
  sql.exec("INSERT INTO salts (day, salt) VALUES (?, ?)", day, salt);
  return { salt, isNew: true };
}

export function destroySalt(sql: SqlStorage, day: string): void {
  sql.exec("DELETE FROM salts WHERE day = ?", day);
}
