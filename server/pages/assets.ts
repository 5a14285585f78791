import { z } from "zod";
import type { AssetLinks, EntryName } from "../../client/web/pages/index.ts";
import type { Env } from "../env.ts";

/** Vite's manifest: source path to what the build made of it (https://vite.dev/guide/backend-integration). */
const manifestSchema = z.record(
  z.string(),
  z.object({
    file: z.string(),
    css: z.array(z.string()).optional(),
    assets: z.array(z.string()).optional(),
    imports: z.array(z.string()).optional(),
  }),
);
type Manifest = z.infer<typeof manifestSchema>;
export type Assets = (entry: EntryName) => AssetLinks;

const MANIFEST_PATH = "/assets/manifest.json";

let manifest: Promise<Manifest> | undefined;

/** Finds the files of an entry: hashed ones in production, the sources themselves under the development server. */
export async function assetsOf(env: Env): Promise<Assets> {
  if (import.meta.env.DEV) return sourceLinks;
  manifest ??= readManifest(env);
  const known = await manifest;
  return (entry) => builtLinks(known, entry);
}

/** Vite's client, which reloads the page when a source changes. */
const DEV_CLIENT = "/@vite/client";

function sourceLinks(entry: EntryName): AssetLinks {
  return entry.endsWith(".css") ? { script: DEV_CLIENT, styles: [`/${entry}`] } : { script: `/${entry}`, styles: [] };
}

async function readManifest(env: Env): Promise<Manifest> {
  const response = await env.ASSETS.fetch(new URL(MANIFEST_PATH, "https://assets.local"));
  if (!response.ok) {
    manifest = undefined;
    throw new Error(`The build's manifest is missing (${response.status})`);
  }
  return manifestSchema.parse(await response.json());
}

function builtLinks(known: Manifest, entry: EntryName): AssetLinks {
  const chunks = withImports(known, entry);
  const styles = new Set(
    chunks.flatMap((chunk) => [...(chunk.css ?? []), ...(chunk.file.endsWith(".css") ? [chunk.file] : [])]),
  );
  const [own, ...imported] = chunks;
  const fonts = chunks.flatMap((chunk) => chunk.assets ?? []).filter((file) => file.endsWith(".woff2"));
  const isScript = own?.file.endsWith(".js") ?? false;
  return {
    script: isScript && own !== undefined ? `/${own.file}` : "",
    styles: [...styles].map((file) => `/${file}`),
    preload: [...imported.map((chunk) => `/${chunk.file}`), ...fonts.map((file) => `/${file}`)],
  };
}

/** The entry's chunk, then those that it imports, each once. */
function withImports(known: Manifest, entry: string, seen = new Set<string>()): Manifest[string][] {
  const chunk = known[entry];
  if (chunk === undefined || seen.has(entry)) return [];
  seen.add(entry);
  return [chunk, ...(chunk.imports ?? []).flatMap((name) => withImports(known, name, seen))];
}
