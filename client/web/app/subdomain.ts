import { slugify } from "../../../schema/text.ts";

const MIN_LENGTH = 3;
const MAX_LENGTH = 63;

/** What is wrong with a site's address, in words, or null. The server checks again, and knows which ones are taken. */
export function subdomainProblem(name: string): string | null {
  if (name.length < MIN_LENGTH) return `At least ${MIN_LENGTH} characters.`;
  if (name.length > MAX_LENGTH) return `At most ${MAX_LENGTH} characters.`;
  if (!/^[a-z0-9-]+$/.test(name)) return "Lower-case letters, digits and hyphens only.";
  if (name.startsWith("-") || name.endsWith("-")) return "A hyphen cannot be first or last.";
  if (name.slice(2, 4) === "--") return "Two hyphens cannot be in third and fourth place.";
  return null;
}

/** An address made from a site's name; empty for an empty name. */
export function suggestSubdomain(displayName: string): string {
  return displayName.trim() === "" ? "" : slugify(displayName).slice(0, MAX_LENGTH).replace(/-$/, "");
}
