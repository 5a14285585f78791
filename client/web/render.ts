import type { ReactElement } from "react";
import { renderToString } from "preact-render-to-string";

/**
 * Renders an element to HTML.
 *
 * The site runs on Preact under React's name, so what the JSX runtime makes is a Preact node; only the types,
 * which are React's, don't know it.
 */
export function toHtml(element: ReactElement): string {
  return renderToString(element as unknown as Parameters<typeof renderToString>[0]);
}

/** JSON that is safe inside `<script type="application/json">`: nothing in it can end the element. */
export function toScriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
