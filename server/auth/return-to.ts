import { hostOf } from "../host.ts";

/** Keeps a wish to return to our own hosts and this scheme and port; anything else leads home. */
export function safeReturnTo(wish: string | undefined, here: URL, rootDomain: string): string {
  if (wish === undefined || wish.length > 2_000) return "/";
  const target = parse(wish, here);
  if (target === undefined || target.protocol !== here.protocol || target.port !== here.port) return "/";
  if (target.username !== "" || target.password !== "") return "/";
  // A path of two slashes would be read as another host's address.
  if (target.pathname.startsWith("//")) return "/";
  if (target.origin === here.origin) return target.pathname + target.search + target.hash;
  return hostOf(target, rootDomain).kind === "unknown" ? "/" : target.href;
}

function parse(wish: string, here: URL): URL | undefined {
  try {
    return new URL(wish, here);
  } catch {
    return undefined; // Not a URL.
  }
}
