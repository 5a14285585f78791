import Bowser from "bowser";

/** What people call the device: "Chrome on macOS". The raw string is stored, so better names come with a better library. */
export function deviceName(userAgent: string | null): string {
  if (userAgent === null || userAgent === "") return "Unknown device";
  const { browser, os } = Bowser.parse(userAgent);
  const parts = [browser.name, os.name].filter((part): part is string => part !== undefined && part !== "");
  return parts.length === 0 ? "Unknown device" : parts.join(" on ");
}
