/** Providers as people know them. A development sign-in has no name worth telling in a sentence. */
const PROVIDERS: Readonly<Record<string, string>> = {
  github: "GitHub",
  google: "Google",
  oidc: "single sign-on",
  clerk: "Clerk",
};

/** A provider's name, or undefined for none that people know. An installation of its own has its address after a colon. */
export function providerName(provider: string): string | undefined {
  const [kind = ""] = provider.split(":", 1);
  const name = PROVIDERS[kind];
  const address = provider.slice(kind.length + 1);
  return name === undefined || !URL.canParse(address) ? name : `${name} (${new URL(address).host})`;
}

/** What a way in is called where it stands by itself. */
export function wayInTitle(provider: string): string {
  const name = providerName(provider) ?? (provider === "dev" ? "development sign-in" : provider);
  return name.charAt(0).toUpperCase() + name.slice(1);
}
