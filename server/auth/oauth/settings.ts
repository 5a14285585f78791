import { z } from "zod";
import { isLocal } from "../../host.ts";

export const providerKeySchema = z.enum(["github", "google", "oidc"]);
/** A provider's place in `/auth/{provider}/start`. */
export type ProviderKey = z.infer<typeof providerKeySchema>;

/** A setting that may be left out; empty is the same as left out, for that is how a shell clears one. */
const optional = z.string().trim().max(2_000).default("");

/** Where a provider lives. Plain HTTP is for one on this very machine. */
const address = optional.refine((text) => text === "" || isProviderAddress(text), "must be an https: address");

/**
 * Where these two live for everybody. Their accounts are filed under their keys; those of servers elsewhere under key and
 * address, for subjects are a server's own: number 1234 of a GitHub Enterprise server is not number 1234 of github.com.
 */
export const GITHUB = "https://github.com";
export const GOOGLE = "https://accounts.google.com";

/** The settings of all providers, by their names in the environment. */
export const providerSettings = {
  GITHUB_CLIENT_ID: optional,
  GITHUB_CLIENT_SECRET: optional,
  GITHUB_BASE_URL: address.transform((text) => text || GITHUB),
  GOOGLE_CLIENT_ID: optional,
  GOOGLE_CLIENT_SECRET: optional,
  GOOGLE_BASE_URL: address.transform((text) => text || GOOGLE),
  OIDC_ISSUER: address,
  OIDC_CLIENT_ID: optional,
  OIDC_CLIENT_SECRET: optional,
  OIDC_NAME: optional.refine((text) => text.length <= 40, "must have at most 40 characters"),
};
type Given = { readonly [Name in keyof typeof providerSettings]: string };

/** What is missing where the other is given. An OpenID provider may take us without a secret. */
const NEEDS: readonly (readonly [given: keyof Given, needed: keyof Given])[] = [
  ["GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"],
  ["GITHUB_CLIENT_SECRET", "GITHUB_CLIENT_ID"],
  ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"],
  ["GOOGLE_CLIENT_SECRET", "GOOGLE_CLIENT_ID"],
  ["OIDC_CLIENT_ID", "OIDC_ISSUER"],
  ["OIDC_ISSUER", "OIDC_CLIENT_ID"],
  ["OIDC_CLIENT_SECRET", "OIDC_CLIENT_ID"],
];

/** Says of each half-configured provider what it lacks. */
export function requireWholeProviders(settings: Given, context: z.RefinementCtx): void {
  for (const [given, needed] of NEEDS) {
    if (settings[given] !== "" && settings[needed] === "")
      context.addIssue({ code: "custom", path: [needed], message: `is needed where ${given} is set` });
  }
}

interface ClientSettings {
  /** On the sign-in button. */
  label: string;
  clientId: string;
  clientSecret: string;
  /** For GitHub the address of its pages, for the others the issuer. */
  address: string;
}
export type GithubSettings = ClientSettings & { key: "github" };
/** Without a secret we are a public client, with PKCE alone. */
export type OpenIdSettings = ClientSettings & { key: "google" | "oidc" };
export type ProviderSettings = GithubSettings | OpenIdSettings;

/** The providers that are set up, in the order of their buttons. */
export function providersOf(settings: Given): ProviderSettings[] {
  const all: ProviderSettings[] = [
    {
      key: "github",
      label: "GitHub",
      clientId: settings.GITHUB_CLIENT_ID,
      clientSecret: settings.GITHUB_CLIENT_SECRET,
      address: settings.GITHUB_BASE_URL,
    },
    {
      key: "google",
      label: "Google",
      clientId: settings.GOOGLE_CLIENT_ID,
      clientSecret: settings.GOOGLE_CLIENT_SECRET,
      address: settings.GOOGLE_BASE_URL,
    },
    {
      key: "oidc",
      label: settings.OIDC_NAME || hostOfAddress(settings.OIDC_ISSUER),
      clientId: settings.OIDC_CLIENT_ID,
      clientSecret: settings.OIDC_CLIENT_SECRET,
      address: settings.OIDC_ISSUER,
    },
  ];
  return all.filter(({ clientId }) => clientId !== "");
}

/** Whether a request to this address is safe from listeners: TLS, or it never leaves this machine. */
export function isPrivate(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLocal(url));
}

function isProviderAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return isPrivate(url) && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
}

function hostOfAddress(text: string): string {
  return text === "" ? "" : new URL(text).host;
}
