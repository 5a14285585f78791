import { dirname, posix, relative, sep } from "node:path";

/**
 * The arrows of the architecture: which part of the tree may import which others. A part is a folder or a file;
 * the longest match wins. Every part may import itself.
 */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  schema: [],
  "parties/kernel": ["schema"],
  parties: ["schema", "parties/kernel"],
  server: ["schema", "parties", "parties/kernel", "client/web/pages", "client/web/document.tsx"],
  "client/core": ["schema"],
  "client/react": ["schema", "client/core"],
  "client/web": ["schema", "client/core", "client/react"],
  "migrations/tools": ["schema"],
  // The dev server runs a fake provider beside the product.
  scripts: ["schema", "tests/fakes"],
};

/** Parts that live inside a larger one: importing the larger part may reach them, and they import as it does. */
const INSIDE: Readonly<Record<string, string>> = {
  "client/web/pages": "client/web",
  "client/web/document.tsx": "client/web",
};

/** Who may import a package that is otherwise out of bounds. */
const RESERVED_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  partyserver: ["parties/kernel"],
};

/**
 * Why an import is out of bounds, or `undefined` when it is fine.
 * @param file the importing file, relative to the repository
 * @param source the specifier as written
 */
export function violation(file: string, source: string): string | undefined {
  const from = file.split(sep).join("/");
  // Tests, and the configuration beside package.json, may look at everything.
  if (from.startsWith("tests/") || !from.includes("/")) return undefined;
  return source.startsWith(".") ? arrowViolation(from, source) : packageViolation(from, source);
}

function arrowViolation(from: string, source: string): string | undefined {
  const target = posix.join(dirname(from), source);
  const own = enclosing(partOf(from));
  const reached = partOf(target);
  if (own === undefined || reached === undefined) return undefined;
  if (own === "parties" && enclosing(reached) === "parties") return neighbourViolation(from, target);
  if (own === enclosing(reached) || ARROWS[own]?.includes(reached) === true) return undefined;
  return `${own} must not import ${target}: the arrows of the architecture point the other way`;
}

/** Inside parties/: anything of one's own, and of another party only what its index.ts offers. */
function neighbourViolation(from: string, target: string): string | undefined {
  const [, ownParty] = from.split("/");
  const [, party, ...rest] = target.split("/");
  if (party === ownParty || rest.join("/") === "index.ts") return undefined;
  return `a party reaches another only through its typed stub: import parties/${party ?? ""}/index.ts`;
}

function packageViolation(from: string, source: string): string | undefined {
  const users = RESERVED_PACKAGES[source];
  if (users === undefined || users.some((user) => isIn(from, user))) return undefined;
  return `only ${users.join(", ")} may import ${source}`;
}

function enclosing(part: string | undefined): string | undefined {
  return part === undefined ? undefined : (INSIDE[part] ?? part);
}

function partOf(path: string): string | undefined {
  if (path.startsWith("tests/")) return isIn(path, "tests/fakes") ? "tests/fakes" : "tests";
  return [...Object.keys(ARROWS), ...Object.keys(INSIDE)]
    .filter((part) => isIn(path, part))
    .toSorted((a, b) => b.length - a.length)[0];
}

function isIn(path: string, part: string): boolean {
  return path === part || path.startsWith(`${part}/`);
}

/** A path as the rules name it: relative to the repository, where every command runs. */
export function fromRoot(path: string): string {
  return relative(process.cwd(), path);
}
