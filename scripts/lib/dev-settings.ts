import { localSecrets, type Settings, settingsFrom } from "./settings.ts";

/** Where `npm run dev` keeps its databases and secrets. */
export const DEV_DATA_DIR = process.env["DATA_DIR"] ?? ".wrangler/state";

/** The worker's settings under the dev server: as in production, but anybody may sign in as anybody. */
export function devSettings(): Settings {
  return { DEV_LOGIN: "1", ...localSecrets(DEV_DATA_DIR), ...settingsFrom(process.env) };
}
