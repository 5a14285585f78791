import { icons, type LucideIcon } from "lucide-react";
import { createElement, type ReactElement } from "react";

/** All of Lucide's icons: far too many for a page that shows a few of them, so this module is only imported when needed. */
const all: Readonly<Record<string, LucideIcon>> = icons;

/** The icon, ready to be shown; undefined when none has this name. */
export function iconNamed(name: string): ReactElement | undefined {
  const icon = all[componentNameOf(name)];
  return icon && createElement(icon, { "aria-hidden": true });
}

/** "book-open" is `BookOpen`. */
function componentNameOf(name: string): string {
  return name
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
