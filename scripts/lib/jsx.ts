/**
 * The site has one JSX runtime: Preact under React's names, so that a public page stays small.
 * The order counts: the first match wins, and "react" would also match its subpaths.
 */
export const PREACT_ALIASES = [
  { find: /^react\/jsx-(dev-)?runtime$/, replacement: "preact/jsx-runtime" },
  { find: /^react-dom\/client$/, replacement: "preact/compat/client" },
  { find: /^react-dom\/test-utils$/, replacement: "preact/test-utils" },
  { find: /^react(-dom)?$/, replacement: "preact/compat" },
];

/** The automatic JSX runtime, whose import the aliases above send to Preact. */
export const JSX_RUNTIME = { runtime: "automatic", importSource: "react" } as const;
