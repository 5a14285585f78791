import { createBuilder } from "vite";

/** Where the build puts the worker (`understory/`) and the files that browsers fetch (`client/`). */
export const DIST_DIR = "dist";

/** Builds the worker and the client for production. */
export async function build(): Promise<void> {
  const builder = await createBuilder({ logLevel: "warn" });
  await builder.buildApp();
}
