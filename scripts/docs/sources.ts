import { type Plugin, runnerImport } from "vite";

/** Limits of one party's sockets, as the kernel has them. */
export interface SocketLimits {
  bytes: number;
  socket: { capacity: number; perSecond: number };
  person: { capacity: number; perSecond: number };
  connections: { open: number; capacity: number; perSecond: number };
}

/** What the documents say of the running code and schema/ alone does not know. */
export interface Sources {
  app: { getOpenAPI31Document: (document: object) => object };
  DOCUMENT: object;
  OPEN_PARTIES: readonly { party: string }[];
  DEFAULT_LIMITS: SocketLimits;
  MAX_LOGGED_EVENTS: number;
  COALESCE_MS: number;
  postSpec: { limits?: Partial<SocketLimits> };
  sessionSpec: { limits?: Partial<SocketLimits> };
}

const ENTRY = "virtual:sources";
const ENTRY_CODE = `
export { app } from "/server/app.ts";
export { DOCUMENT } from "/server/routes/document.ts";
export { OPEN_PARTIES } from "/server/parties.ts";
export { DEFAULT_LIMITS } from "/parties/kernel/spec.ts";
export { MAX_LOGGED_EVENTS } from "/parties/kernel/events.ts";
export { COALESCE_MS } from "/parties/kernel/broadcaster.ts";
export { postSpec } from "/parties/post/spec.ts";
export { sessionSpec } from "/parties/session/spec.ts";
`;
/** The worker's modules extend these when they are loaded; nothing here makes an object of them. */
const WORKERD_CODE = "export class DurableObject {}; export class WorkerEntrypoint {}; export const env = {};";

const modules: Readonly<Record<string, string>> = { [ENTRY]: ENTRY_CODE, "cloudflare:workers": WORKERD_CODE };
const virtualModules: Plugin = {
  name: "virtual-modules",
  enforce: "pre",
  resolveId: (id) => (Object.hasOwn(modules, id) ? `\0${id}` : undefined),
  load: (id) => (id.startsWith("\0") ? modules[id.slice(1)] : undefined),
};

/** Loads the worker's own modules in Node. Nothing is served, and no network or database is used. */
export async function loadSources(): Promise<Sources> {
  const { module } = await runnerImport<Sources>(ENTRY, {
    configFile: false,
    logLevel: "warn",
    plugins: [virtualModules],
    resolve: { noExternal: ["partyserver"] },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  });
  return module;
}
