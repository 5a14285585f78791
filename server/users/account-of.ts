import { usersStub } from "../../parties/users/index.ts";
import type { Account, Identity } from "../../schema/users.ts";
import type { AppContext } from "../context.ts";
import { signInToPostgres, writeToPostgresFirst } from "./legacy/sign-in.ts";
import { project } from "./settle.ts";

/**
 * Finds or makes the account of somebody whom a provider vouches for.
 * @throws PartyError `forbidden` for a suspended account, `gone` for one whose provider has deleted it
 */
export async function accountOf(c: AppContext, told: Identity): Promise<Account> {
  const { ADMIN_EMAILS, OIDC_IS_CLERK, USERS_MODE } = c.get("config");
  const provider = OIDC_IS_CLERK && told.provider.startsWith("oidc:") ? "clerk" : told.provider;
  const isAdmin = told.emailVerified && told.email !== null && ADMIN_EMAILS.has(told.email.toLowerCase());
  const who = { identity: { ...told, provider }, isAdmin };
  if (USERS_MODE === "postgres") return await signInToPostgres(c, who);
  if (USERS_MODE === "dual") await writeToPostgresFirst(c, who);
  const { account, projection } = await usersStub(c.env, c.get("traceId")).signIn(who);
  await project(c, projection);
  return account;
}
