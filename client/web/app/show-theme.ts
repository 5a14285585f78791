import type { Preferences } from "../../../schema/user-data.ts";

/** Shows the page in these colours from now on. The server has done so for what it knew. */
export function showTheme(theme: Preferences["theme"]): void {
  const { dataset } = document.documentElement;
  if (theme === "system") delete dataset["theme"];
  else dataset["theme"] = theme;
}
