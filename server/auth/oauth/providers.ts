import { PartyError } from "../../../schema/errors.ts";
import type { Config } from "../../config.ts";
import { githubProvider } from "./github-provider.ts";
import { openIdProvider } from "./openid-provider.ts";
import type { Provider } from "./provider.ts";
import { type ProviderKey, providersOf } from "./settings.ts";

/**
 * The provider behind a key.
 * @throws PartyError `not_found` when it is not set up
 */
export function requireProvider(config: Config, key: ProviderKey): Provider {
  const settings = providersOf(config).find((provider) => provider.key === key);
  if (settings === undefined) throw new PartyError("not_found", { message: "There is no such way to sign in" });
  return settings.key === "github" ? githubProvider(settings) : openIdProvider(settings);
}
