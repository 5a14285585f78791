import { type OidcProvider, startOidcProvider } from "../../tests/fakes/oidc-provider.ts";
import { settingsFrom } from "./settings.ts";

/**
 * Starts a provider to sign in with, unless the environment names one, and names it there. It takes the port beside the
 * product's, for people at another address of it would be others; where that is taken, any.
 */
export async function startDevProvider(port: number): Promise<OidcProvider | undefined> {
  if (settingsFrom(process.env)["OIDC_ISSUER"] !== undefined) return undefined;
  const provider = await startOidcProvider({ port: port + 1 }).catch(() => startOidcProvider());
  for (const host of ["localhost", "127.0.0.1"]) provider.allowRedirect(`http://${host}:${port}/auth/oidc/callback`);
  Object.assign(process.env, { ...provider.settings, OIDC_NAME: "a pretend provider" });
  return provider;
}
