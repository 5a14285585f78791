import { z } from "zod";
import { legacyProviderSchema, type UsersMode, usersModeSchema } from "../../../schema/legacy.ts";

/** The settings that decide between PostgreSQL and this party. The edge has said what is wrong with them before. */
const settingsSchema = z.object({
  USERS_MODE: usersModeSchema,
  USERS_POSTGRES_PROVIDER: legacyProviderSchema,
  OIDC_ISSUER: z.string().default(""),
  OIDC_IS_CLERK: z.enum(["0", "1", "true", "false", ""]).default("0"),
});

export function modeIn(env: object): UsersMode {
  return settingsSchema.parse(env).USERS_MODE;
}

/**
 * The provider whose subjects PostgreSQL's ids are, as identities name it. `oidc` is the issuer that is set up, and
 * Clerk where that is Clerk.
 */
export function defaultProviderIn(env: object): string {
  const { USERS_POSTGRES_PROVIDER: provider, OIDC_ISSUER: issuer, OIDC_IS_CLERK } = settingsSchema.parse(env);
  if (provider !== "oidc") return provider;
  return OIDC_IS_CLERK === "1" || OIDC_IS_CLERK === "true" ? "clerk" : `oidc:${issuer}`;
}
