/** What a device looks like, by its name ("Safari on iOS"), which is all that is known of it. */
export type DeviceKind = "phone" | "tablet" | "laptop" | "program";

/** Only browsers name the system that they run on; what doesn't is taken for a program. */
export function deviceKind(deviceName: string): DeviceKind {
  if (/ipad|tablet|kindle/i.test(deviceName)) return "tablet";
  if (/iphone|ipod|android|\bios\b|windows phone|harmony/i.test(deviceName)) return "phone";
  return / on \S/.test(deviceName) ? "laptop" : "program";
}
